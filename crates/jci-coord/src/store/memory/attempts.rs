//! The table of attempts, in memory.

use async_trait::async_trait;

use super::MemoryTransaction;
use crate::ids::{AttemptId, JobId, RunnerId};
use crate::state::{Attempt, TokenHash};
use crate::store::{AttemptTable, StoreResult};

#[async_trait]
impl AttemptTable for MemoryTransaction {
    async fn insert_attempt(&mut self, attempt: &Attempt) -> StoreResult<()> {
        self.change().attempts.insert(attempt.id.clone(), attempt.clone());
        Ok(())
    }

    async fn attempt(&mut self, id: &AttemptId) -> StoreResult<Option<Attempt>> {
        Ok(self.tables.attempts.get(id).cloned())
    }

    async fn update_attempt(&mut self, attempt: &Attempt) -> StoreResult<()> {
        self.insert_attempt(attempt).await
    }

    async fn attempts(&mut self, job: &JobId) -> StoreResult<Vec<Attempt>> {
        let attempts = self.tables.attempts.values().filter(|attempt| attempt.id.job == *job);
        Ok(attempts.cloned().collect())
    }

    async fn live_attempts(&mut self) -> StoreResult<Vec<Attempt>> {
        Ok(self.tables.attempts.values().filter(|attempt| attempt.is_live()).cloned().collect())
    }

    async fn count_live_attempts(&mut self) -> StoreResult<u64> {
        Ok(self.tables.attempts.values().filter(|attempt| attempt.is_live()).count() as u64)
    }

    async fn attempt_of_token(&mut self, token: &TokenHash) -> StoreResult<Option<Attempt>> {
        Ok(self.tables.attempts.values().find(|attempt| attempt.token == *token).cloned())
    }

    async fn attempt_of_request(
        &mut self,
        runner: &RunnerId,
        request: &str,
    ) -> StoreResult<Option<Attempt>> {
        let is_it = |attempt: &&Attempt| {
            attempt.is_live()
                && attempt.runner == *runner
                && attempt.request.as_deref() == Some(request)
        };
        Ok(self.tables.attempts.values().find(is_it).cloned())
    }
}
