//! How the usual tools write a text into JSON, into a URL and into a shell command.

/// How a JSON writer treats what it may write either way.
#[derive(Clone, Copy)]
struct JsonStyle {
    /// Everything beyond ASCII is escaped.
    ascii: bool,
    /// Hexadecimal digits are upper-case.
    upper: bool,
    /// `<`, `>` and `&` are escaped, for HTML.
    html: bool,
    /// `/` is escaped.
    slash: bool,
}

/// Writes `text` as the inside of a JSON string, in the ways that are in use.
pub(super) fn json(text: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    const PLAIN: JsonStyle = JsonStyle { ascii: false, upper: false, html: false, slash: false };
    const STYLES: [JsonStyle; 5] = [
        PLAIN,
        JsonStyle { ascii: true, ..PLAIN },
        JsonStyle { ascii: true, upper: true, ..PLAIN },
        JsonStyle { html: true, ..PLAIN },
        JsonStyle { ascii: true, slash: true, ..PLAIN },
    ];
    STYLES.into_iter().map(|style| json_in(text, style))
}

fn json_in(text: &[u8], style: JsonStyle) -> Vec<u8> {
    let mut json = Vec::with_capacity(text.len());
    for chunk in text.utf8_chunks() {
        for char in chunk.valid().chars() {
            push_json(&mut json, char, style);
        }
        json.extend_from_slice(chunk.invalid());
    }
    json
}

fn push_json(json: &mut Vec<u8>, char: char, style: JsonStyle) {
    let short = match char {
        '"' | '\\' => Some(char),
        '/' if style.slash => Some(char),
        '\n' => Some('n'),
        '\r' => Some('r'),
        '\t' => Some('t'),
        '\u{8}' => Some('b'),
        '\u{c}' => Some('f'),
        _ => None,
    };
    let long = char < ' '
        || style.ascii && !char.is_ascii()
        || style.html && matches!(char, '<' | '>' | '&' | '\u{2028}' | '\u{2029}');
    let mut piece = String::new();
    match short {
        Some(short) => piece.extend(['\\', short]),
        None if long => {
            for unit in char.encode_utf16(&mut [0; 2]) {
                piece +=
                    &if style.upper { format!("\\u{unit:04X}") } else { format!("\\u{unit:04x}") };
            }
        }
        None => piece.push(char),
    }
    json.extend_from_slice(piece.as_bytes());
}

/// Writes `text` percent-encoded, in the ways that are in use.
pub(super) fn percent(text: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    /// What stays as it is beside letters and digits, and what a blank becomes.
    const STYLES: [(&[u8], &str); 6] = [
        // RFC 3986; forms as browsers send them, and as Python does; paths; JavaScript's two.
        (b"-._~", "%20"),
        (b"-._*", "+"),
        (b"-._~", "+"),
        (b"-._~/", "%20"),
        (b"-._~!*'()", "%20"),
        (b"-._~!*'();,/?:@&=+$#", "%20"),
    ];
    let styles = STYLES.into_iter().flat_map(|style| [(style, false), (style, true)]);
    styles.map(|((kept, blank), upper)| percent_in(text, kept, blank, upper))
}

fn percent_in(text: &[u8], kept: &[u8], blank: &str, upper: bool) -> Vec<u8> {
    let mut encoded = Vec::with_capacity(text.len());
    for &byte in text {
        match byte {
            b' ' => encoded.extend_from_slice(blank.as_bytes()),
            _ if byte.is_ascii_alphanumeric() || kept.contains(&byte) => encoded.push(byte),
            _ if upper => encoded.extend_from_slice(format!("%{byte:02X}").as_bytes()),
            _ => encoded.extend_from_slice(format!("%{byte:02x}").as_bytes()),
        }
    }
    encoded
}

/// Writes `text` as the inside of a quoted shell word, as people, programs and `set -x` do.
pub(super) fn shell(text: &[u8]) -> [Vec<u8>; 3] {
    let quoted = |quote: &[u8]| {
        let pieces: Vec<&[u8]> = text.split(|&byte| byte == b'\'').collect();
        pieces.join(quote)
    };
    [quoted(br"'\''"), quoted(br#"'"'"'"#), ansi_c(text)]
}

/// Writes `text` as bash does between `$'` and `'`.
fn ansi_c(text: &[u8]) -> Vec<u8> {
    let mut quoted = Vec::with_capacity(text.len());
    for &byte in text {
        match byte {
            b'\'' | b'\\' => quoted.extend([b'\\', byte]),
            b'\n' => quoted.extend(b"\\n"),
            b'\r' => quoted.extend(b"\\r"),
            b'\t' => quoted.extend(b"\\t"),
            7 => quoted.extend(b"\\a"),
            8 => quoted.extend(b"\\b"),
            11 => quoted.extend(b"\\v"),
            12 => quoted.extend(b"\\f"),
            27 => quoted.extend(b"\\E"),
            0..32 | 127 => quoted.extend(format!("\\{byte:03o}").bytes()),
            _ => quoted.push(byte),
        }
    }
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(forms: impl IntoIterator<Item = Vec<u8>>) -> Vec<String> {
        forms.into_iter().map(|form| String::from_utf8(form).unwrap()).collect()
    }

    #[test]
    fn json_is_escaped_as_the_usual_writers_do() {
        let forms = texts(json("a\"\\/<é\u{1f600}\n\u{1b}".as_bytes()));
        assert_eq!(
            forms,
            [
                "a\\\"\\\\/<é\u{1f600}\\n\\u001b",
                "a\\\"\\\\/<\\u00e9\\ud83d\\ude00\\n\\u001b",
                "a\\\"\\\\/<\\u00E9\\uD83D\\uDE00\\n\\u001B",
                "a\\\"\\\\/\\u003cé\u{1f600}\\n\\u001b",
                "a\\\"\\\\\\/<\\u00e9\\ud83d\\ude00\\n\\u001b",
            ]
        );
    }

    #[test]
    fn bytes_that_are_no_text_stay_in_json() {
        assert!(json(b"\xff\"").any(|form| form == b"\xff\\\""));
    }

    #[test]
    fn urls_are_escaped_as_the_usual_writers_do() {
        let forms = texts(percent(b"a b/c~*'+"));
        assert_eq!(
            forms,
            [
                "a%20b%2fc~%2a%27%2b",
                "a%20b%2Fc~%2A%27%2B",
                "a+b%2fc%7e*%27%2b",
                "a+b%2Fc%7E*%27%2B",
                "a+b%2fc~%2a%27%2b",
                "a+b%2Fc~%2A%27%2B",
                "a%20b/c~%2a%27%2b",
                "a%20b/c~%2A%27%2B",
                "a%20b%2fc~*'%2b",
                "a%20b%2Fc~*'%2B",
                "a%20b/c~*'+",
                "a%20b/c~*'+",
            ]
        );
    }

    #[test]
    fn quotes_are_escaped_as_shells_do() {
        let forms = texts(shell(b"it's\\\n\x01"));
        assert_eq!(forms, ["it'\\''s\\\n\u{1}", "it'\"'\"'s\\\n\u{1}", "it\\'s\\\\\\n\\001"]);
    }
}
