//! What a file is, by its name.

use jci_proto::View;
use jci_store::RunFile;

/// What is known of names that end so: how it is looked at, and what browsers are told it is.
const KINDS: &[(&str, View, &str)] = &[
    ("avif", View::Image, "image/avif"),
    ("bmp", View::Image, "image/bmp"),
    ("gif", View::Image, "image/gif"),
    ("ico", View::Image, "image/x-icon"),
    ("jpeg", View::Image, "image/jpeg"),
    ("jpg", View::Image, "image/jpeg"),
    ("png", View::Image, "image/png"),
    ("svg", View::Image, "image/svg+xml"),
    ("webp", View::Image, "image/webp"),
    ("markdown", View::Markdown, TEXT),
    ("md", View::Markdown, TEXT),
    ("htm", View::Html, "text/html; charset=utf-8"),
    ("html", View::Html, "text/html; charset=utf-8"),
    ("xhtml", View::Html, "application/xhtml+xml"),
    ("xml", View::Xml, "text/xml; charset=utf-8"),
    ("log", View::Log, TEXT),
    ("css", View::Text, "text/css; charset=utf-8"),
    ("csv", View::Text, "text/csv; charset=utf-8"),
    ("js", View::Text, "text/javascript; charset=utf-8"),
    ("json", View::Text, "application/json"),
    ("map", View::Text, "application/json"),
    ("mjs", View::Text, "text/javascript; charset=utf-8"),
    ("7z", View::Binary, BINARY),
    ("a", View::Binary, BINARY),
    ("bin", View::Binary, BINARY),
    ("bz2", View::Binary, BINARY),
    ("class", View::Binary, BINARY),
    ("db", View::Binary, BINARY),
    ("deb", View::Binary, BINARY),
    ("dll", View::Binary, BINARY),
    ("dylib", View::Binary, BINARY),
    ("exe", View::Binary, BINARY),
    ("gz", View::Binary, BINARY),
    ("iso", View::Binary, BINARY),
    ("jar", View::Binary, BINARY),
    ("mp3", View::Binary, "audio/mpeg"),
    ("mp4", View::Binary, "video/mp4"),
    ("o", View::Binary, BINARY),
    ("ogg", View::Binary, "audio/ogg"),
    ("otf", View::Binary, "font/otf"),
    ("pdf", View::Binary, "application/pdf"),
    ("pyc", View::Binary, BINARY),
    ("rlib", View::Binary, BINARY),
    ("rpm", View::Binary, BINARY),
    ("so", View::Binary, BINARY),
    ("sqlite", View::Binary, BINARY),
    ("tar", View::Binary, BINARY),
    ("tgz", View::Binary, BINARY),
    ("timing", View::Binary, BINARY),
    ("ttf", View::Binary, "font/ttf"),
    ("wasm", View::Binary, "application/wasm"),
    ("wav", View::Binary, "audio/wav"),
    ("webm", View::Binary, "video/webm"),
    ("whl", View::Binary, BINARY),
    ("woff", View::Binary, "font/woff"),
    ("woff2", View::Binary, "font/woff2"),
    ("xz", View::Binary, BINARY),
    ("zip", View::Binary, BINARY),
    ("zst", View::Binary, BINARY),
];

const TEXT: &str = "text/plain; charset=utf-8";
const BINARY: &str = "application/octet-stream";

fn kind(path: &[u8]) -> Option<(View, &'static str)> {
    let name = path.rsplit(|byte| *byte == b'/').next()?;
    let dot = name.iter().rposition(|byte| *byte == b'.')?;
    let ending = std::str::from_utf8(&name[dot + 1..]).ok()?.to_ascii_lowercase();
    let (_, view, media_type) = KINDS.iter().find(|(known, ..)| *known == ending)?;
    Some((*view, media_type))
}

/// Tells how a file is best looked at. What is not known is taken for text: with its marks for what
/// is none, text tells more of a file than its size.
pub(crate) fn view(path: &[u8]) -> View {
    if path == RunFile::LOG.as_bytes() {
        return View::Log;
    }
    kind(path).map_or(View::Text, |(view, _)| view)
}

/// Tells browsers what a file is. What is not known is downloaded or shown as text, never run.
#[must_use]
pub fn media_type(path: &[u8]) -> &'static str {
    kind(path).map_or(TEXT, |(_, media_type)| media_type)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ending_of_the_name_counts() {
        assert_eq!(view(b"run.output.txt"), View::Log);
        assert_eq!(view(b"a/run.output.txt"), View::Text);
        assert_eq!(view(b"shots/MAIN.PNG"), View::Image);
        assert_eq!(view(b"README.md"), View::Markdown);
        assert_eq!(view(b"a.md/Makefile"), View::Text);
        assert_eq!(media_type(b"\xff.html"), "text/html; charset=utf-8");
        assert_eq!(media_type(b"x.y.unknown"), TEXT);
    }
}
