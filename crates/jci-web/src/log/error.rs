//! What can go wrong while a log is looked at.

use std::io;

/// Lines of a log could not be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LogError {
    /// The bytes that the lines are made of could not be read back.
    #[error("failed to read back bytes {offset} and following of the log")]
    ReadBack {
        /// The first byte that was wanted.
        offset: u64,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The text to look for cannot be part of any line.
    #[error("the text to look for has {length} bytes, and at most {most} can be looked for")]
    TextTooLong {
        /// How long it is.
        length: usize,
        /// How long it may be.
        most: usize,
    },
}
