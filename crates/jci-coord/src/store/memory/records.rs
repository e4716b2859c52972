//! Runners and the audit log, in memory.

use async_trait::async_trait;
use jiff::Timestamp;

use super::MemoryTransaction;
use crate::audit::{AuditEntry, AuditFilter};
use crate::ids::RunnerId;
use crate::store::{RecordTable, Runner, StoreResult};

#[async_trait]
impl RecordTable for MemoryTransaction {
    async fn runner(&mut self, id: &RunnerId) -> StoreResult<Option<Runner>> {
        Ok(self.tables.runners.get(id).cloned())
    }

    async fn put_runner(&mut self, runner: &Runner) -> StoreResult<()> {
        self.change().runners.insert(runner.id.clone(), runner.clone());
        Ok(())
    }

    async fn runners(&mut self) -> StoreResult<Vec<Runner>> {
        Ok(self.tables.runners.values().cloned().collect())
    }

    async fn forget_runners(&mut self, before: Timestamp) -> StoreResult<u64> {
        let count = self.tables.runners.len();
        self.change().runners.retain(|_, runner| runner.seen >= before);
        Ok((count - self.tables.runners.len()) as u64)
    }

    async fn insert_audit(&mut self, entry: &AuditEntry) -> StoreResult<()> {
        let tables = self.change();
        tables.last_audit += 1;
        tables.audit.insert(tables.last_audit, entry.clone());
        Ok(())
    }

    async fn audit(
        &mut self,
        filter: &AuditFilter,
        limit: u32,
    ) -> StoreResult<Vec<(i64, AuditEntry)>> {
        let lines = self.tables.audit.iter().rev().filter(|(number, entry)| {
            filter.job.as_ref().is_none_or(|it| entry.job.as_ref() == Some(it))
                && filter.repository.as_ref().is_none_or(|it| entry.repository.as_ref() == Some(it))
                && (!filter.refused_only || entry.refused)
                && filter.before.is_none_or(|before| **number < before)
        });
        Ok(lines.take(limit as usize).map(|(number, entry)| (*number, entry.clone())).collect())
    }

    async fn forget_audit(&mut self, before: Timestamp) -> StoreResult<u64> {
        let count = self.tables.audit.len();
        self.change().audit.retain(|_, entry| entry.time >= before);
        Ok((count - self.tables.audit.len()) as u64)
    }
}
