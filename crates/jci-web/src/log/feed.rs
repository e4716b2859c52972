//! The threads that read logs, for as long as somebody looks at them.

use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::{PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant};

use super::bytes::Bytes;
use super::index::{self, Indexer};
use super::shared::Shared;
use super::timing::Timing;

/// So much is read at once.
const PIECE: usize = 256 * 1024;
/// While a log is being read as fast as can be, what is there is shown this often.
const SHOW_EVERY: Duration = Duration::from_millis(20);
/// A log that grows is looked at this often.
const LOOK_EVERY: Duration = Duration::from_millis(40);

/// Reads all that a source gives.
pub(super) fn copy(mut source: impl Read, shared: &Weak<Shared>) {
    let mut indexer = Indexer::default();
    let mut buffer = vec![0; PIECE];
    let mut shown: Option<Instant> = None;
    loop {
        let length = match source.read(&mut buffer) {
            Ok(length) => Ok(length),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => Err(format!("failed to read the log: {error}")),
        };
        let Some(shared) = shared.upgrade() else { return };
        let fed = length.and_then(|length| {
            let bytes = &buffer[..length];
            shared.raw.append(bytes).map_err(|error| {
                format!("failed to copy the log into a temporary file: {error}")
            })?;
            feed(&mut indexer, &shared, bytes)?;
            Ok(length)
        });
        match fed {
            Ok(0) => return indexer.end(&shared, None),
            Ok(_) if shown.is_some_and(|shown| shown.elapsed() < SHOW_EVERY) => {}
            Ok(_) => {
                if let Err(error) = indexer.publish(&shared) {
                    return indexer.end(&shared, Some(index::chain(&error)));
                }
                shown = Some(Instant::now());
            }
            Err(problem) => return indexer.end(&shared, Some(problem)),
        }
    }
}

fn feed(indexer: &mut Indexer, shared: &Shared, bytes: &[u8]) -> Result<(), String> {
    indexer.feed(shared, bytes).map_err(|error| index::chain(&error))
}

/// Reads a file that grows until that is over, and the file of its times.
pub(super) fn follow(shared: &Weak<Shared>, times: Option<PathBuf>, is_over: impl Fn() -> bool) {
    let mut indexer = Indexer::default();
    let mut times = times.map(GrowingTimes::at);
    loop {
        let Some(shared) = shared.upgrade() else { return };
        let over = is_over();
        if let Some(times) = &mut times {
            times.read_on(&shared);
        }
        match read_on(&mut indexer, &shared) {
            Ok(true) => {}
            Ok(false) if over => return indexer.end(&shared, None),
            Ok(false) => {
                drop(shared);
                thread::sleep(LOOK_EVERY);
            }
            Err(problem) => return indexer.end(&shared, Some(problem)),
        }
    }
}

/// Reads what is new; returns whether there was any.
fn read_on(indexer: &mut Indexer, shared: &Shared) -> Result<bool, String> {
    let failed = |error: io::Error| format!("failed to read the log: {error}");
    let (at, length) = (indexer.at(), shared.raw.length().map_err(failed)?);
    if length < at {
        return Err("the log became shorter while it was read".to_owned());
    }
    if length == at {
        return Ok(false);
    }
    let end = length.min(at + PIECE as u64);
    let bytes = shared.raw.read(at, end).map_err(|error| index::chain(&error))?;
    feed(indexer, shared, &bytes)?;
    indexer.publish(shared).map_err(|error| index::chain(&error))?;
    Ok(true)
}

/// The file of the times of a log that grows.
struct GrowingTimes {
    path: PathBuf,
    file: Option<Bytes>,
    at: u64,
}

impl GrowingTimes {
    fn at(path: PathBuf) -> Self {
        Self { path, file: None, at: 0 }
    }

    /// Reads what is new. Without it the log has no times, and is a log all the same.
    fn read_on(&mut self, shared: &Shared) {
        if self.file.is_none() {
            self.file = File::open(&self.path).ok().map(Bytes::of);
        }
        let Some(file) = &self.file else { return };
        let end = file.length().unwrap_or(0).min(self.at + PIECE as u64);
        let bytes = file.read(self.at, end).unwrap_or_default();
        if bytes.is_empty() {
            return;
        }
        self.at += bytes.len() as u64;
        let mut timing = shared.timing.write().unwrap_or_else(PoisonError::into_inner);
        // What is no file of times is not looked at again.
        if timing.get_or_insert_with(Timing::default).add(&bytes).is_err() {
            self.at = u64::MAX;
        }
    }
}
