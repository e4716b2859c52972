//! Where runners wait for work: one queue for each set of labels.
//!
//! Only who is first in a queue looks whether there is a job; those behind hear of nothing until
//! it has left. So a job that comes wakes one runner of each kind and not a thousand, and who came
//! first is served first.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jci_coord::Labels;
use tokio::sync::OwnedMutexGuard;

/// The queues.
#[derive(Debug, Default)]
pub(super) struct WaitingRoom(Mutex<HashMap<Labels, Arc<tokio::sync::Mutex<()>>>>);

/// The first place in a queue, for as long as it is held.
#[derive(Debug)]
pub(super) struct FirstPlace {
    _held: OwnedMutexGuard<()>,
}

impl WaitingRoom {
    /// Returns once this runner is first among those of its labels.
    pub(super) async fn first_place(&self, labels: &Labels) -> FirstPlace {
        let queue = self.queue(labels);
        FirstPlace { _held: queue.lock_owned().await }
    }

    fn queue(&self, labels: &Labels) -> Arc<tokio::sync::Mutex<()>> {
        let mut queues = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(queue) = queues.get(labels) {
            return Arc::clone(queue);
        }
        // A queue in which nobody stands is held by nobody but this list.
        queues.retain(|_, queue| Arc::strong_count(queue) > 1);
        Arc::clone(queues.entry(labels.clone()).or_default())
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[test]
    fn one_of_each_kind_is_first_and_the_next_follows() {
        let room = WaitingRoom::default();
        let (linux, gpu) = ("linux".parse().unwrap(), "gpu".parse().unwrap());
        let first = room.first_place(&linux).now_or_never().unwrap();
        assert!(room.first_place(&linux).now_or_never().is_none());
        assert!(room.first_place(&gpu).now_or_never().is_some());
        drop(first);
        assert!(room.first_place(&linux).now_or_never().is_some());
        // Queues that are empty are forgotten when another kind comes.
        let _other = room.first_place(&Labels::default()).now_or_never().unwrap();
        assert_eq!(room.0.lock().unwrap().len(), 1);
    }
}
