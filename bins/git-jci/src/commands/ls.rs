//! `git jci ls`.

use std::io::{self, BufWriter, Write as _};
use std::num::NonZeroUsize;

use clap::ValueEnum;
use jci_store::{CommitId, RunEntry, RunSummary, Status, Store};
use jiff::Timestamp;
use serde::Serialize;

use super::prune::Age;
use crate::context::Context;
use crate::error::CommandError;
use crate::exit_code::{self, ExitCode};
use crate::format::{self, Cell, Table};
use crate::runs::{listing_failed, read_failed};
use crate::stderr::tell;

/// The schema of what `--json` prints; docs/json/ls.md describes it.
const SCHEMA: &str = "jci.ls/1";
/// So many runs are listed unless more are asked for.
const DEFAULT_NUMBER: NonZeroUsize = NonZeroUsize::new(20).unwrap();
/// The columns that go, one after the other, where the terminal is narrow: age, commit, branch,
/// duration, begin.
const LEFT_OUT_FIRST: [usize; 5] = [5, 2, 3, 6, 4];
/// So many columns of a terminal are worth leaving others out for.
const SUBJECT_WANTED: usize = 24;

/// List runs, newest first
///
/// Runs that are going on in this repository, on this machine, are listed as running. The note says
/// why a run failed, and `dirty` if it ran other files than those of its commit.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  git jci ls                        the newest runs of all commits
  git jci ls HEAD                   those of the commit that is checked out
  git jci ls --status err --since 2d
  git jci ls --all --json | jq -r '.runs[].run'")]
pub(crate) struct Args {
    /// List the runs of this commit only
    rev: Option<String>,

    /// List so many runs
    #[arg(short = 'n', long, value_name = "N", default_value_t = DEFAULT_NUMBER)]
    number: NonZeroUsize,

    /// List all runs
    #[arg(short, long, conflicts_with = "number")]
    all: bool,

    /// List only runs that stand like this
    #[arg(long, value_enum)]
    status: Option<StatusName>,

    /// List only runs that are not older: 2d, 3w, 6m (months), 4h, or a Go duration (1h30m)
    #[arg(long, value_name = "AGE")]
    since: Option<Age>,

    /// List only runs that were made on this branch
    #[arg(long, value_name = "NAME")]
    branch: Option<String>,

    /// Print JSON, as docs/json/ls.md describes it
    #[arg(long)]
    json: bool,
}

/// A status as it is typed.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum StatusName {
    Ok,
    Err,
    Running,
}

impl StatusName {
    fn status(self) -> Status {
        match self {
            Self::Ok => Status::Ok,
            Self::Err => Status::Err,
            Self::Running => Status::Running,
        }
    }
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<ExitCode, CommandError> {
    let store = context.store()?;
    let commit = args.rev.as_deref().map(|rev| store.resolve_commit(rev)).transpose()?;
    let listing = Listing::read(&store, args, commit.as_ref())?;
    let commits: Vec<_> = listing.runs.iter().map(|run| run.name.commit).collect();
    let subjects: Vec<_> = store.subjects(commits).collect();
    if args.json {
        listing.print_json(&subjects)?;
    } else if listing.runs.is_empty() {
        listing.say_what_to_do(args, commit.as_ref());
    } else {
        listing.print_table(&subjects, context)?;
        listing.say_what_is_missing(args);
    }
    Ok(if listing.unreadable == 0 { exit_code::OK } else { exit_code::FAILED })
}

/// What is listed, and what is not.
struct Listing {
    runs: Vec<RunSummary>,
    /// Runs that are older than the last one that is listed.
    not_listed: usize,
    unreadable: usize,
}

impl Listing {
    fn read(store: &Store, args: &Args, commit: Option<&CommitId>) -> Result<Self, CommandError> {
        // Asked before the refs are read: a run that ends in between is found there.
        let active = store.active_runs();
        let mut entries = store.runs(commit).map_err(listing_failed)?;
        let is_stored = |run: &RunSummary| entries.iter().any(|entry| entry.name == run.name);
        let of_commit = |run: &RunSummary| commit.is_none_or(|commit| run.name.commit == *commit);
        let active = active.iter().filter_map(jci_store::ActiveRun::summary);
        let mut runs: Vec<_> =
            active.filter(|run| of_commit(run) && !is_stored(run) && args.wants(run)).collect();
        if let Some(age) = &args.since {
            let first = age.first_kept(Timestamp::now());
            entries.truncate(entries.partition_point(|entry| entry.name.id.seconds() >= first));
        }
        let limit = if args.all { usize::MAX } else { args.number.get() };
        let mut listing = Self { runs: Vec::new(), not_listed: 0, unreadable: 0 };
        let looked_at = listing.read_stored(store, &entries, args, limit);
        runs.append(&mut listing.runs);
        runs.sort_by_key(|run| std::cmp::Reverse((run.started, run.name.id)));
        listing.not_listed = entries.len() - looked_at + runs.len().saturating_sub(limit);
        runs.truncate(limit);
        Ok(Self { runs, ..listing })
    }

    /// Reads stored runs until so many are found, and returns how many were looked at.
    fn read_stored(
        &mut self,
        store: &Store,
        entries: &[RunEntry],
        args: &Args,
        limit: usize,
    ) -> usize {
        let mut looked_at = 0;
        let mut summaries = entries.iter().zip(store.summaries(entries));
        while self.runs.len() < limit
            && let Some((entry, summary)) = summaries.next()
        {
            looked_at += 1;
            match summary {
                Ok(summary) if args.wants(&summary) => self.runs.push(summary),
                Ok(_) => {}
                Err(error) => {
                    self.unreadable += 1;
                    read_failed(&entry.name)(error).warn();
                }
            }
        }
        looked_at
    }

    fn print_json(&self, subjects: &[Option<String>]) -> Result<(), CommandError> {
        #[derive(Serialize)]
        struct Json {
            schema: &'static str,
            runs: Vec<jci_proto::Run>,
            not_listed: usize,
        }
        let runs = self.runs.iter().zip(subjects);
        let runs = runs.map(|(run, subject)| jci_web::describe_run(run, subject.clone())).collect();
        crate::output::json(&Json { schema: SCHEMA, runs, not_listed: self.not_listed })
    }

    fn print_table(
        &self,
        subjects: &[Option<String>],
        context: &Context,
    ) -> Result<(), CommandError> {
        let headings =
            ["STATUS", "RUN", "COMMIT", "BRANCH", "STARTED", "AGE", "TOOK", "NOTE", "SUBJECT"];
        let mut table = Table::with_headings(headings);
        for (run, subject) in self.runs.iter().zip(subjects) {
            table.push(row(run, subject.as_deref()));
        }
        if let Some(columns) = context.columns() {
            table.fit(columns, &LEFT_OUT_FIRST, SUBJECT_WANTED);
        }
        let mut out = BufWriter::new(io::stdout().lock());
        table.write(&mut out, context.columns(), context.colour())?;
        Ok(out.flush()?)
    }

    fn say_what_is_missing(&self, args: &Args) {
        let not_listed = self.not_listed;
        if not_listed == 0 {
            return;
        }
        if args.status.is_some() || args.branch.is_some() {
            let older = format::count(not_listed, "older run");
            tell!("… {older} not looked at; add `--all` to look at every run");
        } else {
            tell!("… and {not_listed} more; type `git jci ls --all` to see every run");
        }
    }

    fn say_what_to_do(&self, args: &Args, commit: Option<&CommitId>) {
        if args.status.is_some() || args.branch.is_some() || args.since.is_some() {
            tell!("no run is like that; type `git jci ls` to see what there is");
        } else if let (Some(commit), Some(rev)) = (commit, &args.rev) {
            tell!("no run of the commit {} yet; type `git jci run {rev}`", commit.short());
        } else {
            tell!(
                "no runs yet; type `git jci run` to make one, or `git jci pull` to get those made \
                 elsewhere"
            );
        }
    }
}

impl Args {
    fn wants(&self, run: &RunSummary) -> bool {
        self.status.is_none_or(|status| status.status() == run.status)
            && self.branch.as_ref().is_none_or(|branch| run.branch.as_ref() == Some(branch))
    }
}

fn row(run: &RunSummary, subject: Option<&str>) -> [Cell; 9] {
    [
        Cell::styled(format::status(run.status), format::status_style(run.status)),
        run.name.id.to_string().into(),
        run.name.commit.short().into(),
        run.branch.as_deref().map(format::one_line).unwrap_or_default().into(),
        format::day_and_minute(run.started).into(),
        format::age(run.started).into(),
        run.duration.map(format::duration).unwrap_or_default().into(),
        format::note(run).unwrap_or_default().into(),
        subject.map_or_else(|| "(commit is gone)".to_owned(), format::one_line).into(),
    ]
}
