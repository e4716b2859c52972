//! Logs as a terminal shows them, in windows of lines, however large they are.
//!
//! A log is read once, on a thread of its own. What is remembered of it is an index: where to begin
//! in order to show a line, some 50 bytes for each 64 KiB. A window is painted anew each time, from
//! the bytes. Only where programs moved the cursor to other lines, what the lines became is kept,
//! in a temporary file.
//!
//! # What is shown
//!
//! - Colours and attributes (SGR), carriage returns, backspaces, tabs, cursor moves, and what
//!   erases, inserts or deletes have the meaning that they have on a terminal of 100 lines without
//!   an end on the right. Lines that are above those 100 never change again.
//! - A line feed goes to the begin of the next line, and ends what sequence is unfinished.
//! - Nothing is lost that a terminal would keep in its history: who clears the screen, or draws on
//!   the alternate one, begins below what is there.
//! - Lines are shown up to 8192 columns. For who sends the cursor to the right edge, that is column
//!   500. A line that changes its looks more than 250 times is plain from there on.
//! - What is not UTF-8 is shown as U+FFFD and marked. The bytes of the log are never changed.
//! - The time of a line is that of its first byte.
//!
//! # Limits
//!
//! - Scroll regions, other character sets and origins are not heeded: nothing that is written to a
//!   log should need them.

mod block;
mod bytes;
mod error;
mod feed;
mod index;
mod marks;
mod number;
mod pen;
mod piece;
mod row;
mod scan;
mod screen;
mod search;
mod shared;
mod shelf;
mod stored;
mod terminal;
mod text;
mod timing;

#[cfg(test)]
mod tests;

use std::fs::File;
use std::future::Future;
use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::{Arc, PoisonError};
use std::thread;
use std::time::Duration;

use jci_proto::{LogExtent, LogMatches, LogOutline, LogWindow};

use bytes::Bytes;
pub use error::LogError;
pub use search::{Direction, Query};
use shared::{Changed, Shared};
pub(crate) use shelf::WhileWanted;
pub use shelf::{Interest, LogShelf, SharedLog, TooManyLogs};
pub use timing::Timing;

/// A log being read or read: cheap to clone, shared by all who look at it.
///
/// When the last of them is gone, what is left of the log is not read any more.
#[derive(Debug, Clone)]
pub struct Log {
    shared: Arc<Shared>,
}

impl Log {
    /// Reads everything that a source gives, on a thread of its own.
    ///
    /// What was read is copied into a temporary file without a name.
    pub fn read(source: impl Read + Send + 'static, timing: Option<Timing>) -> io::Result<Self> {
        let shared = Arc::new(Shared::new(Bytes::temporary()?, timing));
        let weak = Arc::downgrade(&shared);
        let thread = thread::Builder::new().name("jci-log".to_owned());
        thread.spawn(move || feed::copy(source, &weak))?;
        Ok(Self { shared })
    }

    /// Follows a file that grows, and that of its times; no copy is made.
    ///
    /// `is_over` tells whether nothing more will be written; what is there by then is still read.
    /// It does no harm if the file is renamed or removed.
    pub fn follow(
        path: PathBuf,
        timing: Option<PathBuf>,
        is_over: impl Fn() -> bool + Send + 'static,
    ) -> io::Result<Self> {
        let shared = Arc::new(Shared::new(Bytes::of(File::open(path)?), None));
        let weak = Arc::downgrade(&shared);
        let thread = thread::Builder::new().name("jci-log".to_owned());
        thread.spawn(move || feed::follow(&weak, timing, is_over))?;
        Ok(Self { shared })
    }

    /// Tells how much of the log there is so far.
    #[must_use]
    pub fn extent(&self) -> LogExtent {
        self.shared.lock().extent()
    }

    /// Returns some lines, fewer where the log ends.
    pub fn window(&self, first: u64, count: u32) -> Result<LogWindow, LogError> {
        let (extent, wanted, pieces) = {
            let state = self.shared.lock();
            let wanted = first..first.saturating_add(count.into()).min(state.lines);
            (state.extent(), wanted.clone(), state.pieces(wanted))
        };
        let mut lines = Vec::new();
        for piece in pieces {
            piece.paint(&wanted, &self.shared, &mut lines)?;
        }
        Ok(LogWindow { first, lines, extent })
    }

    /// Tells what there is to find.
    #[must_use]
    pub fn outline(&self) -> LogOutline {
        let timing = self.shared.timing.read().unwrap_or_else(PoisonError::into_inner);
        let timed = timing.as_ref().is_some_and(|timing| !timing.is_empty());
        drop(timing);
        let state = self.shared.lock();
        let (extent, found, problem) =
            (state.extent(), Arc::clone(&state.found), state.problem.clone());
        drop(state);
        LogOutline {
            extent,
            first_error: found.first_error.filter(|line| *line < extent.lines),
            folds: found.folds.clone(),
            folds_cut: found.folds_cut,
            timed,
            problem,
        }
    }

    /// Looks for a text in all that there is of the log.
    ///
    /// It is looked for in what is shown, not in the bytes. A search that takes seconds is answered
    /// in part, as [`LogMatches::searched`] tells; asking again goes on with it.
    pub fn search(&self, query: &Query) -> Result<LogMatches, LogError> {
        search::search(&self.shared, query)
    }

    /// Blocks until the extent differs from the one that was seen, or the time is over.
    #[must_use]
    pub fn wait(&self, seen: LogExtent, at_most: Duration) -> LogExtent {
        self.shared.wait(seen, at_most)
    }

    /// Is ready when the extent differs from the one that was seen; holds no thread meanwhile.
    pub fn changed(&self, seen: LogExtent) -> impl Future<Output = LogExtent> + Send + use<> {
        Changed { shared: Arc::clone(&self.shared), seen }
    }
}
