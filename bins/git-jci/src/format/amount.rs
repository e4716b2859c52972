//! How much and how many.

use indicatif::BinaryBytes;

/// Writes a number of bytes, such as `12 B` or `1.46 KiB`.
pub(crate) fn size(bytes: u64) -> String {
    BinaryBytes(bytes).to_string()
}

/// Writes a number of things, `1 file` or `3 files`.
pub(crate) fn count(number: usize, thing: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {thing}{plural}")
}
