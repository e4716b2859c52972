//! How often, and for how long, a server that is away is tried again.

use std::time::Duration;

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
    waited: Duration,
}

impl Patience {
    /// Takes note that something came.
    pub(super) fn restore(&mut self) {
        *self = Self::default();
    }

    /// Tells how long to wait before the next try, no less than the server asks for; nothing if
    /// that has gone on for too long. `random` is from 0 to 1: those who lost a server at once do
    /// not come back at once.
    pub(super) fn next(&mut self, asked: Option<Duration>, random: f64) -> Option<Duration> {
        if self.waited >= LIMIT {
            return None;
        }
        let doubled = FIRST.saturating_mul(1 << self.failures.min(16)).min(LONGEST);
        let wait =
            doubled.mul_f64(0.5 + random.clamp(0.0, 1.0) / 2.0).max(asked.unwrap_or_default());
        self.failures += 1;
        // The try itself takes time, too: at least as much as it takes to be refused.
        self.waited += wait;
        Some(wait)
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
        let waits: Vec<_> = std::iter::from_fn(|| patience.next(None, 1.0)).collect();
        assert_eq!(waits[..3], [250, 500, 1000].map(Duration::from_millis));
        assert_eq!(waits.last(), Some(&LONGEST));
        assert!(waits.iter().sum::<Duration>() < LIMIT + LONGEST);
        patience.restore();
        assert_eq!(patience.next(None, 0.0), Some(FIRST / 2));
    }

    #[test]
    fn what_the_server_asks_for_is_heeded() {
        let asked = Duration::from_secs(30);
        assert_eq!(Patience::default().next(Some(asked), 0.5), Some(asked));
    }
}
