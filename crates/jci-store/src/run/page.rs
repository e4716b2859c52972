//! The page that shows a run by itself, for runs whose script wrote none.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;

use super::LOG;
use crate::ingest::Walk;
use crate::record::RunRecord;

/// How much of the end of the log the page shows.
const LOG_SHOWN: u64 = 64 * 1024;
/// How many files the page lists.
const FILES_SHOWN: usize = 500;

const HEAD: &str = r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>jci run</title>
<style>
:root { color-scheme: light dark; font-family: system-ui, sans-serif; line-height: 1.4; }
body { max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
dt { float: left; clear: left; width: 8rem; opacity: .7; }
dd { margin-left: 8rem; }
pre { overflow-x: auto; padding: 1rem; border: 1px solid; border-radius: .3rem; }
</style>
</head>
<body>
"#;

/// Writes the page from what is known of the run, the end of its log and the names of its files.
pub(super) fn render(record: &RunRecord, log: &Path, walk: &Walk) -> String {
    let mut page = HEAD.to_owned();
    let _ = writeln!(page, "<h1>{}: {}</h1>\n<dl>", record.status, escape(&record.run.to_string()));
    let mut fact = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            let _ = writeln!(page, "<dt>{name}</dt><dd>{}</dd>", escape(&value));
        }
    };
    fact("Commit", Some(record.commit.clone()));
    fact("Branch", record.branch.clone());
    fact("Work tree", record.dirty.then(|| "with changes that are not in the commit".to_owned()));
    fact("Reason", record.reason.map(|reason| reason.to_string()));
    fact("Exit code", record.exit_code.map(|code| code.to_string()));
    fact("Signal", record.signal.map(|signal| signal.to_string()));
    fact("Started", Some(record.started.to_string()));
    fact("Duration", record.duration().map(|duration| format!("{duration:#}")));
    fact("Machine", Some(format!("{} {}", record.host.os, record.host.arch)));
    page.push_str("</dl>\n");
    push_log(&mut page, log);
    push_files(&mut page, walk);
    page.push_str("</body>\n</html>\n");
    page
}

fn push_log(page: &mut String, log: &Path) {
    let (text, cut) = tail(log);
    let _ = writeln!(page, "<h2>Log</h2>\n<p><a href=\"{LOG}\">{LOG}</a></p>");
    if cut {
        let _ = writeln!(page, "<p>The end of it:</p>");
    }
    let _ = writeln!(page, "<pre>{}</pre>", escape(&plain(&text)));
}

fn push_files(page: &mut String, walk: &Walk) {
    if walk.files.is_empty() {
        return;
    }
    page.push_str("<h2>Files</h2>\n<ul>\n");
    for file in walk.files.iter().take(FILES_SHOWN) {
        let path = walk.shown(&walk.path(file));
        let _ = writeln!(
            page,
            "<li><a href=\"{}\">{}</a> {} bytes</li>",
            escape(&link(&path)),
            escape(&path),
            file.size
        );
    }
    page.push_str("</ul>\n");
    if let Some(more) = walk.files.len().checked_sub(FILES_SHOWN).filter(|more| *more > 0) {
        let _ = writeln!(page, "<p>and {more} more</p>");
    }
}

/// Reads the end of the log; also tells whether there is more before it.
fn tail(log: &Path) -> (String, bool) {
    let read = || -> std::io::Result<(Vec<u8>, bool)> {
        let mut file = File::open(log)?;
        let start = file.metadata()?.len().saturating_sub(LOG_SHOWN);
        file.seek(SeekFrom::Start(start))?;
        let mut bytes = Vec::new();
        file.take(LOG_SHOWN).read_to_end(&mut bytes)?;
        Ok((bytes, start > 0))
    };
    let (bytes, cut) = read().unwrap_or_default();
    (String::from_utf8_lossy(&bytes).into_owned(), cut)
}

/// Drops what steers a terminal: colours and cursor moves.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\u{1b}' if characters.next_if_eq(&'[').is_some() => {
                // A control sequence ends with the first character from `@` to `~`.
                let _ = characters.find(|character| ('@'..='~').contains(character));
            }
            '\n' | '\t' => out.push(character),
            _ if character.is_control() => {}
            _ => out.push(character),
        }
    }
    out
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            _ => out.push(character),
        }
    }
    out
}

/// Makes a relative link of a path: `./` keeps `a:b` from being taken for a scheme.
fn link(path: &str) -> String {
    let mut out = String::from("./");
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                out.push(char::from(byte));
            }
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostile_log_is_only_text() {
        let text = "\u{1b}[31mred\u{1b}[0m <script>alert(\"&\")</script>\r\n";
        assert_eq!(
            escape(&plain(text)),
            "red &lt;script&gt;alert(&quot;&amp;&quot;)&lt;/script&gt;\n"
        );
    }

    #[test]
    fn links_stay_inside_the_run() {
        assert_eq!(link("a b/javascript:x?#%"), "./a%20b/javascript%3Ax%3F%23%25");
    }
}
