//! Schedules: read from `.jci/crontab` of default branches, and followed.

use std::collections::BTreeSet;
use std::time::Duration;

use jci_coord::{
    Actor, DueSchedule, JobFilter, NewJob, SetSchedulesError, StoreError, SubmitError, Trigger,
};
use jci_forge::{FilePath, GitRef, NameError, RefsError, RepoName, RequestError};
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior};

use super::Shared;
use crate::http::chain;

/// So often is looked whether something is due.
const TICK: Duration = Duration::from_secs(1);
/// So many of the newest jobs tell which repositories there are.
const NEWEST: u32 = 1000;
/// So many repositories may wait for their crontab to be read again; more are read in their turn.
const WAITING: usize = 256;

/// Says that the crontab of a repository may have changed.
#[derive(Debug, Clone)]
pub(crate) struct Refresh(mpsc::Sender<RepoName>);

/// Hears which crontabs may have changed.
#[derive(Debug)]
pub(crate) struct Refreshes(mpsc::Receiver<RepoName>);

/// Makes the two ends.
pub(crate) fn refresh_channel() -> (Refresh, Refreshes) {
    let (sender, receiver) = mpsc::channel(WAITING);
    (Refresh(sender), Refreshes(receiver))
}

impl Refresh {
    /// Has the crontab of a repository read again soon.
    pub(crate) fn ask(&self, repository: &RepoName) {
        // Where too many wait, it is read with all others after a while.
        let _ = self.0.try_send(repository.clone());
    }
}

/// Follows schedules until the server stops.
pub(super) async fn follow(shared: Shared, mut refreshes: Refreshes) {
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut all = Instant::now();
    loop {
        tokio::select! {
            () = shared.stop.requested() => return,
            Some(repository) = refreshes.0.recv() => refresh_told(&shared, &repository).await,
            _ = ticks.tick() => {
                submit_due(&shared).await;
                if all <= Instant::now() {
                    refresh_all(&shared).await;
                    all = Instant::now() + shared.config.forge.schedules_every;
                }
            }
        }
    }
}

/// Reads the crontabs of all repositories of which there were jobs lately.
async fn refresh_all(shared: &Shared) {
    let jobs = match shared.queue.jobs(&JobFilter::default(), NEWEST).await {
        Ok(jobs) => jobs,
        Err(error) => {
            tracing::error!(error = %chain(&error), "jobs cannot be listed");
            return;
        }
    };
    let names: BTreeSet<String> =
        jobs.into_iter().map(|job| job.spec.repository.to_string()).collect();
    for repository in names.iter().filter_map(|name| RepoName::parse(name).ok()) {
        if shared.stop.is_requested() {
            return;
        }
        refresh_told(shared, &repository).await;
    }
}

/// Fails because a crontab could not be read, or a job that is due could not be submitted.
#[derive(Debug, thiserror::Error)]
enum ScheduleError {
    #[error(transparent)]
    Forge(#[from] RequestError),
    #[error(transparent)]
    Refs(#[from] RefsError),
    #[error(transparent)]
    Name(#[from] NameError),
    #[error(transparent)]
    Own(#[from] jci_coord::NameError),
    #[error(transparent)]
    Set(#[from] SetSchedulesError),
    #[error(transparent)]
    Submit(#[from] SubmitError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

async fn refresh_told(shared: &Shared, repository: &RepoName) {
    if let Err(error) = refresh(shared, repository).await {
        tracing::warn!(%repository, error = %chain(&error), "its .jci/crontab is not followed");
    }
}

/// Reads the crontab of a repository's default branch, which has none if it is not there.
async fn refresh(shared: &Shared, name: &RepoName) -> Result<(), ScheduleError> {
    let repository = shared.forge.repository(name);
    let Some(branch) = repository.get().send().await?.default_branch else { return Ok(()) };
    let reference = GitRef::parse(&format!("refs/heads/{branch}"))?;
    let Some(commit) = repository.resolve(&reference).send().await? else { return Ok(()) };
    let path = FilePath::new(".jci/crontab")?;
    let crontab = repository.file(&commit, &path).send().await?.unwrap_or_default();
    let own = name.to_string().parse()?;
    Ok(shared.queue.set_schedules(&own, &branch, &crontab).await?)
}

/// Submits the jobs whose time has come.
async fn submit_due(shared: &Shared) {
    let due = match shared.queue.due_schedules().await {
        Ok(due) => due,
        Err(error) => {
            tracing::error!(error = %chain(&error), "schedules cannot be looked at");
            return;
        }
    };
    for schedule in due {
        if let Err(error) = submit(shared, &schedule).await {
            // It stays due, and comes again.
            tracing::warn!(repository = %schedule.repository, branch = schedule.branch,
                error = %chain(&error), "a scheduled job is not yet submitted");
        }
    }
}

async fn submit(shared: &Shared, due: &DueSchedule) -> Result<(), ScheduleError> {
    let name = RepoName::parse(due.repository.as_str())?;
    let reference = GitRef::parse(&format!("refs/heads/{}", due.branch))?;
    match shared.forge.repository(&name).resolve(&reference).send().await? {
        Some(commit) => {
            let commit = commit.as_str().parse()?;
            let repository = due.repository.clone();
            let job = NewJob::new(repository, commit, &reference.to_string(), Actor::Server);
            let trigger = Trigger::Schedule { name: due.name.clone() };
            let delivery = Some(due.delivery.clone());
            shared.queue.submit(NewJob { trigger, delivery, ..job }).await?;
        }
        None => tracing::warn!(repository = %due.repository, branch = due.branch,
            "a schedule is for a branch that is not there"),
    }
    Ok(shared.queue.schedule_done(due).await?)
}

#[cfg(test)]
mod tests;
