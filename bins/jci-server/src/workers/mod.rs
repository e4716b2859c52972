//! What the server does without being asked, as tasks that are watched over.

mod counts;
mod forge;
mod leases;
mod neighbours;
mod results;
mod retention;
mod schedules;
mod statuses;

use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use jci_coord::Coordinator;
use jci_daemon::stop::Stop;
use jci_forge::Forge;
use tokio::task::{Id, JoinError, JoinSet};

use crate::config::Config;
use crate::health::Health;
use crate::logs::Logs;
use crate::metrics::Metrics;
use crate::traces;
use crate::watchdog;

pub(crate) use schedules::{Refresh, Refreshes, refresh_channel};

/// What the workers share. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Shared {
    pub(crate) config: Arc<Config>,
    pub(crate) queue: Arc<Coordinator>,
    pub(crate) forge: Forge,
    pub(crate) health: Health,
    pub(crate) logs: Arc<Logs>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) stop: Stop,
}

/// The workers of a server.
#[derive(Debug)]
pub(crate) struct Workers {
    tasks: JoinSet<()>,
    names: HashMap<Id, &'static str>,
}

impl Workers {
    /// Begins all that a server does by itself.
    pub(crate) fn start(shared: &Shared, refreshes: Refreshes) -> Self {
        let mut workers = Self { tasks: JoinSet::new(), names: HashMap::new() };
        workers.begin("the look at the forge", forge::watch(shared.clone()));
        workers.begin("the outbox of statuses", statuses::send(shared.clone()));
        workers.begin("the watch over leases", leases::watch(shared.clone()));
        workers.begin("the look for results", results::look(shared.clone()));
        workers.begin("the schedules", schedules::follow(shared.clone(), refreshes));
        workers.begin("the retention", retention::keep(shared.clone()));
        workers.begin("the ear for other servers", neighbours::listen(shared.clone()));
        workers.begin("the count of jobs", counts::count(shared.clone()));
        workers.begin("the watchdog", watchdog::feed(shared.clone()));
        workers.begin("the traces", traces::send(shared.clone()));
        workers
    }

    fn begin(&mut self, name: &'static str, work: impl Future<Output = ()> + Send + 'static) {
        let handle = self.tasks.spawn(work);
        self.names.insert(handle.id(), name);
    }

    /// Returns the first worker that ends, though none should before the server does.
    pub(crate) async fn ended(&mut self) -> &'static str {
        match self.tasks.join_next_with_id().await {
            Some(ended) => self.name(&ended),
            None => std::future::pending().await,
        }
    }

    fn name(&self, ended: &Result<(Id, ()), JoinError>) -> &'static str {
        let id = match ended {
            Ok((id, ())) => *id,
            Err(error) => error.id(),
        };
        self.names.get(&id).copied().unwrap_or("a worker")
    }

    /// Waits for the workers, which were asked to stop; those that take too long are dropped, which
    /// costs no more than to do the same thing once more.
    pub(crate) async fn finish(mut self, grace: Duration) {
        let all = async { while self.tasks.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(grace, all).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_worker_that_ends_or_panics_is_named() {
        let mut workers = Workers { tasks: JoinSet::new(), names: HashMap::new() };
        workers.begin("one that goes on", std::future::pending());
        workers.begin("one that ends", async {});
        assert_eq!(workers.ended().await, "one that ends");
        workers.begin("one that panics", async { panic!("a defect") });
        assert_eq!(workers.ended().await, "one that panics");
        workers.finish(Duration::from_millis(1)).await;
    }
}
