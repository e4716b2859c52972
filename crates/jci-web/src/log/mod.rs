//! Logs as a terminal shows them, in windows of lines, however large they are.

mod error;
mod pen;
mod query;
mod row;
mod screen;
mod terminal;
mod timing;

use std::future::Future;
use std::io::{self, Read};
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use jci_proto::{LogExtent, LogLine, LogMatch, LogMatches, LogOutline, LogWindow};

pub use error::LogError;
pub use query::{Direction, Query};
use terminal::Terminal;
pub use timing::Timing;

/// A log being read or read: cheap to clone, shared by all who look at it.
#[derive(Debug, Clone)]
pub struct Log {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    lines: Vec<LogLine>,
    settled: u64,
    bytes: u64,
    complete: bool,
    problem: Option<String>,
    timed: bool,
    wakers: Vec<Waker>,
}

impl State {
    fn extent(&self) -> LogExtent {
        LogExtent {
            lines: self.lines.len() as u64,
            settled: if self.complete { self.lines.len() as u64 } else { self.settled },
            bytes: self.bytes,
            complete: self.complete,
            broken: self.problem.is_some(),
        }
    }
}

impl Log {
    /// Reads everything that a source gives, on a thread of its own.
    ///
    /// What was read is kept in a temporary file without a name.
    pub fn read(source: impl Read + Send + 'static, timing: Option<Timing>) -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let log = Self { shared: Arc::clone(&shared) };
        let mut source = source;
        thread::Builder::new().name("jci-log".to_owned()).spawn(move || {
            let mut indexer = Indexer::new(shared, timing);
            let mut buffer = vec![0; 1 << 16];
            loop {
                match source.read(&mut buffer) {
                    Ok(0) => return indexer.end(None),
                    Ok(length) => indexer.feed(&buffer[..length]),
                    Err(error) => return indexer.end(Some(error.to_string())),
                }
            }
        })?;
        Ok(log)
    }

    /// Follows a file that grows, and that of its times; no copy is made.
    ///
    /// `is_over` tells whether nothing more will be written; what is there by then is still read.
    pub fn follow(
        path: PathBuf,
        timing: Option<PathBuf>,
        is_over: impl Fn() -> bool + Send + 'static,
    ) -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let log = Self { shared: Arc::clone(&shared) };
        let mut source = std::fs::File::open(path)?;
        drop(timing);
        thread::Builder::new().name("jci-log".to_owned()).spawn(move || {
            let mut indexer = Indexer::new(shared, None);
            let mut buffer = vec![0; 1 << 16];
            loop {
                let over = is_over();
                match source.read(&mut buffer) {
                    Ok(0) if over => return indexer.end(None),
                    Ok(0) => thread::sleep(Duration::from_millis(40)),
                    Ok(length) => indexer.feed(&buffer[..length]),
                    Err(error) => return indexer.end(Some(error.to_string())),
                }
            }
        })?;
        Ok(log)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells how much of the log there is so far.
    #[must_use]
    pub fn extent(&self) -> LogExtent {
        self.lock().extent()
    }

    /// Returns some lines, fewer where the log ends.
    pub fn window(&self, first: u64, count: u32) -> Result<LogWindow, LogError> {
        let state = self.lock();
        let begin = usize::try_from(first).unwrap_or(usize::MAX).min(state.lines.len());
        let end = begin.saturating_add(count as usize).min(state.lines.len());
        Ok(LogWindow { first, lines: state.lines[begin..end].to_vec(), extent: state.extent() })
    }

    /// Tells what there is to find.
    #[must_use]
    pub fn outline(&self) -> LogOutline {
        let state = self.lock();
        LogOutline {
            extent: state.extent(),
            first_error: None,
            folds: Vec::new(),
            folds_cut: false,
            timed: state.timed,
            problem: state.problem.clone(),
        }
    }

    /// Looks for a text in the whole log.
    pub fn search(&self, query: &Query) -> Result<LogMatches, LogError> {
        let state = self.lock();
        let mut matches = LogMatches {
            lines: 0,
            matches: 0,
            found: Vec::new(),
            before: 0,
            extent: state.extent(),
        };
        let fold = |text: &str| {
            if query.case_sensitive { text.to_owned() } else { text.to_ascii_lowercase() }
        };
        let needle = fold(&query.text);
        if needle.is_empty() {
            return Ok(matches);
        }
        for (number, line) in state.lines.iter().enumerate() {
            let text = fold(&line.spans.iter().map(|span| span.text.as_str()).collect::<String>());
            let units = |at: usize| text[..at].encode_utf16().count() as u32;
            let ranges: Vec<_> = text
                .match_indices(&needle)
                .map(|(at, _)| (units(at), units(at + needle.len())))
                .collect();
            if ranges.is_empty() {
                continue;
            }
            matches.lines += 1;
            matches.matches += ranges.len() as u64;
            let line = number as u64;
            match query.direction {
                Direction::Forward if line < query.from => matches.before += 1,
                Direction::Forward if matches.found.len() < query.count as usize => {
                    matches.found.push(LogMatch { line, ranges });
                }
                Direction::Back if line < query.from => {
                    matches.found.push(LogMatch { line, ranges });
                    if matches.found.len() > query.count as usize {
                        matches.found.remove(0);
                        matches.before += 1;
                    }
                }
                _ => {}
            }
        }
        Ok(matches)
    }

    /// Blocks until the extent differs from the one that was seen, or the time is over.
    #[must_use]
    pub fn wait(&self, seen: LogExtent, at_most: Duration) -> LogExtent {
        let deadline = Instant::now() + at_most;
        let mut state = self.lock();
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if state.extent() != seen || left.is_zero() {
                return state.extent();
            }
            let waited = self.shared.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Is ready when the extent differs from the one that was seen; holds no thread meanwhile.
    pub fn changed(&self, seen: LogExtent) -> impl Future<Output = LogExtent> + Send + use<> {
        Changed { log: self.clone(), seen }
    }
}

struct Changed {
    log: Log,
    seen: LogExtent,
}

impl Future for Changed {
    type Output = LogExtent;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<LogExtent> {
        let mut state = self.log.lock();
        if state.extent() != self.seen {
            return Poll::Ready(state.extent());
        }
        if !state.wakers.iter().any(|waker| waker.will_wake(context.waker())) {
            state.wakers.push(context.waker().clone());
        }
        Poll::Pending
    }
}

struct Indexer {
    shared: Arc<Shared>,
    timing: Option<Timing>,
    terminal: Terminal,
    offset: u64,
}

impl Indexer {
    fn new(shared: Arc<Shared>, timing: Option<Timing>) -> Self {
        shared.state.lock().unwrap_or_else(PoisonError::into_inner).timed = timing.is_some();
        Self { shared, timing, terminal: Terminal::default(), offset: 0 }
    }

    fn feed(&mut self, bytes: &[u8]) {
        self.terminal.read(self.offset, bytes);
        self.offset += bytes.len() as u64;
        self.publish(|_| {});
    }

    fn end(&mut self, problem: Option<String>) {
        self.terminal.end_line();
        self.publish(|state| {
            state.complete = true;
            state.problem = problem;
        });
    }

    fn publish(&mut self, change: impl FnOnce(&mut State)) {
        let timing = self.timing.as_ref();
        let line = |row: &row::Row| {
            row.line(row.began.and_then(|began| timing.and_then(|timing| timing.at(began))))
        };
        let mut state = self.shared.state.lock().unwrap_or_else(PoisonError::into_inner);
        let settled = usize::try_from(state.settled).unwrap_or(usize::MAX);
        state.lines.truncate(settled);
        state.lines.extend(self.terminal.screen.settled.drain(..).map(|row| line(&row)));
        state.settled = self.terminal.screen.top;
        state.lines.extend(self.terminal.screen.rows().map(line));
        state.bytes = self.offset;
        change(&mut state);
        self.shared.changed.notify_all();
        state.wakers.drain(..).for_each(Waker::wake);
    }
}
