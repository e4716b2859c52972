//! From what was typed to the run that is meant.

use std::thread;
use std::time::{Duration, Instant};

use jci_store::{CommitId, RefError, RunEntry, SelectError, SelectedRun, Store};

use super::POLL_INTERVAL;
use crate::error::CommandError;

/// What is meant where nothing was typed.
const DEFAULT: &str = "HEAD";
/// So many runs are named that begin with what was typed.
const NAMED: usize = 5;
/// So long those who wait for the end of a run of `HEAD` give it to begin: that of a post-commit
/// hook begins a moment after `git commit` has ended.
const TIME_TO_BEGIN: Duration = Duration::from_secs(2);

/// Finds the run that is meant among those that are stored and those that go on.
pub(crate) fn any(store: &Store, spec: Option<&str>) -> Result<SelectedRun, CommandError> {
    let found = store.select_any_run(spec.unwrap_or(DEFAULT));
    found.map_err(|error| explain(error, spec))
}

/// Finds the run that is meant, as [`any`] does; where nothing was typed and there is no run yet,
/// gives one a moment to begin, and says so.
pub(crate) fn any_soon(store: &Store, spec: Option<&str>) -> Result<SelectedRun, CommandError> {
    if spec.is_some() {
        return any(store, spec);
    }
    let deadline = Instant::now() + TIME_TO_BEGIN;
    let mut told = false;
    loop {
        // Asked before looking: there is a last look when the time is up.
        let too_late = Instant::now() >= deadline;
        match store.select_any_run(DEFAULT) {
            Err(SelectError::NoRun { commit, .. }) if !too_late => {
                if !told {
                    eprintln!("jci: waiting for a run of HEAD ({}) to begin", commit.short());
                    told = true;
                }
            }
            found => return found.map_err(|error| explain(error, spec)),
        }
        thread::sleep(POLL_INTERVAL);
    }
}

/// Finds the run that is meant among those that are stored.
pub(crate) fn stored(store: &Store, spec: Option<&str>) -> Result<RunEntry, CommandError> {
    store.select_run(spec.unwrap_or(DEFAULT)).map_err(|error| {
        // Of a run that goes on there is more to say than that it is not there.
        match store.select_any_run(spec.unwrap_or(DEFAULT)) {
            Ok(SelectedRun::Active(run)) => still_running(&run.id().to_string()),
            _ => explain(error, spec),
        }
    })
}

fn still_running(id: &str) -> CommandError {
    CommandError::not_possible(format!("the run {id} is still going on, its files are not stored"))
        .hint(format!("type `git jci log -f {id}` to follow it to its end"))
}

fn explain(error: SelectError, spec: Option<&str>) -> CommandError {
    match error {
        SelectError::NoRun { commit, .. } => no_run(&commit, spec),
        SelectError::Ambiguous { spec, candidates } => ambiguous(&spec, &candidates),
        SelectError::Resolve(error) => error.into(),
        SelectError::Refs(error) => listing_failed(error),
        error => CommandError::failed("failed to find the run").because(error),
    }
}

fn ambiguous(spec: &str, candidates: &[String]) -> CommandError {
    let number = candidates.len();
    let mut named = candidates[..number.min(NAMED)].join(", ");
    if number > NAMED {
        named.push_str(", …");
    }
    CommandError::not_possible(format!("{number} runs begin with {spec}: {named}"))
        .hint("type more of the id, or <full commit id>/<run id>")
}

fn no_run(commit: &CommitId, spec: Option<&str>) -> CommandError {
    let short = commit.short();
    let (what, run) = match spec {
        None | Some("HEAD" | "@") => (format!("HEAD ({short})"), "git jci run".to_owned()),
        Some(spec) if commit.to_string().starts_with(spec) => {
            (format!("the commit {short}"), format!("git jci run {spec}"))
        }
        Some(spec) => (format!("{spec} ({short})"), format!("git jci run {spec}")),
    };
    CommandError::not_possible(format!("{what} has no run here"))
        .hint(format!("type `{run}` to make one, or `git jci pull` to get those made elsewhere"))
        .hint("type `git jci ls` to see the runs of other commits")
}

/// Says that the refs of the runs could not be read.
pub(crate) fn listing_failed(error: RefError) -> CommandError {
    CommandError::failed("failed to list the runs")
        .because(error)
        .hint("type `git jci doctor` to see what is wrong with this repository")
}
