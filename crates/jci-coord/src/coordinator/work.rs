//! A transaction together with what follows from a change: a status, a line of the audit log, and
//! the news for those who listen.

use jiff::Timestamp;

use super::Coordinator;
use crate::audit::{Action, Actor, AuditEntry};
use crate::state::{Event, Job, Refusal};
use crate::status::NewStatus;
use crate::store::{Change, StoreResult, Transaction};

/// An operation that goes on. Dropped, it has done nothing.
pub(super) struct Work<'a> {
    coordinator: &'a Coordinator,
    pub(super) tx: Box<dyn Transaction>,
    pub(super) now: Timestamp,
    changes: Vec<Change>,
}

impl<'a> Work<'a> {
    pub(super) fn new(coordinator: &'a Coordinator, tx: Box<dyn Transaction>) -> Self {
        Self { coordinator, tx, now: coordinator.now(), changes: Vec::new() }
    }

    /// Lets something happen to a job, and tells of it whoever is to be told.
    pub(super) async fn step(
        &mut self,
        before: &Job,
        event: &Event,
    ) -> StoreResult<Result<Job, Refusal>> {
        let after = match before.after(event, &self.coordinator.rules(self.now)) {
            Ok(after) => after,
            Err(refusal) => return Ok(Err(refusal)),
        };
        if after != *before {
            self.tx.update_job(before, &after).await?;
            let is_news = before.state != after.state || before.approved != after.approved;
            if is_news {
                // What is still to be said of the job before is not worth saying any more.
                self.tx.drop_unsent(&after.id).await?;
                self.tell_forge(&after).await?;
            }
            self.tell_listeners(&after);
        }
        Ok(Ok(after))
    }

    /// Tells forge and listeners of a job that was not there before.
    pub(super) async fn tell_of_new(&mut self, job: &Job) -> StoreResult<()> {
        self.tell_forge(job).await?;
        self.tell_listeners(job);
        Ok(())
    }

    async fn tell_forge(&mut self, job: &Job) -> StoreResult<()> {
        let max_attempts = self.coordinator.settings.max_attempts;
        self.tx.insert_status(&NewStatus::of(job, max_attempts, self.now)).await?;
        self.changes.push(Change::Status);
        Ok(())
    }

    fn tell_listeners(&mut self, job: &Job) {
        self.changes.push(Change::Job {
            job: job.id.clone(),
            repository: job.spec.repository.clone(),
            state: job.state,
            ready: job.is_ready(),
            cancel: job.cancelled_by.is_some(),
        });
    }

    /// Notes that a status waits.
    pub(super) fn note(&mut self, change: Change) {
        self.changes.push(change);
    }

    /// Writes down that somebody did something to a job.
    pub(super) async fn audit(
        &mut self,
        actor: &Actor,
        action: Action,
        job: &Job,
        detail: impl Into<String>,
    ) -> StoreResult<()> {
        self.write_down(actor, action, job, detail.into(), false).await
    }

    /// Writes down that somebody was refused.
    pub(super) async fn audit_refusal(
        &mut self,
        actor: &Actor,
        action: Action,
        job: &Job,
        why: impl Into<String>,
    ) -> StoreResult<()> {
        self.write_down(actor, action, job, why.into(), true).await
    }

    async fn write_down(
        &mut self,
        actor: &Actor,
        action: Action,
        job: &Job,
        detail: String,
        refused: bool,
    ) -> StoreResult<()> {
        let entry = AuditEntry {
            time: self.now,
            actor: actor.clone(),
            action,
            refused,
            job: Some(job.id.clone()),
            repository: Some(job.spec.repository.clone()),
            detail,
        };
        self.tx.insert_audit(&entry).await
    }

    /// Makes everything durable, and then tells of it.
    pub(super) async fn commit(mut self) -> StoreResult<()> {
        for change in &self.changes {
            self.tx.announce(change).await?;
        }
        self.tx.commit().await?;
        for change in self.changes {
            // There may be no listener, which is fine.
            let _ = self.coordinator.changes.send(change);
        }
        Ok(())
    }
}
