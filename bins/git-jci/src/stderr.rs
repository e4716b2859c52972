//! Standard error: what is said beside the output.

use std::io::Write as _;

/// Prints a line to standard error, as `eprintln!` does, but never panics: nobody may read what is
/// said, or the disk that it goes to may be full, and a run must go on all the same.
macro_rules! tell {
    ($($text:tt)*) => {
        $crate::stderr::print(&format!("{}\n", format_args!($($text)*)))
    };
}

pub(crate) use tell;

/// Prints whole lines in one piece: programs side by side do not cut each other's in two.
pub(crate) fn print(lines: &str) {
    let _ = std::io::stderr().write_all(lines.as_bytes());
}
