//! A runner says that it lives.

use super::Coordinator;
use super::retry::retry;
use crate::ids::{AttemptId, RunnerId};
use crate::state::Attempt;
use crate::store::StoreError;

/// What a runner is told of one of its attempts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Renewal {
    /// Its lease begins anew.
    Kept {
        /// Whether the runner is to stop it.
        cancel: bool,
    },
    /// It is over, or belongs to another runner: the runner must stop it.
    Stale,
}

impl Coordinator {
    /// Begins the leases of a runner's attempts anew, and tells which of them it is to stop, in the
    /// order in which they are given.
    ///
    /// # Errors
    ///
    /// If the store fails: then nothing is renewed, but this server has heard of the runner, and
    /// begins its leases anew as far as it is the one to end them.
    pub async fn renew(
        &self,
        runner: &RunnerId,
        attempts: &[AttemptId],
    ) -> Result<Vec<Renewal>, StoreError> {
        if attempts.is_empty() {
            return Ok(Vec::new());
        }
        let renewed = retry(|| self.try_renew(runner, attempts)).await;
        let renewed = renewed.inspect_err(|_| self.excuse_attempts(attempts))?;
        renewed.iter().flatten().for_each(|attempt| self.see_attempt(attempt));
        let answer = |attempt: &Option<Attempt>| {
            attempt.as_ref().map_or(Renewal::Stale, |it| Renewal::Kept { cancel: it.cancel })
        };
        Ok(renewed.iter().map(answer).collect())
    }

    /// Renews those attempts that can be, and returns them at their places.
    async fn try_renew(
        &self,
        runner: &RunnerId,
        ids: &[AttemptId],
    ) -> Result<Vec<Option<Attempt>>, StoreError> {
        let mut work = self.begin().await?;
        let mut renewed = vec![None; ids.len()];
        // In one order in all servers, so that no two wait for each other.
        let mut order: Vec<_> = ids.iter().enumerate().collect();
        order.sort_by_key(|(_, id)| *id);
        for (place, id) in order {
            let attempt = work.tx.attempt(id).await?;
            let Some(mut attempt) = attempt.filter(|it| it.is_live() && it.runner == *runner)
            else {
                continue;
            };
            if let Some(beat) = &mut attempt.beat {
                *beat += 1;
                work.tx.update_attempt(&attempt).await?;
            }
            renewed[place] = Some(attempt);
        }
        work.commit().await?;
        Ok(renewed)
    }
}
