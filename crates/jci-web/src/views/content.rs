//! Files that are read at the pace of whoever asks for them.

use std::fs::File;
use std::io::{self, Read, Seek as _, SeekFrom};

use jci_store::{FileReader, Run, RunFile};

use super::ViewError;

/// What is larger, and cannot be read piece by piece, is put on the disk first.
const LARGEST_IN_MEMORY: u64 = 64 * 1024;

/// The content of a file, which costs little for as long as nobody goes on reading.
#[derive(Debug)]
pub(crate) struct Content {
    size: u64,
    source: Source,
}

#[derive(Debug)]
enum Source {
    Stored(FileReader),
    /// A temporary file without a name.
    Spooled(File),
}

impl Content {
    /// Opens a file of a run.
    pub(crate) fn open(run: &Run<'_>, file: &RunFile) -> Result<Self, ViewError> {
        let mut reader = run.read(file)?;
        let size = reader.size();
        if reader.is_frugal() || size <= LARGEST_IN_MEMORY {
            return Ok(Self { size, source: Source::Stored(reader) });
        }
        let mut spool = || -> io::Result<File> {
            let mut spooled = tempfile::tempfile()?;
            io::copy(&mut reader, &mut spooled)?;
            spooled.rewind()?;
            Ok(spooled)
        };
        let source = spool().map_err(|source| ViewError::Spool { source })?;
        Ok(Self { size, source: Source::Spooled(source) })
    }

    /// Returns the size of the whole file in bytes.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// Leaves out what comes next.
    pub(crate) fn skip(&mut self, bytes: u64) -> io::Result<()> {
        match &mut self.source {
            Source::Stored(reader) => {
                let skipped = io::copy(&mut reader.take(bytes), &mut io::sink())?;
                if skipped < bytes { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
            }
            Source::Spooled(file) => {
                let bytes = i64::try_from(bytes).map_err(io::Error::other)?;
                file.seek(SeekFrom::Current(bytes)).map(drop)
            }
        }
    }
}

impl Read for Content {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.source {
            Source::Stored(reader) => reader.read(buffer),
            Source::Spooled(file) => file.read(buffer),
        }
    }
}
