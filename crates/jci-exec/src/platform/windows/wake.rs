use std::io;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

/// How often a loop looks at what wakes nobody: the end of a process.
const LOOK: Duration = Duration::from_millis(10);

/// Lets one loop sleep until somebody calls its [`Waker`], or it is time to look.
#[derive(Debug)]
pub(crate) struct Wake(Arc<Waker>);

/// Wakes a [`Wake`] from any thread.
#[derive(Debug, Default)]
pub(crate) struct Waker {
    called: Mutex<bool>,
    call: Condvar,
}

impl Wake {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self(Arc::default()))
    }

    /// Gives the handle that wakes it.
    pub(crate) fn waker(&self) -> &Arc<Waker> {
        &self.0
    }

    /// Sleeps until something may have happened, at most for `timeout`.
    pub(crate) fn wait(&self, timeout: Duration) {
        let called = self.0.called.lock().unwrap_or_else(PoisonError::into_inner);
        let called = self.0.call.wait_timeout_while(called, timeout.min(LOOK), |called| !*called);
        *called.unwrap_or_else(PoisonError::into_inner).0 = false;
    }
}

impl Waker {
    pub(crate) fn wake(&self) {
        *self.called.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.call.notify_one();
    }
}
