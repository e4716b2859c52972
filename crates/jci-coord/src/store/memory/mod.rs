//! The queue in memory, in the plainest way: the model that the databases are compared with.

mod attempts;
mod jobs;
mod records;
mod schedules;
mod statuses;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::{Change, Runner, Schedule, Store, StoreResult, Transaction};
use crate::audit::AuditEntry;
use crate::ids::{AttemptId, JobId, RepositoryName, RunnerId, StatusId};
use crate::state::{Attempt, Job};
use crate::status::Status;

/// A store that ends with the program.
///
/// It looks through everything for every answer, and knows no index that could be wrong: it is
/// for tests and simulations. Clones are the same store, as several servers on one database are.
#[derive(Clone, Default)]
pub struct MemoryStore {
    tables: Arc<Mutex<Arc<Tables>>>,
}

impl MemoryStore {
    /// Makes an empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").finish_non_exhaustive()
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn write(&self) -> StoreResult<Box<dyn Transaction>> {
        let guard = Arc::clone(&self.tables).lock_owned().await;
        Ok(Box::new(MemoryTransaction { tables: Arc::clone(&guard), target: Some(guard) }))
    }

    async fn read(&self) -> StoreResult<Box<dyn Transaction>> {
        let tables = Arc::clone(&*self.tables.lock().await);
        Ok(Box::new(MemoryTransaction { tables, target: None }))
    }
}

#[derive(Debug, Clone, Default)]
struct Tables {
    jobs: BTreeMap<JobId, Job>,
    deliveries: BTreeMap<String, (JobId, jiff::Timestamp)>,
    attempts: BTreeMap<AttemptId, Attempt>,
    statuses: BTreeMap<StatusId, Status>,
    last_status: i64,
    schedules: BTreeMap<(RepositoryName, String), Schedule>,
    runners: BTreeMap<RunnerId, Runner>,
    audit: BTreeMap<i64, AuditEntry>,
    last_audit: i64,
}

/// A transaction: a copy of the tables, made at the first write, that takes their place when it is
/// committed. One that only reads has no place to go to.
struct MemoryTransaction {
    tables: Arc<Tables>,
    target: Option<OwnedMutexGuard<Arc<Tables>>>,
}

impl MemoryTransaction {
    fn change(&mut self) -> &mut Tables {
        Arc::make_mut(&mut self.tables)
    }
}

#[async_trait]
impl Transaction for MemoryTransaction {
    async fn commit(self: Box<Self>) -> StoreResult<()> {
        if let Some(mut target) = self.target {
            *target = self.tables;
        }
        Ok(())
    }

    async fn announce(&mut self, _change: &Change) -> StoreResult<()> {
        Ok(())
    }
}

impl Tables {
    /// Counts the jobs of a repository that are assigned or running.
    fn running(&self, repository: &RepositoryName) -> usize {
        self.jobs
            .values()
            .filter(|job| job.state.is_live() && job.spec.repository == *repository)
            .count()
    }

    /// Lists the repositories that have ready jobs.
    fn waiting_repositories(&self) -> BTreeSet<&RepositoryName> {
        self.jobs.values().filter(|job| job.is_ready()).map(|job| &job.spec.repository).collect()
    }
}
