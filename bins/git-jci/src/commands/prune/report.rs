//! What `git jci prune` says.

use std::io::{self, BufWriter, Write as _};

use jci_store::{RunId, RunName};
use jiff::Timestamp;
use serde::Serialize;

use super::Args;
use super::selection::Why;
use crate::context::Context;
use crate::error::CommandError;
use crate::format::{self, Table};
use crate::stderr::tell;

/// The schema of what `--json` prints; docs/json/prune.md describes it.
const SCHEMA: &str = "jci.prune/1";

/// So many runs are named one by one where a person would have to scroll.
const ROWS_ON_TERMINAL: usize = 100;

/// What goes, or went, and what stays.
#[derive(Debug)]
pub(super) struct Report<'a> {
    pub(super) args: &'a Args,
    /// The repository it is about, fit to be shown; `None` for this one.
    pub(super) remote: Option<String>,
    /// The runs that go, newest first.
    pub(super) going: Vec<(RunName, Why)>,
    pub(super) staying: usize,
    /// The bytes that this frees or freed, if that is known.
    pub(super) bytes: Option<u64>,
    /// Why some runs are not taken for those of a commit that is gone.
    pub(super) not_judged: Option<String>,
    pub(super) now: Timestamp,
}

#[derive(Serialize)]
struct Json<'a> {
    schema: &'static str,
    remote: Option<&'a str>,
    deleted: bool,
    runs: Vec<Row>,
    staying: usize,
    bytes: Option<u64>,
    not_judged: Option<&'a str>,
}

#[derive(Serialize)]
struct Row {
    run: RunId,
    commit: String,
    why: Why,
}

impl Report<'_> {
    /// Prints the runs that go, one a line, and what cannot be told.
    pub(super) fn print_runs(&self, context: &Context) -> Result<(), CommandError> {
        if self.args.json {
            return Ok(());
        }
        if let Some(reason) = &self.not_judged {
            tell!("note: {reason}");
        }
        if self.going.is_empty() {
            return Ok(());
        }
        let limit = context.columns().map_or(usize::MAX, |_| ROWS_ON_TERMINAL);
        let mut out = BufWriter::new(io::stdout().lock());
        self.table(limit).write(&mut out, None, context.colour())?;
        if let Some(more) = self.going.len().checked_sub(limit).filter(|more| *more > 0) {
            writeln!(out, "… and {more} more, older ones; a pipe or a file gets them all")?;
        }
        Ok(out.flush()?)
    }

    /// Prints what it comes to, and what to type next.
    pub(super) fn print_total(&self) -> Result<(), CommandError> {
        if self.args.json {
            return self.print_json();
        }
        let mut out = io::stdout().lock();
        if self.going.is_empty() {
            writeln!(out, "nothing to prune: {}", self.why_nothing())?;
            return Ok(());
        }
        writeln!(out, "{}", self.total())?;
        if !self.args.commit {
            writeln!(out, "nothing is deleted yet: type `{}` to do it", self.command())?;
        } else if self.remote.is_some() {
            writeln!(out, "the space is freed when that repository next collects garbage")?;
        }
        Ok(())
    }

    fn print_json(&self) -> Result<(), CommandError> {
        let row = |(run, why): &(RunName, Why)| Row {
            run: run.id,
            commit: run.commit.to_string(),
            why: *why,
        };
        crate::output::json(&Json {
            schema: SCHEMA,
            remote: self.remote.as_deref(),
            deleted: self.args.commit,
            runs: self.going.iter().map(row).collect(),
            staying: self.staying,
            bytes: self.bytes,
            not_judged: self.not_judged.as_deref(),
        })
    }

    fn table(&self, limit: usize) -> Table<4> {
        let mut table = Table::with_headings(["RUN", "COMMIT", "STARTED", "WHY"]);
        for (run, why) in self.going.iter().take(limit) {
            let started = i64::try_from(run.id.seconds()).ok();
            let started = started.and_then(|seconds| Timestamp::from_second(seconds).ok());
            table.push([
                run.id.to_string().into(),
                run.commit.short().into(),
                started.map(format::day_and_minute).unwrap_or_default().into(),
                self.reason(*why).into(),
            ]);
        }
        table
    }

    fn reason(&self, why: Why) -> String {
        match (why, &self.args.older_than) {
            (Why::Old, Some(age)) => format!("older than {age}"),
            _ => "its commit is gone".to_owned(),
        }
    }

    fn total(&self) -> String {
        let (count, all) = (self.going.len(), self.going.len() + self.staying);
        let all = format::count(all, "run");
        let place = self.place();
        let mut text = if self.args.commit {
            format!("deleted {count} of {all}{place}")
        } else {
            format!("{count} of {all}{place} would go")
        };
        match self.bytes.map(format::size) {
            Some(size) if self.args.commit => text.push_str(&format!(", {size} freed")),
            Some(size) => text.push_str(&format!(", about {size} would be freed")),
            None => {}
        }
        text
    }

    fn place(&self) -> String {
        self.remote.as_deref().map_or_else(String::new, |remote| format!(" on {remote}"))
    }

    fn why_nothing(&self) -> String {
        let place = self.place();
        if self.staying == 0 {
            return format!("there are no runs{place}");
        }
        let mut reasons = Vec::new();
        if self.not_judged.is_none() {
            reasons.push("belongs to a commit that is gone".to_owned());
        }
        if let Some(age) = &self.args.older_than {
            let first = i64::try_from(age.first_kept(self.now)).unwrap_or(i64::MAX);
            let day = Timestamp::from_second(first).map(format::day_and_minute);
            let day = day.map_or_else(|_| String::new(), |day| format!(", from before {day}"));
            reasons.push(format!("is older than {age}{day}"));
        }
        let stay = match self.staying {
            1 => format!("1 run{place} stays"),
            runs => format!("{runs} runs{place} stay"),
        };
        match reasons.as_slice() {
            [] => stay,
            reasons => format!("no run {}; {stay}", reasons.join(" or ")),
        }
    }

    /// The command that does what was only shown.
    fn command(&self) -> String {
        let mut command = "git jci prune --commit".to_owned();
        if let Some(age) = &self.args.older_than {
            command.push_str(&format!(" --older-than={age}"));
        }
        if let Some(remote) = &self.remote {
            command.push_str(&format!(" --on-remote={remote}"));
        }
        command
    }
}
