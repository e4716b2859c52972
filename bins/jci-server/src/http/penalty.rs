//! How often an address may show a wrong signature or a wrong secret.
//!
//! What is right always passes: behind a proxy everybody has one address, and nobody must be able
//! to keep a forge out, which does not send again. Who is wrong too often gets a shorter answer
//! and no line in the log.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// So many wrong ones are answered in full.
const ALLOWED: u32 = 20;
/// After so long all is forgotten.
const WINDOW: Duration = Duration::from_secs(60);
/// So many addresses are remembered; then everything is forgotten, which does no harm but lines.
const ADDRESSES: usize = 10_000;

/// Counts what addresses show wrong.
#[derive(Debug, Default)]
pub(crate) struct Penalties(Mutex<HashMap<IpAddr, (Instant, u32)>>);

impl Penalties {
    /// Counts a wrong one; returns how long to stay away, if it was one too many.
    pub(crate) fn count(&self, address: IpAddr, now: Instant) -> Option<Duration> {
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if counted.len() >= ADDRESSES && !counted.contains_key(&address) {
            counted.clear();
        }
        let (since, count) = counted.entry(address).or_insert((now, 0));
        if now.duration_since(*since) >= WINDOW {
            (*since, *count) = (now, 0);
        }
        *count = count.saturating_add(1);
        (*count > ALLOWED).then(|| WINDOW.saturating_sub(now.duration_since(*since)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_wrong_too_often_waits_and_nobody_else() {
        let (penalties, start) = (Penalties::default(), Instant::now());
        let (one, other) = ([10, 0, 0, 1].into(), [10, 0, 0, 2].into());
        for _ in 0..ALLOWED {
            assert_eq!(penalties.count(one, start), None);
        }
        let later = start + Duration::from_secs(20);
        assert_eq!(penalties.count(one, later), Some(Duration::from_secs(40)));
        assert_eq!(penalties.count(other, later), None);
        assert_eq!(penalties.count(one, start + WINDOW), None);
    }
}
