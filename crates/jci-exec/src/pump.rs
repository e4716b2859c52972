use std::io::{self, PipeReader, Read};
use std::time::Instant;

use crate::platform::{bytes_waiting, wait_output};
use crate::sink::Guarded;
use crate::{OutputSink, SinkError};

/// The most that a sink is handed at once.
const BUFFER: usize = 64 * 1024;

/// What became of the output.
#[derive(Debug)]
pub(crate) struct Pumped {
    pub(crate) bytes: u64,
    pub(crate) failure: Option<SinkError>,
}

/// Hands what comes out of `pipe` to `sink` until its last writer is gone, or until `over` says
/// that no process of the job is left; then what is in the pipe at that moment still counts.
///
/// Without `over`, a process that escaped with the pipe in its hands would hold us for ever.
pub(crate) fn pump(
    pipe: PipeReader,
    over: &PipeReader,
    started: Instant,
    sink: &mut dyn OutputSink,
) -> Pumped {
    let mut pump =
        Pump { pipe, buffer: vec![0; BUFFER], started, sink: Guarded::new(sink), bytes: 0 };
    loop {
        let [output, job_is_over] = wait_output(&pump.pipe, over);
        if job_is_over {
            pump.drain();
            break;
        }
        if output && !pump.pass_on(BUFFER) {
            break;
        }
    }
    pump.sink.finish(started.elapsed());
    Pumped { bytes: pump.bytes, failure: pump.sink.into_failure() }
}

struct Pump<'a> {
    pipe: PipeReader,
    buffer: Vec<u8>,
    started: Instant,
    sink: Guarded<&'a mut dyn OutputSink>,
    bytes: u64,
}

impl Pump<'_> {
    /// Passes on what is there now, and no more: somebody may still be writing.
    fn drain(&mut self) {
        let end = self.bytes + bytes_waiting(&self.pipe).unwrap_or(0);
        while self.bytes < end {
            let most = usize::try_from(end - self.bytes).unwrap_or(BUFFER).min(BUFFER);
            if !self.pass_on(most) {
                break;
            }
        }
    }

    /// Reads once and passes that on; tells whether there may be more.
    fn pass_on(&mut self, most: usize) -> bool {
        match self.pipe.read(&mut self.buffer[..most]) {
            Ok(0) => false,
            Ok(read) => {
                self.bytes += read as u64;
                self.sink.output(self.started.elapsed(), &self.buffer[..read]);
                true
            }
            Err(error) => error.kind() == io::ErrorKind::Interrupted,
        }
    }
}
