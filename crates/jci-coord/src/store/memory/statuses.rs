//! The outbox, in memory.

use std::collections::BTreeMap;

use async_trait::async_trait;
use jiff::Timestamp;

use super::MemoryTransaction;
use crate::ids::{JobId, StatusId};
use crate::status::{NewStatus, Progress, Status};
use crate::store::{StatusTable, StoreResult};

#[async_trait]
impl StatusTable for MemoryTransaction {
    async fn insert_status(&mut self, status: &NewStatus) -> StoreResult<()> {
        let tables = self.change();
        tables.last_status += 1;
        let id = StatusId(tables.last_status);
        let status = Status {
            id,
            what: status.clone(),
            progress: Progress::Unsent,
            failures: 0,
            next_try: status.created,
            claims: 0,
            claimed: false,
            last_error: None,
        };
        tables.statuses.insert(id, status);
        Ok(())
    }

    async fn status(&mut self, id: StatusId) -> StoreResult<Option<Status>> {
        Ok(self.tables.statuses.get(&id).cloned())
    }

    async fn update_status(&mut self, status: &Status) -> StoreResult<()> {
        self.change().statuses.insert(status.id, status.clone());
        Ok(())
    }

    async fn delete_status(&mut self, id: StatusId) -> StoreResult<()> {
        self.change().statuses.remove(&id);
        Ok(())
    }

    async fn drop_unsent(&mut self, job: &JobId) -> StoreResult<()> {
        let is_idle = |it: &Status| it.progress == Progress::Unsent && !it.claimed;
        self.change().statuses.retain(|_, it| it.what.job != *job || !is_idle(it));
        Ok(())
    }

    async fn has_newer_status(&mut self, job: &JobId, id: StatusId) -> StoreResult<bool> {
        let mut statuses = self.tables.statuses.values();
        Ok(statuses.any(|status| status.what.job == *job && status.id > id))
    }

    async fn sendable_statuses(
        &mut self,
        now: Timestamp,
        horizon: Timestamp,
        limit: u32,
    ) -> StoreResult<Vec<Status>> {
        let mut first = BTreeMap::new();
        for status in self.tables.statuses.values().filter(|it| it.progress == Progress::Unsent) {
            first.entry((&status.what.repository, &status.what.commit)).or_insert(status);
        }
        let is_due = |it: &&&Status| !it.claimed && (it.next_try <= now || it.next_try > horizon);
        let mut due: Vec<_> = first.values().filter(is_due).map(|it| (*it).clone()).collect();
        due.sort_by_key(|status| (status.next_try, status.id));
        due.truncate(limit as usize);
        Ok(due)
    }

    async fn claimed_statuses(&mut self) -> StoreResult<Vec<Status>> {
        let is_in_flight = |it: &&Status| it.claimed && it.progress == Progress::Unsent;
        Ok(self.tables.statuses.values().filter(is_in_flight).cloned().collect())
    }

    async fn statuses(&mut self, job: &JobId) -> StoreResult<Vec<Status>> {
        let statuses = self.tables.statuses.values().filter(|status| status.what.job == *job);
        Ok(statuses.cloned().collect())
    }

    async fn count_unsent(&mut self) -> StoreResult<u64> {
        let statuses = self.tables.statuses.values();
        Ok(statuses.filter(|it| it.progress == Progress::Unsent).count() as u64)
    }
}
