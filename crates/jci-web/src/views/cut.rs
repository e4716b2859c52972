//! Keeping texts short.

/// Keeps the begin of a text, up to so many bytes and to the end of a character.
pub(super) fn cut(text: &mut String, most: usize) {
    let end = (0..=most.min(text.len())).rev().find(|at| text.is_char_boundary(*at));
    text.truncate(end.unwrap_or(0));
}
