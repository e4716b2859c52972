//! The attempts that this runner has in hand, and what is asked of each.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jci_proto::{AttemptName, Fate, Lease};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::key::Key;
use crate::verdict::StopReason;

/// What the server expects of whoever has an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Terms {
    /// The lease ends if nothing is heard of the runner for so long.
    pub(crate) lease: Duration,
    /// So often it should be heard of.
    pub(crate) renew: Duration,
}

impl From<&Lease> for Terms {
    fn from(lease: &Lease) -> Self {
        Self {
            lease: Duration::from_secs(lease.lease_seconds),
            renew: Duration::from_secs(lease.renew_seconds.max(1)),
        }
    }
}

impl Terms {
    /// Returns for how long the server may not be reached: what was set, but never so long that the
    /// container still runs when another runner gets the job.
    pub(crate) fn contact_limit(&self, set: Duration) -> Duration {
        set.min(self.lease.mul_f64(2.0 / 3.0))
    }
}

/// All attempts in hand. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Hands(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    held: Mutex<BTreeMap<Key, Hand>>,
    count: watch::Sender<usize>,
}

#[derive(Debug)]
struct Hand {
    terms: Option<Terms>,
    order: watch::Sender<Option<StopReason>>,
    renewed: watch::Sender<Instant>,
}

/// An attempt in hand, until this is dropped.
#[derive(Debug)]
pub(crate) struct Held {
    hands: Hands,
    key: Key,
    order: watch::Receiver<Option<StopReason>>,
    renewed: watch::Receiver<Instant>,
}

impl Hands {
    pub(crate) fn new() -> Self {
        let count = watch::Sender::new(0);
        Self(Arc::new(Parts { held: Mutex::default(), count }))
    }

    fn held(&self) -> MutexGuard<'_, BTreeMap<Key, Hand>> {
        self.0.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes an attempt in hand, with which the server was in contact at a time; `None` if it is in
    /// hand already.
    pub(crate) fn take(&self, key: &Key, terms: Option<Terms>, at: Instant) -> Option<Held> {
        let mut held = self.held();
        if held.contains_key(key) {
            return None;
        }
        let (order, ordered) = watch::channel(None);
        let (renewed, renewals) = watch::channel(at);
        held.insert(key.clone(), Hand { terms, order, renewed });
        self.0.count.send_replace(held.len());
        Some(Held { hands: self.clone(), key: key.clone(), order: ordered, renewed: renewals })
    }

    /// Returns how many there are.
    pub(crate) fn count(&self) -> usize {
        *self.0.count.borrow()
    }

    /// Returns once there are fewer than so many.
    pub(crate) async fn fewer_than(&self, limit: usize) {
        let mut count = self.0.count.subscribe();
        // The sender is ours, and lives as long as this.
        let _ = count.wait_for(|count| *count < limit).await;
    }

    /// Returns once there are other attempts in hand than before.
    pub(crate) fn changes(&self) -> watch::Receiver<usize> {
        self.0.count.subscribe()
    }

    /// Tells whether an attempt is in hand.
    pub(crate) fn has(&self, key: &Key) -> bool {
        self.held().contains_key(key)
    }

    /// Names the attempts that have a lease.
    pub(crate) fn leased(&self) -> Vec<AttemptName> {
        let held = self.held();
        held.iter()
            .filter(|(_, hand)| hand.terms.is_some())
            .filter_map(|(key, _)| key.name())
            .collect()
    }

    /// Returns how often the server wants to hear of this runner.
    pub(crate) fn renew_every(&self) -> Option<Duration> {
        let held = self.held();
        held.values().filter_map(|hand| Some(hand.terms?.renew)).min()
    }

    /// Takes what the server said of an attempt, in answer to a request that was sent at a time.
    pub(crate) fn fate(&self, key: &Key, fate: Fate, sent: Instant) {
        let held = self.held();
        let Some(hand) = held.get(key) else { return };
        match fate {
            Fate::Kept => hand.renew(sent),
            Fate::Cancel => {
                hand.renew(sent);
                hand.stop(&StopReason::Cancelled);
            }
            Fate::Stale => hand.stop(&StopReason::Stale),
        }
    }

    /// Asks for the end of every attempt.
    pub(crate) fn stop_all(&self, reason: &StopReason) {
        self.held().values().for_each(|hand| hand.stop(reason));
    }
}

impl Hand {
    fn renew(&self, sent: Instant) {
        self.renewed.send_if_modified(|renewed| {
            let later = sent > *renewed;
            *renewed = sent.max(*renewed);
            later
        });
    }

    /// The first reason is the one that counts.
    fn stop(&self, reason: &StopReason) {
        self.order.send_if_modified(|order| {
            let first = order.is_none();
            order.get_or_insert_with(|| reason.clone());
            first
        });
    }
}

impl Held {
    /// Returns the name of the attempt.
    pub(crate) fn key(&self) -> &Key {
        &self.key
    }

    /// Asks for its end, from within.
    pub(crate) fn stop(&self, reason: &StopReason) {
        if let Some(hand) = self.hands.held().get(&self.key) {
            hand.stop(reason);
        }
    }

    /// Notes that its lease began anew when this was sent.
    pub(crate) fn renewed(&self, sent: Instant) {
        self.hands.fate(&self.key, Fate::Kept, sent);
    }

    /// Returns why it is to end, once it is.
    pub(crate) async fn ordered(&self) -> StopReason {
        let mut order = self.order.clone();
        match order.wait_for(Option::is_some).await {
            Ok(reason) => reason.clone().unwrap_or(StopReason::Hurried),
            Err(_) => StopReason::Hurried,
        }
    }

    /// Returns once the server was not reached for so long.
    pub(crate) async fn out_of_contact(&self, limit: Duration) -> StopReason {
        let mut renewed = self.renewed.clone();
        loop {
            let until = *renewed.borrow_and_update() + limit;
            tokio::select! {
                () = tokio::time::sleep_until(until) => return StopReason::NoContact,
                changed = renewed.changed() => if changed.is_err() {
                    return StopReason::NoContact;
                },
            }
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut held = self.hands.held();
        held.remove(&self.key);
        self.hands.0.count.send_replace(held.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_secs(20);

    fn key(job: &str) -> Key {
        Key { job: job.to_owned(), attempt: Some(1) }
    }

    fn terms() -> Terms {
        Terms { lease: Duration::from_secs(30), renew: Duration::from_secs(5) }
    }

    #[test]
    fn contact_is_lost_before_the_lease_is() {
        assert_eq!(terms().contact_limit(LIMIT), LIMIT);
        let short = Terms { lease: Duration::from_secs(3), ..terms() };
        assert_eq!(short.contact_limit(LIMIT), Duration::from_secs(2));
    }

    #[tokio::test(start_paused = true)]
    async fn contact_counts_from_when_the_last_answered_request_was_sent() {
        let hands = Hands::new();
        let begin = Instant::now();
        let held = hands.take(&key("a"), Some(terms()), begin).unwrap();
        let sent = begin + Duration::from_secs(5);
        tokio::time::sleep_until(begin + Duration::from_secs(14)).await;
        hands.fate(&key("a"), Fate::Kept, sent);
        // One that was sent earlier and answered later takes nothing back.
        hands.fate(&key("a"), Fate::Kept, begin + Duration::from_secs(1));
        assert_eq!(held.out_of_contact(LIMIT).await, StopReason::NoContact);
        assert_eq!(begin.elapsed().as_secs(), 25);
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_reason_to_stop_is_the_one_that_counts() {
        let hands = Hands::new();
        let held = hands.take(&key("a"), Some(terms()), Instant::now()).unwrap();
        hands.fate(&key("a"), Fate::Cancel, Instant::now());
        hands.fate(&key("a"), Fate::Stale, Instant::now());
        hands.stop_all(&StopReason::Hurried);
        assert_eq!(held.ordered().await, StopReason::Cancelled);
    }

    #[tokio::test(start_paused = true)]
    async fn an_attempt_is_in_hand_once_and_until_it_is_let_go() {
        let hands = Hands::new();
        let held = hands.take(&key("a"), Some(terms()), Instant::now()).unwrap();
        assert!(hands.take(&key("a"), None, Instant::now()).is_none());
        let other = hands.take(&key("b"), None, Instant::now()).unwrap();
        assert_eq!(hands.leased(), [key("a").name().unwrap()]);
        assert_eq!(hands.renew_every(), Some(terms().renew));
        drop(held);
        hands.fewer_than(2).await;
        assert!(!hands.has(&key("a")) && hands.has(&key("b")));
        drop(other);
        hands.fewer_than(1).await;
        assert_eq!(hands.renew_every(), None);
    }
}
