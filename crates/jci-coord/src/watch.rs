//! Patience by this process's own monotonic clock.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::Duration;

/// Remembers since when each of many counters has not changed.
///
/// Several servers may watch the same counters, each by its own clock. A server that has just
/// started has seen nothing yet, and so gives everything a full measure of patience; and a clock
/// of the wall that jumps means nothing here.
#[derive(Debug)]
pub(crate) struct Watch<K> {
    seen: HashMap<K, Sight>,
}

#[derive(Debug, Clone, Copy)]
struct Sight {
    counter: u64,
    since: Duration,
}

impl<K: Eq + Hash + Clone> Watch<K> {
    pub(crate) fn new() -> Self {
        Self { seen: HashMap::new() }
    }

    /// Notes the counter as it is now and tells for how long it has been so.
    pub(crate) fn look(&mut self, key: &K, counter: u64, now: Duration) -> Duration {
        let fresh = Sight { counter, since: now };
        let sight = self.seen.entry(key.clone()).or_insert(fresh);
        if sight.counter != counter {
            *sight = fresh;
        }
        now.saturating_sub(sight.since)
    }

    /// Begins the patience with a counter anew, if it is watched: it would have changed, had it
    /// been possible to write that down.
    pub(crate) fn excuse(&mut self, key: &K, now: Duration) {
        if let Some(sight) = self.seen.get_mut(key) {
            sight.since = now;
        }
    }

    /// Forgets all but what is still there.
    pub(crate) fn keep(&mut self, is_there: impl Fn(&K) -> bool) {
        self.seen.retain(|key, _| is_there(key));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_change_of_the_counter_begins_anew() {
        let at = Duration::from_secs;
        let mut watch = Watch::new();
        assert_eq!(watch.look(&"a", 1, at(100)), at(0));
        assert_eq!(watch.look(&"a", 1, at(129)), at(29));
        assert_eq!(watch.look(&"a", 2, at(130)), at(0));
        assert_eq!(watch.look(&"b", 9, at(131)), at(0));
        watch.excuse(&"b", at(135));
        watch.excuse(&"c", at(135));
        assert_eq!(watch.look(&"b", 9, at(136)), at(1));
        assert_eq!(watch.look(&"c", 9, at(136)), at(0));
        watch.keep(|key| *key == "b");
        assert_eq!(watch.look(&"a", 2, at(140)), at(0));
        assert_eq!(watch.look(&"b", 9, at(141)), at(6));
    }
}
