//! What one job may use of the proxy.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jci_coord::AttemptId;

use super::grant::Grant;

/// Bounds of one job.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// How many bytes a pushed pack may have.
    pub(crate) pack_bytes: u64,
    /// How many bytes a fetch may send: what it wants and what it has.
    pub(crate) fetch_request_bytes: u64,
    /// How long nothing at all may move.
    pub(crate) silence: Duration,
    /// How many connections a job may have at once.
    pub(crate) connections: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            pack_bytes: 4 << 30,
            fetch_request_bytes: 64 << 20,
            silence: Duration::from_secs(120),
            connections: 16,
        }
    }
}

/// Counts the connections of each attempt.
#[derive(Clone, Debug, Default)]
pub(crate) struct Connections(Arc<Mutex<HashMap<AttemptId, usize>>>);

impl Connections {
    /// Takes one of at most `limit` connections, or nothing if none is free.
    pub(crate) fn take(&self, grant: &Grant, limit: usize) -> Option<Connection> {
        let key = grant.attempt.clone();
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(key.clone()).or_default();
        if *count >= limit {
            return None;
        }
        *count += 1;
        Some(Connection { all: self.clone(), key })
    }
}

/// One connection; it is given back when dropped.
#[derive(Debug)]
pub(crate) struct Connection {
    all: Connections,
    key: AttemptId,
}

impl Drop for Connection {
    fn drop(&mut self) {
        let mut counts = self.all.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.key) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use jci_coord::AttemptNumber;
    use jci_forge::{ObjectId, RepoName};

    use super::*;

    #[test]
    fn each_attempt_has_its_own_and_gets_them_back() {
        let grant = |number| Grant {
            attempt: AttemptId { job: "0".repeat(32).parse().unwrap(), number },
            repository: RepoName::parse("team/site").unwrap(),
            commit: ObjectId::new(&"c".repeat(40)).unwrap(),
            may_push: true,
        };
        let connections = Connections::default();
        let first = connections.take(&grant(AttemptNumber::FIRST), 2).unwrap();
        let second = connections.take(&grant(AttemptNumber::FIRST), 2).unwrap();
        assert!(connections.take(&grant(AttemptNumber::FIRST), 2).is_none());
        assert!(connections.take(&grant(AttemptNumber::FIRST.next()), 2).is_some());
        drop(first);
        drop(connections.take(&grant(AttemptNumber::FIRST), 2).unwrap());
        drop(second);
        assert!(connections.0.lock().unwrap().is_empty());
    }
}
