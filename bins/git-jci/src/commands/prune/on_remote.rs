//! Pruning another repository.

use std::collections::{BTreeSet, HashSet};

use jci_store::{CommitId, RUNS_PREFIX, RunName, Store};
use jiff::Timestamp;

use super::Args;
use super::here::incomplete;
use super::report::Report;
use super::selection::Rule;
use crate::context::Context;
use crate::error::CommandError;
use crate::format;
use crate::stderr::tell;
use crate::transfer::{Direction, GitCommand, Listing, Pushed, Remote, push};

/// So many runs are deleted by one push: their names have to fit on its command line.
const BATCH: usize = 2500;
/// A folder of refs that is empty in every repository.
const NOWHERE: &str = "refs/jci-nowhere/";
/// The exit code of a git that gave up before it asked for anything.
const FATAL: i32 = 128;
/// So many refs are named whose commits are not here.
const NAMED: usize = 3;

pub(super) fn prune(
    args: &Args,
    context: &Context,
    store: &Store,
    typed: &str,
    now: Timestamp,
) -> Result<(), CommandError> {
    let remote = Remote::choose(store, context, Some(typed), Direction::Push)?;
    let listing = remote.list(context)?;
    let not_judged = unknown_history(context, store, &remote, &listing)?;
    let gone = match &not_judged {
        Some(_) => Default::default(),
        None => missing(store, listing.runs.keys().map(|run| run.commit))?,
    };
    let rule = Rule { gone, older_than: args.older_than.as_ref(), now };
    let judged = listing.runs.keys().filter_map(|run| Some((*run, rule.judge(run)?)));
    let mut going: Vec<_> = judged.collect();
    going.sort_by_key(|(run, _)| std::cmp::Reverse((run.id, run.commit)));
    let report = Report {
        args,
        remote: Some(remote.shown()),
        staying: listing.runs.len() - going.len(),
        going,
        bytes: None,
        not_judged,
        now,
    };
    let printed = report.print_runs(context);
    if args.commit {
        let runs: Vec<_> = report.going.iter().map(|(run, _)| *run).collect();
        delete(context, &remote, &runs)?;
    }
    printed?;
    report.print_total()
}

fn missing(
    store: &Store,
    commits: impl IntoIterator<Item = CommitId>,
) -> Result<HashSet<CommitId>, CommandError> {
    store.missing_commits(commits).map_err(|error| {
        CommandError::failed("failed to find out which commits are here").because(error)
    })
}

/// Says why it cannot be told here which commits are gone there; `None` if it can.
///
/// A commit is gone there if no ref leads to it. Refs can be listed from afar, history cannot. But
/// where the history of all refs there is here as well, a commit that is not here is not in it.
fn unknown_history(
    context: &Context,
    store: &Store,
    remote: &Remote,
    listing: &Listing,
) -> Result<Option<String>, CommandError> {
    if let Some(reason) = incomplete(store) {
        return Ok(Some(reason));
    }
    if listing.others.is_empty() {
        let remote = remote.shown();
        return Ok(Some(format!(
            "{remote} has nothing but runs, so no commit counts as gone there"
        )));
    }
    let missing = missing(store, listing.others.values().copied())?;
    let unknown: Vec<_> = listing
        .others
        .iter()
        .filter_map(|(name, commit)| missing.contains(commit).then_some(name.as_str()))
        .collect();
    if !unknown.is_empty() {
        return Ok(Some(fetch_first(remote, &unknown)));
    }
    // A commit may be here without its history if nothing here refers to it.
    let commits: String = listing.others.values().map(|commit| format!("{commit}\n")).collect();
    // Told on standard error, too, but in words that would mislead.
    let whole = GitCommand::new(context, &[], "rev-list")
        .args(["--quiet", "--stdin", "--not", "--branches", "--tags", "--remotes"])
        .silent()
        .fed(commits.as_bytes())?
        .is_some();
    Ok((!whole).then(|| {
        let remote = remote.shown();
        format!("the history of {remote} is not whole here, so no commit counts as gone there")
    }))
}

/// Says which refs there lead to commits that are not here, and how to get them.
fn fetch_first(remote: &Remote, unknown: &[&str]) -> String {
    let shown = remote.shown();
    let mut named: Vec<_> = unknown.iter().take(NAMED).map(|name| format::one_line(name)).collect();
    if unknown.len() > NAMED {
        named.push("…".to_owned());
    }
    let folders: BTreeSet<_> = unknown.iter().filter_map(|name| folder(name)).collect();
    let refspecs: Vec<_> = folders.iter().map(|folder| refspec(remote, folder)).collect();
    let refs = format::count(unknown.len(), "ref");
    format!(
        "the commits of {refs} of {shown} are not here ({}), so no commit counts as gone there: \
         type `git fetch {shown} {}` first",
        named.join(", "),
        refspecs.join(" "),
    )
}

/// Says where a folder of refs there is kept here: branches as clones have them, the rest beside.
///
/// Whatever a forge keeps apart, such as refs/pull/, has runs, too.
fn refspec(remote: &Remote, folder: &str) -> String {
    let ours = match folder.strip_prefix("refs/") {
        Some("heads/") => format!("refs/remotes/{}/", remote.name().unwrap_or("elsewhere")),
        Some("tags/") | None => "refs/tags/".to_owned(),
        Some(other) => format!("refs/remotes/{}/{other}", remote.name().unwrap_or("elsewhere")),
    };
    format!("'+{folder}*:{ours}*'")
}

/// Returns the folder of a ref, `refs/heads/`; `None` if it has no plain name.
fn folder(name: &str) -> Option<&str> {
    let below = name.strip_prefix("refs/")?;
    let folder = &name[..="refs/".len() + below.find('/')?];
    let plain =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'_' | b'.');
    folder.bytes().all(plain).then_some(folder)
}

/// Deletes runs there, and only those that are named.
fn delete(context: &Context, remote: &Remote, runs: &[RunName]) -> Result<(), CommandError> {
    let mut deleted = 0;
    for batch in runs.chunks(BATCH) {
        let done = delete_batch(context, remote, batch)
            .map_err(|error| error.hint(format!("{deleted} of {} were deleted", runs.len())))?;
        deleted += done;
        if context.progress() && runs.len() > BATCH {
            tell!("deleted {deleted} of {}", runs.len());
        }
    }
    if deleted < runs.len() {
        tell!("note: {} of them were gone already", runs.len() - deleted);
    }
    Ok(())
}

fn delete_batch(
    context: &Context,
    remote: &Remote,
    runs: &[RunName],
) -> Result<usize, CommandError> {
    let mut pushed = push_deletions(context, remote, runs, &["--atomic"])?;
    if pushed.exit_code == Some(FATAL) {
        // It could be reached a moment ago; some servers know no atomic pushes.
        pushed = push_deletions(context, remote, runs, &[])?;
    }
    if pushed.succeeded {
        return Ok(pushed.deleted);
    }
    match pushed.refused.first_key_value() {
        None => Err(remote.unreachable("delete runs on")),
        Some((_, words)) => {
            let refused = format::count(pushed.refused.len(), "run");
            Err(CommandError::failed(format!("{} did not delete {refused}", remote.shown()))
                .because(words.clone()))
        }
    }
}

/// Asks git to bring runs there in line with nothing here.
///
/// git compares the name of each ref that it is told to delete with each ref there, slowly: 1,000
/// of 20,000 take a minute. Patterns are compared quickly. So each name is made a pattern that fits
/// it alone, since no other run's name begins with it, and `--prune` deletes what fits a pattern
/// there and has no counterpart here.
fn push_deletions(
    context: &Context,
    remote: &Remote,
    runs: &[RunName],
    options: &[&str],
) -> Result<Pushed, CommandError> {
    let patterns = runs.iter().map(|run| {
        let name = run.ref_name();
        let nothing = name.replacen(RUNS_PREFIX, NOWHERE, 1);
        format!("{nothing}*:{name}*")
    });
    push(context, remote, &[&["--prune"], options].concat(), patterns)
}
