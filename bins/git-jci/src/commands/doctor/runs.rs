//! The runs: how many, what they cost, and what those left that did not end well.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jci_store::{ActiveRun, RunEntry, RunId, Store};

use super::finding::{Findings, Level};
use crate::context::Context;
use crate::error::CommandError;
use crate::format;
use crate::runs::{disk_usage, listing_failed};

const ABOUT: &str = "runs";
/// A lock that is older belongs to nobody any more.
const LOCK_AGE: Duration = Duration::from_secs(60);
/// A push that is told more than this of what is there takes noticeably longer.
const PUSH_NOTED: u64 = 256 << 10;
/// And more than this is a burden.
const PUSH_WARNED: u64 = 4 << 20;
/// So many loose refs make every command slower.
const LOOSE_REFS: usize = 1000;
/// What stands around a ref when it is advertised: a length, two blanks and a newline.
const AROUND_REF: usize = 6;

/// Counts the runs and what they cost.
pub(super) fn count(
    findings: &mut Findings,
    context: &Context,
    store: &Store,
) -> Result<(), CommandError> {
    let runs = store.runs(None).map_err(listing_failed)?;
    if runs.is_empty() {
        findings.ok(ABOUT, "there are none yet");
        return Ok(());
    }
    let commits: HashSet<_> = runs.iter().map(|run| run.name.commit).collect();
    let mut says = format!(
        "{} of {}",
        format::count(runs.len(), "run"),
        format::count(commits.len(), "commit")
    );
    if let Some(bytes) = disk_usage(context, store, &runs, &[]) {
        says.push_str(&format!(", {} on disk", format::size(bytes)));
    }
    findings.ok(ABOUT, says);
    refs(findings, store, runs.len());
    cost(findings, &runs);
    Ok(())
}

/// Says how the refs of the runs are kept.
fn refs(findings: &mut Findings, store: &Store, runs: usize) {
    if store.ref_format() != "files" {
        return;
    }
    let folder = store.common_dir().join("refs/jci-runs");
    let loose = files_below(&folder).iter().filter(|path| !is_lock(path)).count().min(runs);
    let says = format!("their refs: {loose} loose, {} packed", runs - loose);
    if loose < LOOSE_REFS {
        findings.ok(ABOUT, says);
    } else {
        let todo = ["to make every command quicker: git pack-refs --all".to_owned()];
        findings.add(Level::Warn, ABOUT, says, todo);
    }
}

/// Says what the refs cost everybody who pushes and fetches where all of them are.
fn cost(findings: &mut Findings, runs: &[RunEntry]) {
    let line = |run: &RunEntry| run.name.ref_name().len() + run.object_id().len() + AROUND_REF;
    let bytes: u64 = runs.iter().map(|run| line(run) as u64).sum();
    let says = format!(
        "every push to a repository that has them all begins with {} of refs; an ordinary git \
         fetch may send as many as {}",
        format::size(bytes),
        format::count(runs.len(), "line"),
    );
    let todo = [
        "to delete old runs: git jci prune --older-than=30d".to_owned(),
        "and on a remote: git jci prune --older-than=30d --on-remote=origin".to_owned(),
        "docs/sharing-runs.md tells more".to_owned(),
    ];
    match bytes {
        ..PUSH_NOTED => findings.ok(ABOUT, says),
        PUSH_NOTED..PUSH_WARNED => findings.add(Level::Note, ABOUT, says, todo),
        PUSH_WARNED.. => findings.add(Level::Warn, ABOUT, says, todo),
    }
}

/// Names the runs that go on and those that died and could not be stored.
pub(super) fn going_on(findings: &mut Findings, store: &Store) {
    let active = store.active_runs();
    if !active.is_empty() {
        let ids: Vec<_> = active.iter().map(|run| run.id().to_string()).collect();
        let runs = format::count(ids.len(), "run");
        findings.ok(ABOUT, format!("{runs} going on: {}", ids.join(", ")));
    }
    for run in store.dead_runs() {
        findings.add(
            Level::Warn,
            ABOUT,
            format!("the run {} died and could not be stored; what it left is kept", run.name()),
            ["mend what is said above, then type: git jci ls".to_owned()],
        );
    }
}

/// Names output folders in the work tree that no run needs any more.
pub(super) fn leftovers(findings: &mut Findings, store: &Store, root: &Path) {
    let folder = root.join(".jci/runs");
    let needed: HashSet<_> = store
        .active_runs()
        .iter()
        .map(ActiveRun::id)
        .chain(store.dead_runs().iter().map(|run| run.name().id))
        .collect();
    let entries = fs::read_dir(&folder).into_iter().flatten().filter_map(Result::ok);
    for entry in entries {
        let name = entry.file_name();
        let id = name.to_str().and_then(|name| name.parse::<RunId>().ok());
        if id.is_none_or(|id| needed.contains(&id)) {
            continue;
        }
        findings.add(
            Level::Warn,
            ABOUT,
            format!("{} is left of a run that is not going on", entry.path().display()),
            [format!("rm -r '{}'", entry.path().display())],
        );
    }
}

/// Names locks of refs whose owners are long gone.
pub(super) fn locks(findings: &mut Findings, store: &Store) {
    let common = store.common_dir();
    let shared = ["packed-refs.lock", "reftable/tables.list.lock"].map(|name| common.join(name));
    let of_runs = files_below(&common.join("refs/jci-runs")).into_iter();
    for lock in of_runs.filter(|path| is_lock(path)).chain(shared) {
        let modified = fs::metadata(&lock).and_then(|metadata| metadata.modified());
        let age = modified.ok().and_then(|time| time.elapsed().ok());
        if age.is_some_and(|age| age > LOCK_AGE) {
            findings.add(
                Level::Problem,
                ABOUT,
                format!("refs have been locked for over a minute by {}", lock.display()),
                [format!("if no git is at work: rm '{}'", lock.display())],
            );
        }
    }
}

fn is_lock(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "lock")
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok) {
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                folders.push(entry.path());
            } else {
                files.push(entry.path());
            }
        }
    }
    files
}
