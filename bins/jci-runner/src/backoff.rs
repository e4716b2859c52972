//! How long to wait before something is tried again.

use std::time::Duration;

/// Counts failures in a row; each makes the wait longer, up to a limit.
#[derive(Debug, Clone)]
pub(crate) struct Backoff {
    first: Duration,
    greatest: Duration,
    failures: u32,
}

impl Backoff {
    /// Begins without failures.
    pub(crate) fn new(first: Duration, greatest: Duration) -> Self {
        Self { first, greatest, failures: 0 }
    }

    /// Counts a failure and returns how long to wait: at least as long as the other side asked for,
    /// and by chance up to half as long again, so that many who fail at once do not come back at
    /// once.
    pub(crate) fn wait(&mut self, asked: Option<Duration>) -> Duration {
        self.wait_by(asked, fastrand::f64())
    }

    fn wait_by(&mut self, asked: Option<Duration>, chance: f64) -> Duration {
        let doubled = self.first.saturating_mul(1 << self.failures.min(16));
        self.failures = self.failures.saturating_add(1);
        let wait = doubled.min(self.greatest).max(asked.unwrap_or_default());
        wait + wait.mul_f64(chance / 2.0)
    }

    /// Returns how many failures there were in a row.
    pub(crate) fn failures(&self) -> u32 {
        self.failures
    }

    /// Forgets the failures, for something worked.
    pub(crate) fn reset(&mut self) {
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(backoff: &mut Backoff, asked: Option<u64>, chance: f64) -> f64 {
        backoff.wait_by(asked.map(Duration::from_secs), chance).as_secs_f64()
    }

    #[test]
    fn waits_double_up_to_a_limit_and_begin_anew() {
        let mut backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(6));
        let waits: Vec<_> = (0..5).map(|_| seconds(&mut backoff, None, 0.0)).collect();
        assert_eq!(waits, [1.0, 2.0, 4.0, 6.0, 6.0]);
        assert_eq!(backoff.failures(), 5);
        backoff.reset();
        assert_eq!(seconds(&mut backoff, None, 1.0), 1.5);
        for _ in 0..100 {
            seconds(&mut backoff, None, 1.0);
        }
        assert_eq!(seconds(&mut backoff, None, 0.0), 6.0);
    }

    #[test]
    fn nobody_comes_back_before_the_other_side_wants_it() {
        let mut backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(6));
        assert_eq!(seconds(&mut backoff, Some(60), 0.0), 60.0);
    }
}
