//! How often, and for how long, a server that is away is tried again.

use std::time::{Duration, Instant};

/// The first wait, doubled each time.
const FIRST: Duration = Duration::from_millis(250);
/// The longest wait, unless the server asks for more.
const LONGEST: Duration = Duration::from_secs(5);
/// After so long without a word of the server nobody waits for it any more.
pub(super) const LIMIT: Duration = Duration::from_secs(300);

/// The patience with a server; full again whenever something comes.
#[derive(Debug, Default)]
pub(super) struct Patience {
    failures: u32,
    since: Option<Instant>,
}

impl Patience {
    /// Takes note that something came.
    pub(super) fn restore(&mut self) {
        *self = Self::default();
    }

    /// Tells how long to wait before the next try, no less than the server asks for; nothing if
    /// that has gone on for too long. `random` is from 0 to 1: those who lost a server at once do
    /// not come back at once.
    pub(super) fn next(
        &mut self,
        now: Instant,
        asked: Option<Duration>,
        random: f64,
    ) -> Option<Duration> {
        let since = *self.since.get_or_insert(now);
        if now.saturating_duration_since(since) >= LIMIT {
            return None;
        }
        let doubled = FIRST.saturating_mul(1 << self.failures.min(16)).min(LONGEST);
        let wait = doubled.mul_f64(0.5 + random.clamp(0.0, 1.0) / 2.0);
        self.failures += 1;
        Some(wait.max(asked.unwrap_or_default()).min(LIMIT))
    }

    /// Tells whether this is the first failure since something came.
    pub(super) fn is_first(&self) -> bool {
        self.failures == 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_a_limit_and_end() {
        let mut patience = Patience::default();
        let begin = Instant::now();
        let mut now = begin;
        let mut waits = Vec::new();
        // Each try takes a second of its own.
        while let Some(wait) = patience.next(now, None, 1.0) {
            waits.push(wait);
            now += wait + Duration::from_secs(1);
        }
        assert_eq!(waits[..3], [250, 500, 1000].map(Duration::from_millis));
        assert_eq!(waits.last(), Some(&LONGEST));
        assert!((LIMIT..LIMIT + 2 * LONGEST).contains(&(now - begin)), "{:?}", now - begin);
        patience.restore();
        assert_eq!(patience.next(now, None, 0.0), Some(FIRST / 2));
    }

    #[test]
    fn what_the_server_asks_for_is_heeded_up_to_a_limit() {
        let wait = |seconds| {
            let asked = Duration::from_secs(seconds);
            Patience::default().next(Instant::now(), Some(asked), 0.5)
        };
        assert_eq!(wait(30), Some(Duration::from_secs(30)));
        assert_eq!(wait(u64::MAX), Some(LIMIT));
    }
}
