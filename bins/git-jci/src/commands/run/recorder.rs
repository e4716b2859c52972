//! The log of a run while it grows, and the times of its pieces.

use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::time::Duration;

use jci_exec::OutputSink;
use jci_store::{PendingRun, TimingWriter};

/// How often the times reach their file, for whoever follows the log.
const TIMING_FLUSH: Duration = Duration::from_secs(1);

/// Writes the log as it comes, and beside it when it came.
pub(super) struct Recorder {
    log: File,
    /// A log without times is better than none: they end where they cannot be written.
    timing: Option<TimingWriter<BufWriter<File>>>,
    flushed: Duration,
}

impl Recorder {
    pub(super) fn create(run: &PendingRun<'_>) -> io::Result<Self> {
        let log = File::options().append(true).open(run.log_path())?;
        let timing = File::create(run.timing_path())
            .and_then(|file| TimingWriter::new(BufWriter::new(file)));
        Ok(Self { log, timing: timing.ok(), flushed: Duration::ZERO })
    }

    fn note_time(&mut self, at: Duration, bytes: u64) -> io::Result<()> {
        let Some(timing) = &mut self.timing else { return Ok(()) };
        timing.piece(at, bytes)?;
        if at.saturating_sub(self.flushed) >= TIMING_FLUSH {
            self.flushed = at;
            timing.flush()?;
        }
        Ok(())
    }
}

impl OutputSink for Recorder {
    fn output(&mut self, at: Duration, bytes: &[u8]) -> io::Result<()> {
        self.log.write_all(bytes)?;
        if self.note_time(at, bytes.len() as u64).is_err() {
            self.timing = None;
        }
        Ok(())
    }

    fn finish(&mut self, _at: Duration) -> io::Result<()> {
        if let Some(timing) = self.timing.take() {
            // What is missing at its end is missing; the log is whole.
            let _ = timing.finish();
        }
        Ok(())
    }
}
