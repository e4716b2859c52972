//! Work that another thread does meanwhile, where there is room for one.

use std::panic::resume_unwind;
use std::thread::{Builder, Scope, ScopedJoinHandle};

/// Work that goes on beside what its owner does.
#[must_use = "what has no room beside is only done by `join`"]
pub(crate) enum Beside<'scope, F, T> {
    Thread(ScopedJoinHandle<'scope, T>),
    NoRoom(F),
}

impl<'scope, F, T> Beside<'scope, F, T>
where
    F: FnOnce() -> T + Copy + Send + 'scope,
    T: Send + 'scope,
{
    pub(crate) fn start(scope: &'scope Scope<'scope, '_>, work: F) -> Self {
        Builder::new().spawn_scoped(scope, work).map_or(Self::NoRoom(work), Self::Thread)
    }

    /// Waits for the result. Where the system had no room for a thread, there is this one.
    pub(crate) fn join(self) -> T {
        match self {
            Self::Thread(thread) => thread.join().unwrap_or_else(|panic| resume_unwind(panic)),
            Self::NoRoom(work) => work(),
        }
    }
}
