use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use crate::Signal;
use crate::platform::Waker;

/// Says who asked a job to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CancelledBy {
    /// A signal came to this process, such as Ctrl-C.
    Signal(Signal),
    /// The program that runs the job asked through [`Cancel::request`].
    Caller,
}

impl fmt::Display for CancelledBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Signal(signal) => signal.fmt(f),
            Self::Caller => f.write_str("request"),
        }
    }
}

/// Asks running jobs to end, from any thread.
///
/// The first request sends TERM and leaves the job its grace period; a request that comes while the
/// job is already being stopped, for whatever reason, kills it at once. Clones are handles of the
/// same thing, and one handle may serve several jobs.
#[derive(Clone, Default)]
pub struct Cancel {
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    requests: Requests,
    wakers: Vec<Weak<Waker>>,
}

/// What has been asked so far.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Requests {
    pub(crate) count: u32,
    pub(crate) first: Option<CancelledBy>,
}

impl Cancel {
    /// Makes a handle that nobody has used yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks once more.
    pub fn request(&self, by: CancelledBy) {
        let mut state = self.lock();
        state.requests.count = state.requests.count.saturating_add(1);
        state.requests.first.get_or_insert(by);
        for waker in state.wakers.iter().filter_map(Weak::upgrade) {
            waker.wake();
        }
    }

    /// Tells who asked first, if anybody did.
    pub fn requested(&self) -> Option<CancelledBy> {
        self.lock().requests.first
    }

    /// Tells of all requests so far, so that a job notices each of them once.
    pub(crate) fn requests(&self) -> Requests {
        self.lock().requests
    }

    /// Wakes `waker` at each request for as long as the job keeps it.
    pub(crate) fn wake_on_request(&self, waker: &Arc<Waker>) {
        let mut state = self.lock();
        state.wakers.retain(|waker| waker.strong_count() > 0);
        state.wakers.push(Arc::downgrade(waker));
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Every change is a single assignment: a panic elsewhere leaves nothing half done.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Cancel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Cancel").field(&self.requests()).finish()
    }
}
