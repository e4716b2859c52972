//! Walks through the history that are gone on with from page to page.

use std::sync::{Arc, Mutex, PoisonError};

use jci_store::{CommitId, History, ReadError, Store};

/// So many tips are remembered.
const TIPS: usize = 4;
/// So many commits all walks together may have seen, or the older ones are forgotten.
const MOST_SEEN: usize = 400_000;

/// Walks that were begun, the one used last at the end.
#[derive(Debug, Default)]
pub(super) struct Walks {
    walks: Mutex<Vec<(CommitId, Arc<Mutex<Walk>>)>>,
}

#[derive(Debug)]
struct Walk {
    walked: Vec<CommitId>,
    rest: History,
}

impl Walk {
    fn begin(store: &Store, tip: &CommitId) -> Self {
        Self { walked: Vec::new(), rest: store.history(tip) }
    }
}

impl Walks {
    /// Returns commits of the history of `tip`, from the one with this number on, up to so many.
    pub(super) fn part(
        &self,
        store: &Store,
        tip: &CommitId,
        from: usize,
        count: usize,
    ) -> Result<Vec<CommitId>, ReadError> {
        let walk = self.walk(store, tip);
        let mut walk = walk.lock().unwrap_or_else(PoisonError::into_inner);
        let until = from.saturating_add(count);
        let missing = until.saturating_sub(walk.walked.len());
        for _ in 0..missing {
            match walk.rest.next() {
                Some(Ok(id)) => walk.walked.push(id),
                None => break,
                Some(Err(error)) => {
                    // Who asks again is to be told again, not of a history that ends here.
                    *walk = Walk::begin(store, tip);
                    return Err(error);
                }
            }
        }
        Ok(walk.walked.iter().skip(from).take(count).copied().collect())
    }

    fn walk(&self, store: &Store, tip: &CommitId) -> Arc<Mutex<Walk>> {
        let mut walks = self.walks.lock().unwrap_or_else(PoisonError::into_inner);
        let known = walks.iter().position(|(known, _)| known == tip);
        let walk = known
            .map_or_else(|| Arc::new(Mutex::new(Walk::begin(store, tip))), |at| walks.remove(at).1);
        walks.push((*tip, Arc::clone(&walk)));
        let mut seen = 0;
        let newest_first = walks.iter().rev().enumerate();
        let kept = newest_first.take_while(|(number, (_, walk))| {
            // One that is being walked at the moment is counted the next time.
            seen += walk.try_lock().map_or(0, |walk| walk.rest.seen());
            *number == 0 || (*number < TIPS && seen < MOST_SEEN)
        });
        let forgotten = walks.len() - kept.count();
        walks.drain(..forgotten);
        walk
    }
}
