//! The bytes of a log, to be read again from any place.

use std::fs::File;
use std::io::{self, Write as _};
use std::os::unix::fs::FileExt as _;

use super::LogError;

/// A file that others may append to while it is read.
#[derive(Debug)]
pub(super) struct Bytes {
    file: File,
}

impl Bytes {
    pub(super) fn of(file: File) -> Self {
        Self { file }
    }

    /// Makes a file that nobody else sees, and that is gone when it is closed.
    ///
    /// Where nobody chose a folder, it is that for large files: the usual one may be in memory.
    pub(super) fn temporary() -> io::Result<Self> {
        let chosen = std::env::var_os("TMPDIR").is_some();
        let file = if chosen { tempfile::tempfile() } else { tempfile::tempfile_in("/var/tmp") };
        file.or_else(|_| tempfile::tempfile()).map(Self::of)
    }

    pub(super) fn append(&self, bytes: &[u8]) -> io::Result<()> {
        (&self.file).write_all(bytes)
    }

    /// Reads from an offset to another, or to the end if that comes first.
    pub(super) fn read(&self, begin: u64, end: u64) -> Result<Vec<u8>, LogError> {
        let wanted = usize::try_from(end.saturating_sub(begin)).unwrap_or(usize::MAX);
        let mut bytes = Vec::new();
        let failed = |source| LogError::ReadBack { offset: begin, source };
        bytes.try_reserve_exact(wanted).map_err(|error| failed(error.into()))?;
        bytes.resize(wanted, 0);
        let mut filled = 0;
        while filled < wanted {
            match self.file.read_at(&mut bytes[filled..], begin + filled as u64) {
                Ok(0) => break,
                Ok(length) => filled += length,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(failed(error)),
            }
        }
        bytes.truncate(filled);
        Ok(bytes)
    }

    /// How long the file is now.
    pub(super) fn length(&self) -> io::Result<u64> {
        self.file.metadata().map(|metadata| metadata.len())
    }
}
