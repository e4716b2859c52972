//! Time, passed in so that tests and simulations can drive it.

use std::time::{Duration, Instant};

use jiff::Timestamp;

/// Two clocks: one for records, one for leases.
pub trait Clock: Send + Sync {
    /// Tells the time of day. It goes into records and may jump.
    fn now(&self) -> Timestamp;

    /// Tells the time since some moment of this process. It never jumps and says nothing to
    /// another process: leases and time-outs are measured by it.
    fn monotonic(&self) -> Duration;
}

/// The clocks of the operating system.
#[derive(Debug, Clone)]
pub struct SystemClock {
    start: Instant,
}

impl SystemClock {
    /// Returns the clocks of the operating system.
    #[must_use]
    pub fn new() -> Self {
        Self { start: Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn monotonic(&self) -> Duration {
        self.start.elapsed()
    }
}

/// Returns the time so much later, or the end of time.
pub(crate) fn later(now: Timestamp, wait: Duration) -> Timestamp {
    jiff::SignedDuration::try_from(wait)
        .ok()
        .and_then(|wait| now.checked_add(wait).ok())
        .unwrap_or(Timestamp::MAX)
}

/// Returns the time so much earlier, or the begin of time.
pub(crate) fn earlier(now: Timestamp, wait: Duration) -> Timestamp {
    jiff::SignedDuration::try_from(wait)
        .ok()
        .and_then(|wait| now.checked_sub(wait).ok())
        .unwrap_or(Timestamp::MIN)
}
