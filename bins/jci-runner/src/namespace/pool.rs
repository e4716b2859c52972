//! Which namespaces there are, and which of them wait.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::Namespace;

/// After so many failures in a row no more namespaces are made.
const FAILURES: u32 = 3;

/// The namespaces of a runner.
#[derive(Debug)]
pub(super) struct Pool {
    most: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Those that wait for a job, the one that has waited longest first.
    waiting: Vec<(Namespace, Instant)>,
    /// The names of all, also of those that a job has and of one that is being made.
    names: BTreeSet<String>,
    failures: u32,
    closed: bool,
}

impl Pool {
    pub(super) fn new(most: usize) -> Self {
        Self { most, state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes one of an image.
    pub(super) fn take(&self, image: &str) -> Option<Namespace> {
        let mut state = self.state();
        let place = state.waiting.iter().position(|(namespace, _)| namespace.image == image)?;
        Some(state.waiting.remove(place).0)
    }

    /// Takes the one of another image that has waited longest, if there may be no more otherwise.
    pub(super) fn surplus(&self, image: &str) -> Option<Namespace> {
        let mut state = self.state();
        if state.names.len() < self.most {
            return None;
        }
        let place = state.waiting.iter().position(|(namespace, _)| namespace.image != image)?;
        Some(state.waiting.remove(place).0)
    }

    /// Names a namespace that is to be made, if there may be another one.
    pub(super) fn announce(&self) -> Option<String> {
        let mut state = self.state();
        if state.closed || state.failures >= FAILURES || state.names.len() >= self.most {
            return None;
        }
        let name = format!("{:016x}", fastrand::u64(..));
        state.names.insert(name.clone());
        Some(name)
    }

    /// Takes one to wait; returns it if nothing waits any more.
    pub(super) fn put(&self, namespace: Namespace) -> Option<Namespace> {
        let mut state = self.state();
        state.failures = 0;
        if state.closed {
            return Some(namespace);
        }
        state.waiting.push((namespace, Instant::now()));
        None
    }

    /// Notes that one could not be made; tells whether another one is worth it.
    pub(super) fn failed(&self, name: &str) -> bool {
        let mut state = self.state();
        state.names.remove(name);
        state.failures += 1;
        state.failures < FAILURES
    }

    /// Forgets one that is gone.
    pub(super) fn forget(&self, name: &str) {
        self.state().names.remove(name);
    }

    /// Tells whether there is one of this name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.state().names.contains(name)
    }

    /// Takes those that have waited for so long.
    pub(super) fn idle(&self, now: Instant, age: Duration) -> Vec<Namespace> {
        let mut state = self.state();
        let is_idle = |since: Instant| now.saturating_duration_since(since) >= age;
        let count = state.waiting.iter().take_while(|(_, since)| is_idle(*since)).count();
        state.waiting.drain(..count).map(|(namespace, _)| namespace).collect()
    }

    /// Has nothing wait any more.
    pub(super) fn close(&self) {
        self.state().closed = true;
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Files, Pause, Sockets};
    use super::*;

    fn namespace(name: String, image: &str) -> Namespace {
        let (own, files) = (Sockets::default(), Files::default());
        Namespace { name, image: image.to_owned(), pause: Pause::of_nothing(), own, files }
    }

    fn made(pool: &Pool, image: &str) -> String {
        let name = pool.announce().unwrap();
        assert!(pool.put(namespace(name.clone(), image)).is_none());
        name
    }

    #[test]
    fn one_of_the_image_is_taken() {
        let pool = Pool::new(4);
        let [other, first, _second] = ["b", "a", "a"].map(|image| made(&pool, image));
        assert_eq!(pool.take("a").unwrap().name, first);
        assert!(pool.take("c").is_none());
        assert!(pool.has(&other) && pool.has(&first));
    }

    #[test]
    fn there_are_no_more_than_may_be() {
        let pool = Pool::new(1);
        let name = made(&pool, "a");
        assert_eq!(pool.announce(), None);
        // Also while a job has it.
        assert!(pool.take("a").is_some());
        assert_eq!(pool.announce(), None);
        pool.forget(&name);
        assert!(pool.announce().is_some());
    }

    #[test]
    fn those_of_another_image_give_way() {
        let pool = Pool::new(2);
        let old = made(&pool, "a");
        assert!(pool.surplus("b").is_none(), "there is room");
        made(&pool, "a");
        assert!(pool.surplus("a").is_none());
        assert_eq!(pool.surplus("b").unwrap().name, old);
    }

    #[test]
    fn failures_in_a_row_are_the_end() {
        let pool = Pool::new(9);
        let fail = || pool.failed(&pool.announce().unwrap());
        assert!(fail() && fail());
        made(&pool, "a");
        assert!(fail() && fail() && !fail());
        assert_eq!(pool.announce(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn what_nobody_needs_goes_and_nothing_comes_after_the_end() {
        let pool = Pool::new(9);
        let old = made(&pool, "a");
        tokio::time::advance(Duration::from_secs(60)).await;
        made(&pool, "a");
        let idle = pool.idle(Instant::now(), Duration::from_secs(60));
        assert_eq!(idle.into_iter().map(|one| one.name).collect::<Vec<_>>(), [old]);
        let late = pool.announce().unwrap();
        pool.close();
        assert!(pool.put(namespace(late, "a")).is_some());
        assert_eq!(pool.announce(), None);
        assert_eq!(pool.idle(Instant::now(), Duration::ZERO).len(), 1);
    }
}
