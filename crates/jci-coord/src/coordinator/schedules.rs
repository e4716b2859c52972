//! Jobs by the clock.

use jci_crontab::{Entry, LineError, first_after};
use jiff::Timestamp;
use thiserror::Error;

use super::Coordinator;
use super::retry::{operation_error, retry};
use crate::audit::{Action, Actor, AuditEntry};
use crate::ids::RepositoryName;
use crate::store::{Schedule, StoreError};

/// Why the schedules of a repository stay as they are.
#[derive(Debug, Error)]
pub enum SetSchedulesError {
    /// A line is wrong.
    #[error("the crontab of {repository} cannot be used")]
    Line {
        /// The repository.
        repository: RepositoryName,
        /// What is wrong, and where.
        source: LineError,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

operation_error!(SetSchedulesError);

/// A run that is due by the clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueSchedule {
    /// The repository.
    pub repository: RepositoryName,
    /// The branch to run.
    pub branch: String,
    /// The name of the line, if it has one.
    pub name: Option<String>,
    /// When it came due.
    pub time: Timestamp,
    /// What to submit as the delivery, so that there is one job however often this is tried.
    pub delivery: String,
    entry: String,
}

impl Coordinator {
    /// Replaces the schedules of a repository by those of a `.jci/crontab` that stands on `branch`.
    /// Lines that were there before keep their next time. An empty file clears them.
    ///
    /// # Errors
    ///
    /// If a line is wrong, which leaves the schedules as they are; or the store fails.
    pub async fn set_schedules(
        &self,
        repository: &RepositoryName,
        branch: &str,
        crontab: &[u8],
    ) -> Result<(), SetSchedulesError> {
        let entries = jci_crontab::parse(crontab)
            .map_err(|source| SetSchedulesError::Line { repository: repository.clone(), source })?;
        retry(|| self.try_set_schedules(repository, branch, &entries)).await
    }

    async fn try_set_schedules(
        &self,
        repository: &RepositoryName,
        branch: &str,
        entries: &[Entry],
    ) -> Result<(), SetSchedulesError> {
        let mut work = self.begin().await?;
        let now = work.now;
        let known = work.tx.schedules(repository).await?;
        let wanted: Vec<_> =
            entries.iter().map(|entry| self.schedule(repository, branch, entry, now)).collect();
        let mut has_changed = false;
        for gone in known.iter().filter(|known| !wanted.iter().any(|it| is_same(it, known))) {
            work.tx.delete_schedule(repository, &gone.entry).await?;
            has_changed = true;
        }
        for new in wanted.iter().filter(|it| !known.iter().any(|known| is_same(it, known))) {
            work.tx.put_schedule(new).await?;
            has_changed = true;
        }
        if has_changed {
            work.tx.insert_audit(&replaced(repository, wanted.len(), now)).await?;
            work.commit().await?;
        }
        Ok(())
    }

    fn schedule(
        &self,
        repository: &RepositoryName,
        branch: &str,
        entry: &Entry,
        now: Timestamp,
    ) -> Schedule {
        Schedule {
            repository: repository.clone(),
            entry: entry.to_string(),
            fields: entry.schedule.fields().map(ToOwned::to_owned),
            branch: entry.branch.clone().unwrap_or_else(|| branch.to_owned()),
            name: entry.name.clone(),
            next: self.next(entry.schedule.fields(), now),
            pending: None,
            claims: 0,
            claimed: false,
        }
    }

    fn next(&self, fields: Option<&str>, now: Timestamp) -> Option<Timestamp> {
        let after = |zone| Some(first_after(fields?, now, zone)?.timestamp());
        // A zone that this system does not know is no reason never to run.
        after(&self.settings.time_zone).or_else(|| after("UTC"))
    }

    /// Takes runs that are due by the clock.
    ///
    /// Times that were missed while no server was up are one run. A run belongs to this server
    /// until it calls [`Coordinator::schedule_done`]; if it does not do so in time, because it died
    /// or the forge did not answer, the run comes again, with the same delivery.
    ///
    /// # Errors
    ///
    /// If the store fails: then none is taken.
    pub async fn due_schedules(&self) -> Result<Vec<DueSchedule>, StoreError> {
        let now = self.now();
        let due = self.store.read().await?.due_schedules(now).await?;
        let wants_work =
            |it: &Schedule| it.next.is_some_and(|next| next <= now) || self.is_free(it);
        // `is_free` must see each of them, or it could not tell how long they have been silent.
        let wanted = due.iter().filter(|it| wants_work(it)).count();
        if wanted == 0 { Ok(Vec::new()) } else { retry(|| self.take_schedules()).await }
    }

    async fn take_schedules(&self) -> Result<Vec<DueSchedule>, StoreError> {
        let mut work = self.begin().await?;
        let now = work.now;
        let mut taken = Vec::new();
        for mut schedule in work.tx.due_schedules(now).await? {
            let came = schedule.next.filter(|next| *next <= now);
            if came.is_some() {
                schedule.next = self.next(schedule.fields.as_deref(), now);
                schedule.pending = schedule.pending.or(came);
            }
            let is_free = self.is_free(&schedule);
            if is_free {
                schedule.claimed = true;
                schedule.claims += 1;
            }
            if let Some(time) = schedule.pending.filter(|_| is_free) {
                taken.push(due_schedule(&schedule, time));
            }
            work.tx.put_schedule(&schedule).await?;
        }
        work.commit().await?;
        Ok(taken)
    }

    /// Tells whether no server is about to do what a schedule asks for.
    fn is_free(&self, schedule: &Schedule) -> bool {
        let monotonic = self.clock.monotonic();
        let key = (schedule.repository.to_string(), schedule.entry.clone());
        let silent = self.sights().schedules.look(&key, schedule.claims, monotonic);
        !schedule.claimed || silent >= self.settings.claim
    }

    /// Notes that what a schedule asked for is submitted, or that it cannot be done at all.
    ///
    /// # Errors
    ///
    /// If the store fails: then the run comes again.
    pub async fn schedule_done(&self, done: &DueSchedule) -> Result<(), StoreError> {
        retry(|| self.try_schedule_done(done)).await
    }

    async fn try_schedule_done(&self, done: &DueSchedule) -> Result<(), StoreError> {
        let mut work = self.begin().await?;
        let known = work.tx.schedules(&done.repository).await?;
        let is_it = |it: &Schedule| it.entry == done.entry && it.pending == Some(done.time);
        if let Some(mut schedule) = known.into_iter().find(is_it) {
            schedule.pending = None;
            schedule.claimed = false;
            work.tx.put_schedule(&schedule).await?;
            work.commit().await?;
        }
        Ok(())
    }
}

/// Tells whether two schedules ask for the same.
fn is_same(one: &Schedule, other: &Schedule) -> bool {
    one.entry == other.entry && one.branch == other.branch
}

fn due_schedule(schedule: &Schedule, time: Timestamp) -> DueSchedule {
    let (repository, entry) = (&schedule.repository, &schedule.entry);
    DueSchedule {
        repository: repository.clone(),
        branch: schedule.branch.clone(),
        name: schedule.name.clone(),
        time,
        delivery: format!("schedule {repository} {time} {entry}"),
        entry: entry.clone(),
    }
}

fn replaced(repository: &RepositoryName, count: usize, now: Timestamp) -> AuditEntry {
    AuditEntry {
        time: now,
        actor: Actor::Server,
        action: Action::SchedulesSet,
        refused: false,
        job: None,
        repository: Some(repository.clone()),
        detail: format!("{count} lines"),
    }
}
