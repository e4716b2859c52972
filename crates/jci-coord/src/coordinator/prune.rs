//! Forgetting what has ended long ago.

use super::Coordinator;
use super::retry::retry;
use crate::clock::earlier;
use crate::ids::JobId;
use crate::store::StoreError;

/// What was forgotten.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Jobs, so that their logs can go too.
    pub jobs: Vec<JobId>,
    /// Deliveries of webhooks.
    pub deliveries: u64,
    /// Lines of the audit log.
    pub audit: u64,
    /// Runners that were not heard of.
    pub runners: u64,
}

/// So many jobs are forgotten in one transaction, so that others need not wait long.
const AT_ONCE: u32 = 100;

impl Coordinator {
    /// Forgets what the settings say need not be kept; never a job that has not ended, or of which
    /// the forge is still to be told.
    ///
    /// # Errors
    ///
    /// If the store fails; what was forgotten until then stays forgotten.
    pub async fn prune_history(&self) -> Result<Pruned, StoreError> {
        let mut pruned = retry(|| self.prune_records()).await?;
        loop {
            let jobs = retry(|| self.prune_jobs()).await?;
            if jobs.is_empty() {
                return Ok(pruned);
            }
            pruned.jobs.extend(jobs);
        }
    }

    async fn prune_records(&self) -> Result<Pruned, StoreError> {
        let keep = &self.settings.retention;
        let mut work = self.begin().await?;
        let now = work.now;
        let pruned = Pruned {
            jobs: Vec::new(),
            deliveries: work.tx.forget_deliveries(earlier(now, keep.deliveries)).await?,
            audit: work.tx.forget_audit(earlier(now, keep.audit)).await?,
            runners: work.tx.forget_runners(earlier(now, keep.runners)).await?,
        };
        work.commit().await?;
        Ok(pruned)
    }

    async fn prune_jobs(&self) -> Result<Vec<JobId>, StoreError> {
        let keep = &self.settings.retention;
        let mut work = self.begin().await?;
        let before = earlier(work.now, keep.jobs);
        let jobs = work.tx.outdated_jobs(before, keep.job_count, AT_ONCE).await?;
        for job in &jobs {
            work.tx.delete_job(job).await?;
        }
        if !jobs.is_empty() {
            work.commit().await?;
        }
        Ok(jobs)
    }
}
