//! Text of other people's making, fit for a terminal.

use std::fmt::Write as _;

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// Makes one harmless line of a text: what would steer the terminal becomes a mark.
pub(crate) fn one_line(text: &str) -> String {
    text.chars().map(|it| if steers(it) { char::REPLACEMENT_CHARACTER } else { it }).collect()
}

/// Tells whether a character moves the cursor, changes colours, or turns the direction of text.
fn steers(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Writes a path as git does: as it is where that is clear, else quoted like a string in C.
pub(crate) fn path(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.chars().any(|it| steers(it) || matches!(it, '"' | '\\')) => {
            text.to_owned()
        }
        _ => quoted(bytes),
    }
}

fn quoted(bytes: &[u8]) -> String {
    let mut out = String::from("\"");
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '"' | '\\' => out.extend(['\\', character]),
                '\n' => out.push_str("\\n"),
                '\t' => out.push_str("\\t"),
                '\r' => out.push_str("\\r"),
                _ if steers(character) => push_octal(&mut out, character.to_string().as_bytes()),
                _ => out.push(character),
            }
        }
        push_octal(&mut out, chunk.invalid());
    }
    out.push('"');
    out
}

fn push_octal(out: &mut String, bytes: &[u8]) {
    for byte in bytes {
        let _ = write!(out, "\\{byte:03o}");
    }
}

/// Returns how many columns of a terminal a text takes.
pub(super) fn width(text: &str) -> usize {
    text.width()
}

/// Cuts a text to so many columns, with a mark where it was cut.
pub(super) fn cut(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut left = columns.saturating_sub(1);
    let mut out = String::new();
    for character in text.chars() {
        let wide = character.width().unwrap_or(0);
        if wide > left {
            break;
        }
        left -= wide;
        out.push(character);
    }
    out.push('…');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_steers_the_terminal() {
        assert_eq!(one_line("a\u{1b}[31m\nb\u{202e}ü"), "a\u{fffd}[31m\u{fffd}b\u{fffd}ü");
    }

    #[test]
    fn paths_are_quoted_where_they_would_mislead() {
        assert_eq!(path("a b/ü.txt".as_bytes()), "a b/ü.txt");
        assert_eq!(path(b"a\nb\"\\\x1b\xff"), r#""a\nb\"\\\033\377""#);
        assert_eq!(path("\u{202e}ä".as_bytes()), r#""\342\200\256ä""#);
    }

    #[test]
    fn a_cut_text_takes_the_columns_it_was_given() {
        assert_eq!(cut("short", 5), "short");
        assert_eq!(cut("longer", 5), "long…");
        assert_eq!(cut("漢字漢字", 6), "漢字…");
        assert_eq!(width(&cut("漢字漢字", 6)), 5);
        assert_eq!(cut("anything", 0), "…");
    }
}
