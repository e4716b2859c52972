//! Refs asked of git itself, for the reftable backend and for revisions that gix cannot read.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use gix::ObjectId;

use super::{BRANCHES, LOCK_WAIT, RefError, update_once};
use crate::durable::{sync_dir, sync_file};
use crate::git::{GitError, git, output};
use crate::ids::RUNS_PREFIX;
use crate::store::ResolveError;
use crate::{CommitId, RunName};

pub(super) fn resolve(repo: &gix::Repository, rev: &str) -> Result<CommitId, ResolveError> {
    // `--git-dir` of the work tree, not the shared one: HEAD is a work tree's own.
    let mut command = git(repo.git_dir());
    command.args(["rev-parse", "--verify", "--end-of-options"]).arg(format!("{rev}^{{commit}}"));
    match output(&mut command, b"") {
        Ok(printed) => String::from_utf8_lossy(&printed)
            .trim()
            .parse()
            .map_err(|error: crate::ParseIdError| not_found(rev, &error)),
        Err(error) if is_unborn(repo, rev) => {
            let _ = error;
            Err(ResolveError::Unborn { rev: rev.to_owned() })
        }
        Err(GitError::Failed { said, .. }) => Err(not_found(rev, &said)),
        Err(error) => Err(not_found(rev, &error)),
    }
}

fn not_found(rev: &str, reason: &dyn std::fmt::Display) -> ResolveError {
    ResolveError::NotFound { rev: rev.to_owned(), reason: reason.to_string() }
}

fn is_unborn(repo: &gix::Repository, rev: &str) -> bool {
    let head = |args: &[&str]| output(git(repo.git_dir()).args(args), b"").is_ok();
    matches!(rev, "HEAD" | "@")
        && head(&["symbolic-ref", "--quiet", "HEAD"])
        && !head(&["rev-parse", "--verify", "--quiet", "HEAD"])
}

pub(super) fn branch(repo: &gix::Repository) -> Option<String> {
    let mut command = git(repo.git_dir());
    command.args(["symbolic-ref", "--quiet", "HEAD"]);
    let printed = output(&mut command, b"").ok()?;
    let name = String::from_utf8_lossy(&printed);
    name.trim().strip_prefix("refs/heads/").map(ToOwned::to_owned)
}

pub(super) fn runs(
    repo: &gix::Repository,
    commit: Option<&CommitId>,
) -> Result<Vec<(RunName, ObjectId)>, RefError> {
    let prefix = commit.map_or_else(|| RUNS_PREFIX.to_owned(), |id| format!("{RUNS_PREFIX}{id}/"));
    named_runs(repo, &[prefix])
}

/// Lists the runs of each of some commits, with one call of git.
pub(super) fn runs_of(
    repo: &gix::Repository,
    commits: &[CommitId],
) -> Result<Vec<Vec<(RunName, ObjectId)>>, RefError> {
    if commits.is_empty() {
        // No pattern at all would mean all refs.
        return Ok(Vec::new());
    }
    let prefixes: Vec<_> = commits.iter().map(|id| format!("{RUNS_PREFIX}{id}/")).collect();
    let mut of_commit: HashMap<CommitId, Vec<_>> = HashMap::new();
    for (name, id) in named_runs(repo, &prefixes)? {
        of_commit.entry(name.commit).or_default().push((name, id));
    }
    Ok(commits.iter().map(|commit| of_commit.get(commit).cloned().unwrap_or_default()).collect())
}

fn named_runs(
    repo: &gix::Repository,
    prefixes: &[String],
) -> Result<Vec<(RunName, ObjectId)>, RefError> {
    let found = list(repo, "%(objectname) %(refname)", prefixes)?;
    Ok(found
        .into_iter()
        .filter_map(|(name, id)| Some((RunName::from_ref_name(&name)?, id)))
        .collect())
}

pub(super) fn has_runs(repo: &gix::Repository) -> Result<bool, RefError> {
    let mut command = git(repo.common_dir());
    command.args(["for-each-ref", "--count=1", "--format=%(refname)", RUNS_PREFIX]);
    let first = output(&mut command, b"")?;
    // A ref that is no run may come first; then it takes all of them to know.
    Ok(RunName::from_ref_name(first.trim_ascii()).is_some()
        || (!first.is_empty() && !runs(repo, None)?.is_empty()))
}

pub(super) fn branches(repo: &gix::Repository) -> Result<Vec<(Vec<u8>, ObjectId)>, RefError> {
    // A name that points to another name says so where the id would stand.
    let format = "%(if)%(symref)%(then)-%(else)%(objectname)%(end) %(refname)";
    list(repo, format, &BRANCHES.map(ToOwned::to_owned))
}

/// Lists refs, each a line of its object's id and its name.
fn list(
    repo: &gix::Repository,
    format: &str,
    prefixes: &[String],
) -> Result<Vec<(Vec<u8>, ObjectId)>, RefError> {
    let mut command = git(repo.common_dir());
    command.args(["for-each-ref", "--format", format]).args(prefixes);
    let printed = output(&mut command, b"")?;
    Ok(printed.split(|byte| *byte == b'\n').filter_map(parse_line).collect())
}

fn parse_line(line: &[u8]) -> Option<(Vec<u8>, ObjectId)> {
    let space = line.iter().position(|byte| *byte == b' ')?;
    let id = ObjectId::from_hex(&line[..space]).ok()?;
    Some((line[space + 1..].to_owned(), id))
}

pub(super) fn find(repo: &gix::Repository, name: &RunName) -> Result<Option<ObjectId>, RefError> {
    let all = runs(repo, Some(&name.commit))?;
    Ok(all.into_iter().find(|(found, _)| found == name).map(|(_, id)| id))
}

pub(super) fn create(
    repo: &gix::Repository,
    name: &RunName,
    target: ObjectId,
) -> Result<(), RefError> {
    let input = format!("create {} {target}\n", name.ref_name());
    update(repo, &input).or_else(|error| {
        if find(repo, name)?.is_some() {
            return Err(RefError::Exists { ref_name: name.ref_name() });
        }
        let lock = repo.common_dir().join("reftable/tables.list.lock");
        if lock.exists() {
            return Err(RefError::Locked { ref_name: name.ref_name(), lock });
        }
        Err(RefError::from(error))
    })?;
    sync(&repo.common_dir().join("reftable"))
        .map_err(|error| RefError::Write { ref_name: name.ref_name(), source: error.into() })
}

/// Waits until all tables and their names are on disk.
///
/// git syncs a table before it writes the last bytes of it, and never the folder.
fn sync(folder: &Path) -> io::Result<()> {
    let tables = || fs::read_to_string(folder.join("tables.list"));
    let mut list = tables()?;
    loop {
        let synced: io::Result<()> =
            list.lines().try_for_each(|table| sync_file(&folder.join(table)));
        match synced {
            // Somebody joined some of them to a new one meanwhile.
            Err(_) if tables()? != list => list = tables()?,
            Err(error) => return Err(error),
            Ok(()) => return sync_dir(folder),
        }
    }
}

/// Gives `git update-ref --stdin` one transaction, again and again for as long as a lock is waited
/// for.
///
/// All refs share one lock, and git before 2.48 does not wait for it. Nor does git tell by its exit
/// code that a lock was the reason: whatever else fails, fails again.
pub(super) fn update(repo: &gix::Repository, input: &str) -> Result<(), GitError> {
    // Writers of jci stand in line: two hundred that try again at random keep each other waiting.
    let turn = File::open(repo.common_dir().join("reftable"));
    let _turn = turn.and_then(|folder| folder.lock().map(|()| folder));
    let end = Instant::now() + LOCK_WAIT;
    loop {
        match update_once(repo, input) {
            Err(_) if Instant::now() < end => thread::sleep(Duration::from_millis(10)),
            result => return result,
        }
    }
}
