//! Looks on the forge for runs of jobs whose runners do not report: those of the original, and
//! those that push past this server.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use jci_coord::{Attempt, AttemptId, Job, JobFilter, StoreError};
use jci_forge::{GitRef, NameError, RefPart, Reference, RefsError, RepoName};
use jiff::{SignedDuration, Timestamp};

use super::Shared;
use crate::config::Credentials;
use crate::http::chain;
use crate::jobs::{RunOnForge, settle};

/// So often is looked whether it is time to look.
const TICK: Duration = Duration::from_secs(1);
/// A run may seem to have begun so long before its job was handed out: clocks differ.
const CLOCKS_DIFFER: SignedDuration = SignedDuration::from_mins(5);
/// So many older jobs of a commit are asked for the runs that are theirs.
const OLDER_JOBS: u32 = 50;

/// Looks for results until the server stops.
pub(super) async fn look(shared: Shared) {
    let mut looked: HashMap<AttemptId, Instant> = HashMap::new();
    while shared.stop.pause(TICK).await {
        let live = match shared.queue.live_attempts().await {
            Ok(live) => live,
            Err(error) => {
                tracing::error!(error = %chain(&error), "live attempts cannot be listed");
                continue;
            }
        };
        looked.retain(|id, _| live.iter().any(|attempt| attempt.id == *id));
        for attempt in live.iter().filter(|attempt| is_silent(&shared, attempt)) {
            // The first look comes a measure after the job went out.
            let last = *looked.entry(attempt.id.clone()).or_insert_with(Instant::now);
            if !is_time(&shared, attempt, last) {
                continue;
            }
            if let Err(error) = look_for(&shared, attempt).await {
                tracing::warn!(job = %attempt.id.job, error = %chain(&error),
                    "the forge cannot be asked for runs");
            }
            looked.insert(attempt.id.clone(), Instant::now());
        }
    }
}

/// Tells whether nobody but git will say how an attempt ends.
fn is_silent(shared: &Shared, attempt: &Attempt) -> bool {
    attempt.beat.is_none() || shared.config.jobs.credentials == Credentials::Token
}

/// Tells whether to look for the run of an attempt. The last look comes when its time is up: the
/// queue gives it a moment more.
fn is_time(shared: &Shared, attempt: &Attempt, last: Instant) -> bool {
    let every = shared.config.forge.results_every;
    let overdue = Timestamp::now() > attempt.deadline;
    last.elapsed() >= if overdue { every.min(Duration::from_secs(5)) } else { every }
}

/// Fails because it is not known whether there is a run.
#[derive(Debug, thiserror::Error)]
enum LookError {
    #[error(transparent)]
    Forge(#[from] RefsError),
    #[error(transparent)]
    Name(#[from] NameError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Settles the job of an attempt, if its run is on the forge.
#[tracing::instrument(name = "job", skip_all, fields(id = %attempt.id.job))]
async fn look_for(shared: &Shared, attempt: &Attempt) -> Result<(), LookError> {
    let Some(job) = shared.queue.job(&attempt.id.job).await? else { return Ok(()) };
    let repository = RepoName::parse(job.spec.repository.as_str())?;
    let below = RefPart::new(&format!("jci-runs/{}", job.spec.commit))?;
    let found = shared.forge.repository(&repository).refs(&below).send().await?;
    let others = runs_of_others(shared, &job).await?;
    let since = attempt.assigned - CLOCKS_DIFFER;
    let mut runs: Vec<(String, &Reference)> = found
        .iter()
        .filter_map(|reference| Some((run_id(&reference.name, since)?, reference)))
        .filter(|(id, _)| !others.contains(id))
        .collect();
    // The newest first: it is the one that the job pushed last.
    runs.sort_by(|one, other| other.0.cmp(&one.0));
    for (id, reference) in runs {
        let object = reference.object.clone();
        let run = RunOnForge { repository: repository.clone(), id, object };
        if settle(&shared.queue, &shared.forge, &job.id, &run).await {
            break;
        }
    }
    Ok(())
}

/// Lists the runs that other jobs of the same commit have ended with.
async fn runs_of_others(shared: &Shared, job: &Job) -> Result<HashSet<String>, StoreError> {
    let filter = JobFilter {
        repository: Some(job.spec.repository.clone()),
        commit: Some(job.spec.commit.clone()),
        ..JobFilter::default()
    };
    let jobs = shared.queue.jobs(&filter, OLDER_JOBS).await?;
    Ok(jobs.into_iter().filter(|other| other.id != job.id).filter_map(|job| job.run).collect())
}

/// Returns the id of a run, if its ref is one and it began late enough.
fn run_id(name: &GitRef, since: Timestamp) -> Option<String> {
    let name = name.to_string();
    let id = name.rsplit('/').next()?;
    let seconds: i64 = id.split('-').next()?.parse().ok()?;
    (seconds >= since.as_second()).then(|| id.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_runs_that_began_late_enough_count() {
        let since = Timestamp::from_second(1_700_000_000).unwrap();
        let id = |name: &str| run_id(&GitRef::parse(name).unwrap(), since);
        let commit = "a".repeat(40);
        let name = |run: &str| format!("refs/jci-runs/{commit}/{run}");
        assert_eq!(id(&name("1700000000-ab12")), Some("1700000000-ab12".to_owned()));
        assert_eq!(id(&name("1699999999-ab12")), None);
        assert_eq!(id(&name("latest")), None);
    }
}
