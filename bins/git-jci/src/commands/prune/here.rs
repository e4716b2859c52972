//! Pruning this repository.

use std::fs;
use std::path::Path;

use jci_store::{RunEntry, Store};
use jiff::Timestamp;

use super::Args;
use super::report::Report;
use super::selection::{Rule, Why};
use crate::context::Context;
use crate::error::CommandError;
use crate::runs::{disk_usage, listing_failed};
use crate::transfer::GitCommand;

/// How often runs are looked at anew because somebody else changed them meanwhile.
const ATTEMPTS: usize = 5;

pub(super) fn prune(
    args: &Args,
    context: &Context,
    store: &Store,
    now: Timestamp,
) -> Result<(), CommandError> {
    let mut found = Found::read(args, store, now)?;
    if args.commit {
        found.delete(args, store, now)?;
    }
    let mut report = found.report(args, now);
    if !args.commit && !found.going.is_empty() {
        let going: Vec<_> = found.going.iter().map(|(run, _)| *run).collect();
        report.bytes = disk_usage(context, store, &going, &found.staying);
    }
    // What has begun is done to its end, whether anybody reads of it or not.
    let printed = report.print_runs(context);
    if args.commit && !report.going.is_empty() {
        report.bytes = Some(free_space(context, store)?);
    }
    printed?;
    report.print_total()
}

/// The runs of this repository, parted.
struct Found {
    going: Vec<(RunEntry, Why)>,
    staying: Vec<RunEntry>,
    not_judged: Option<String>,
}

impl Found {
    fn read(args: &Args, store: &Store, now: Timestamp) -> Result<Self, CommandError> {
        let runs = store.runs(None).map_err(listing_failed)?;
        let not_judged = incomplete(store);
        let gone = match &not_judged {
            Some(_) => Ok(Default::default()),
            None => store.missing_commits(runs.iter().map(|run| run.name.commit)),
        };
        let gone = gone.map_err(|error| {
            CommandError::failed("failed to find out which commits are gone").because(error)
        })?;
        let rule = Rule { gone, older_than: args.older_than.as_ref(), now };
        let (mut going, mut staying) = (Vec::new(), Vec::new());
        for run in runs {
            match rule.judge(&run.name) {
                Some(why) => going.push((run, why)),
                None => staying.push(run),
            }
        }
        Ok(Self { going, staying, not_judged })
    }

    /// Deletes the runs that go, in one transaction; looks again if somebody else was quicker.
    fn delete(&mut self, args: &Args, store: &Store, now: Timestamp) -> Result<(), CommandError> {
        for attempt in 1.. {
            let runs: Vec<_> = self.going.iter().map(|(run, _)| *run).collect();
            match store.delete_runs(&runs) {
                Ok(()) => break,
                Err(_) if attempt < ATTEMPTS => *self = Self::read(args, store, now)?,
                Err(error) => {
                    return Err(CommandError::failed("failed to delete the runs")
                        .because(error)
                        .hint("nothing was deleted; type the command again"));
                }
            }
        }
        Ok(())
    }

    fn report<'a>(&self, args: &'a Args, now: Timestamp) -> Report<'a> {
        Report {
            args,
            remote: None,
            going: self.going.iter().map(|(run, why)| (run.name, *why)).collect(),
            staying: self.staying.len(),
            bytes: None,
            not_judged: self.not_judged.clone(),
            now,
        }
    }
}

/// Says why a commit that is not here need not be gone.
pub(super) fn incomplete(store: &Store) -> Option<String> {
    let kind = match (store.is_shallow(), store.is_partial()) {
        (true, _) => "shallow",
        (_, true) => "partial",
        (false, false) => return None,
    };
    Some(format!(
        "this is a {kind} clone: a commit that is not here may only not have been fetched, so none \
         counts as gone"
    ))
}

/// Has git delete what nothing refers to any more, and returns how many bytes that freed.
fn free_space(context: &Context, store: &Store) -> Result<u64, CommandError> {
    let failed = |what: &str| {
        CommandError::failed(format!("the runs are deleted, but {what}"))
            .hint("to free their space, type `git gc --prune=now` while no run is going on")
    };
    let lock = store.lock_for_deleting();
    let lock = lock.map_err(|error| failed("their objects cannot be locked").because(error))?;
    let objects = store.common_dir().join("objects");
    let before = size_of(&objects);
    let status = GitCommand::new(context, &[], "gc")
        .under(&lock)?
        .args(["--prune=now"])
        .args((!context.progress()).then_some("--quiet"))
        .lines(|_| {})?;
    if !status.success() {
        return Err(failed("git could not free their space; it says why above"));
    }
    Ok(before.saturating_sub(size_of(&objects)))
}

/// Adds up the sizes of all files below a folder.
fn size_of(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    entries
        .map(|entry| match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => size_of(&entry.path()),
            Ok(metadata) => metadata.len(),
            Err(_) => 0,
        })
        .sum()
}
