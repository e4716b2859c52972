//! Markdown as a page that stands alone.

use std::io::Read as _;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jci_store::{Run, RunName};
use percent_encoding::percent_decode_str;
use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd, html};
use sha2::{Digest as _, Sha256};

use super::{ViewError, Views, encode};

/// A file that is larger is shown as text.
const LARGEST: u64 = 2 << 20;
/// What addresses may begin with that a link leads to; relative ones lead to files of the run.
const SCHEMES: [&str; 3] = ["http", "https", "mailto"];

const STYLE: &str = "
:root { color-scheme: light dark; font: 15px/1.55 system-ui, sans-serif; }
body { max-width: 52rem; margin: 1.5rem auto; padding: 0 1.25rem; overflow-wrap: break-word; }
h1, h2 { border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent); padding-bottom: .2em; }
h1, h2, h3, h4 { line-height: 1.25; margin: 1.4em 0 .6em; }
pre, code { font: .9em/1.45 ui-monospace, monospace; }
code { background: color-mix(in srgb, currentColor 9%, transparent); padding: .1em .3em; border-radius: .25em; }
pre { background: color-mix(in srgb, currentColor 7%, transparent); padding: .8em 1em; border-radius: .4em; overflow-x: auto; }
pre code { background: none; padding: 0; }
table { border-collapse: collapse; display: block; overflow-x: auto; }
th, td { border: 1px solid color-mix(in srgb, currentColor 25%, transparent); padding: .3em .7em; }
blockquote { margin: 1em 0; padding-left: 1em; border-left: .25em solid color-mix(in srgb, currentColor 30%, transparent); }
img { max-width: 100%; }
";

/// A page, and the policy to show it by.
#[derive(Debug)]
pub(crate) struct MarkdownPage {
    pub(crate) html: String,
    /// The path below which its pictures are.
    pub(crate) pictures: String,
    /// The one style that it has, as a policy names it.
    pub(crate) style: String,
}

impl Views {
    /// Renders a Markdown file of a run.
    pub(crate) fn markdown(
        &self,
        commit: &str,
        run: &str,
        path: &[u8],
    ) -> Result<MarkdownPage, ViewError> {
        let name = self.find_stored(commit, run)?.name;
        let text = self.small_text(commit, run, path, LARGEST, "short Markdown file")?;
        let pictures = self.keys.folder(&name);
        let digest = BASE64_STANDARD.encode(Sha256::digest(STYLE));
        let html = page(&text, &base(&pictures, path), &name, path);
        Ok(MarkdownPage { html, pictures, style: format!("'sha256-{digest}'") })
    }

    /// Reads a file of a run as text, if it is not too large for what it is wanted for.
    pub(super) fn small_text(
        &self,
        commit: &str,
        run: &str,
        path: &[u8],
        largest: u64,
        expected: &'static str,
    ) -> Result<String, ViewError> {
        let entry = self.find_stored(commit, run)?;
        let file = self.file(&entry, path)?;
        let not_that =
            |why: String| ViewError::NotThat { path: file.display_path(), expected, why };
        let reader = Run::open(&self.store, &entry)?.read(&file)?;
        if reader.size() > largest {
            return Err(not_that(format!("it has more than {largest} bytes")));
        }
        let mut bytes = Vec::new();
        let read = reader.take(largest).read_to_end(&mut bytes);
        read.map_err(|error| not_that(error.to_string()))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

/// The address of the folder that holds the file.
fn base(folder: &str, path: &[u8]) -> String {
    let end = path.iter().rposition(|byte| *byte == b'/').map_or(0, |at| at + 1);
    format!("{folder}{}", encode(&path[..end]))
}

fn page(text: &str, base: &str, name: &RunName, path: &[u8]) -> String {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS;
    let events = Parser::new_ext(text, options).map(|event| tame(event, base));
    let mut body = String::new();
    html::push_html(&mut body, events);
    let title = escape(&format!("{} of run {}", String::from_utf8_lossy(path), name.id));
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n{body}</body>\n</html>\n"
    )
}

/// Takes from a piece whatever could do more than be read.
fn tame<'a>(event: Event<'a>, base: &str) -> Event<'a> {
    match event {
        // Shown as it stands: it is not ours to tell good tags from bad ones.
        Event::Html(html) | Event::InlineHtml(html) if is_comment(&html) => Event::Text("".into()),
        Event::Html(html) | Event::InlineHtml(html) => Event::Text(html),
        Event::Start(Tag::HtmlBlock) => Event::Start(Tag::Paragraph),
        Event::End(TagEnd::HtmlBlock) => Event::End(TagEnd::Paragraph),
        Event::Start(Tag::Link { dest_url, title, .. }) => {
            let (to, title) = (escape(&address(&dest_url, base)), escape(&title));
            // In a tab of its own: the frame that this is shown in leads nowhere.
            Event::Html(
                format!("<a href=\"{to}\" title=\"{title}\" target=\"_blank\" rel=\"noopener noreferrer\">")
                    .into(),
            )
        }
        Event::Start(Tag::Image { link_type, dest_url, title, id }) => {
            let dest_url = CowStr::from(address(&dest_url, base));
            Event::Start(Tag::Image { link_type, dest_url, title, id })
        }
        other => other,
    }
}

fn is_comment(html: &str) -> bool {
    html.trim_start().starts_with("<!--")
}

/// Completes an address; one that could run something leads nowhere.
fn address(to: &str, base: &str) -> String {
    let scheme_ends = to.find([':', '/', '?', '#']).filter(|at| to[*at..].starts_with(':'));
    match scheme_ends.map(|at| to[..at].to_ascii_lowercase()) {
        Some(scheme) if SCHEMES.contains(&scheme.as_str()) => to.to_owned(),
        Some(_) => "#".to_owned(),
        None if to.starts_with('#') => to.to_owned(),
        // The root of the run, and not that of this server or of another one.
        None => {
            let (path, rest) = to.split_at(to.find(['?', '#']).unwrap_or(to.len()));
            let path: Vec<u8> = percent_decode_str(path.trim_start_matches('/')).collect();
            format!("{base}{}{rest}", encode(&path))
        }
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(text: &str) -> String {
        let name = RunName {
            commit: "1".repeat(40).parse().unwrap(),
            id: "1767323000-0001".parse().unwrap(),
        };
        let page = page(text, "/site/key/c/r/docs/", &name, b"docs/a.md");
        page.split("<body>\n").nth(1).unwrap().trim_end_matches("</body>\n</html>\n").to_owned()
    }

    #[test]
    fn tables_lists_and_code_are_rendered() {
        insta::assert_snapshot!(body("# Hi\n\n- [x] done\n- ~~not~~\n\n| a |\n|---|\n| `1` |\n"), @r#"
        <h1>Hi</h1>
        <ul>
        <li><input disabled="" type="checkbox" checked=""/>
        done</li>
        <li><del>not</del></li>
        </ul>
        <table><thead><tr><th>a</th></tr></thead><tbody>
        <tr><td><code>1</code></td></tr>
        </tbody></table>
        "#);
    }

    #[test]
    fn nothing_of_it_does_more_than_be_read() {
        insta::assert_snapshot!(body(
            "<script>alert(1)</script>\n\na <img src=x onerror=alert(1)> b <!-- c -->\n\n\
             [x](javascript:alert(1)) [y](JaVaScRiPt:alert(1)) [z](data:text/html,x)\n\n\
             [q](https://a.example/?\"><script>) ![p](vbscript:x \"a\\\"b\")\n\n```\"onload=\nx\n```\n"
        ), @r##"
        <p>&lt;script&gt;alert(1)&lt;/script&gt;
        </p>
        <p>a &lt;img src=x onerror=alert(1)&gt; b </p>
        <p><a href="#" title="" target="_blank" rel="noopener noreferrer">x</a> <a href="#" title="" target="_blank" rel="noopener noreferrer">y</a> <a href="#" title="" target="_blank" rel="noopener noreferrer">z</a></p>
        <p><a href="https://a.example/?&quot;&gt;&lt;script&gt;" title="" target="_blank" rel="noopener noreferrer">q</a> <img src="#" alt="p" title="a&quot;b" /></p>
        <pre><code class="language-&quot;onload=">x
        </code></pre>
        "##);
    }

    #[test]
    fn relative_addresses_are_those_of_the_run() {
        for (to, expected) in [
            ("shot.png", "/site/key/c/r/docs/shot.png"),
            ("../a b.png", "/site/key/c/r/docs/../a%20b.png"),
            ("/shot.png", "/site/key/c/r/docs/shot.png"),
            ("//evil.example/x", "/site/key/c/r/docs/evil.example/x"),
            ("a%20b.html#top", "/site/key/c/r/docs/a%20b.html#top"),
            ("a/b:c", "/site/key/c/r/docs/a/b%3Ac"),
            ("#top", "#top"),
            ("mailto:a@example.com", "mailto:a@example.com"),
        ] {
            assert_eq!(address(to, "/site/key/c/r/docs/"), expected);
        }
    }
}
