//! The time tables, in memory.

use async_trait::async_trait;
use jiff::Timestamp;

use super::MemoryTransaction;
use crate::ids::RepositoryName;
use crate::store::{Schedule, ScheduleTable, StoreResult};

#[async_trait]
impl ScheduleTable for MemoryTransaction {
    async fn schedules(&mut self, repository: &RepositoryName) -> StoreResult<Vec<Schedule>> {
        let schedules = self.tables.schedules.values();
        Ok(schedules.filter(|it| it.repository == *repository).cloned().collect())
    }

    async fn put_schedule(&mut self, schedule: &Schedule) -> StoreResult<()> {
        let key = (schedule.repository.clone(), schedule.entry.clone());
        self.change().schedules.insert(key, schedule.clone());
        Ok(())
    }

    async fn delete_schedule(
        &mut self,
        repository: &RepositoryName,
        entry: &str,
    ) -> StoreResult<()> {
        self.change().schedules.remove(&(repository.clone(), entry.to_owned()));
        Ok(())
    }

    async fn due_schedules(&mut self, now: Timestamp) -> StoreResult<Vec<Schedule>> {
        let is_due =
            |it: &&Schedule| it.pending.is_some() || it.next.is_some_and(|next| next <= now);
        Ok(self.tables.schedules.values().filter(is_due).cloned().collect())
    }
}
