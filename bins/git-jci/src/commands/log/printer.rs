//! Printing a log, with or without the time before each line.

use std::io::{self, BufWriter, Read, StdoutLock, Write};

use jci_store::RunId;

use super::times::Stamps;
use crate::error::CommandError;
use crate::runs;

/// Prints the bytes of a log in order and counts them.
pub(super) struct Printer<'out> {
    out: BufWriter<StdoutLock<'out>>,
    stamps: Option<Stamps>,
    printed: u64,
    in_line: bool,
}

impl<'out> Printer<'out> {
    pub(super) fn new(out: StdoutLock<'out>, stamps: Option<Stamps>) -> Self {
        Self { out: BufWriter::new(out), stamps, printed: 0, in_line: false }
    }

    /// Prints all that `source` has now; `run` is whose log that is.
    pub(super) fn copy(&mut self, source: &mut impl Read, run: RunId) -> Result<(), CommandError> {
        let copied = runs::copy(source, self);
        copied.map_err(|error| error.into_error(&format!("the log of the run {run}")))?;
        Ok(self.out.flush()?)
    }

    /// Returns how many bytes of the log were printed, times not counted.
    pub(super) fn printed(&self) -> u64 {
        self.printed
    }

    /// Takes the time of a line that is not recorded from the clock, from here on.
    pub(super) fn time_from_now_on(&mut self) {
        if let Some(stamps) = &mut self.stamps {
            stamps.go_live();
        }
    }

    /// Ends a last line that the log left open, if times make lines of it.
    pub(super) fn finish(mut self) -> io::Result<()> {
        if self.stamps.is_some() && self.in_line {
            self.out.write_all(b"\n")?;
        }
        self.out.flush()
    }
}

impl Write for Printer<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.printed += bytes.len() as u64;
        let Some(stamps) = &mut self.stamps else {
            self.out.write_all(bytes)?;
            return Ok(bytes.len());
        };
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            if !self.in_line {
                stamps.write(&mut self.out)?;
            }
            self.out.write_all(line)?;
            stamps.advance(line.len() as u64);
            self.in_line = !line.ends_with(b"\n");
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
