//! `git jci cron ls`: what is asked for, what is installed, and when it comes.

use std::io::{self, Write as _};
use std::path::Path;

use anstyle::AnsiColor;
use jci_crontab::Entry;
use jiff::{Timestamp, Zoned};
use serde::Serialize;

use super::file::FILE;
use super::line::Owner;
use super::sync::{lines, own_lines};
use crate::format::{Cell, Table};

/// How many times of each entry JSON tells.
const TIMES: usize = 3;

/// What `--json` prints.
#[derive(Debug, Serialize)]
pub(super) struct Listing {
    schema: &'static str,
    repository: String,
    id: String,
    in_sync: bool,
    entries: Vec<Row>,
    stale: Vec<String>,
    foreign: usize,
}

#[derive(Debug, Serialize)]
struct Row {
    line: usize,
    schedule: String,
    name: Option<String>,
    branch: Option<String>,
    installed: bool,
    next: Vec<String>,
    #[serde(skip)]
    first: Option<Zoned>,
}

impl Listing {
    /// Compares the entries with the table, as of `now`.
    pub(super) fn new(
        root: &Path,
        owner: &Owner,
        entries: &[Entry],
        table: &[u8],
        now: Timestamp,
    ) -> Self {
        let installed: Vec<_> = own_lines(table, owner).collect();
        let wanted: Vec<_> = entries.iter().map(|entry| owner.line(entry)).collect();
        let stale = installed.iter().filter(|line| !wanted.iter().any(|it| it == *line));
        Self {
            schema: "jci.cron/1",
            repository: root.display().to_string(),
            id: owner.id.clone(),
            in_sync: installed == wanted,
            entries: entries
                .iter()
                .zip(&wanted)
                .map(|(entry, line)| Row::new(entry, installed.contains(&&line[..]), now))
                .collect(),
            stale: stale.map(|line| String::from_utf8_lossy(line).into_owned()).collect(),
            foreign: lines(table)
                .filter(|line| !owner.owns(line) && !line.trim_ascii().is_empty())
                .count(),
        }
    }

    /// Prints the listing for people.
    pub(super) fn print(&self, colour: bool) -> io::Result<()> {
        let mut out = io::stdout().lock();
        if self.entries.is_empty() {
            writeln!(out, "{FILE} asks for nothing")?;
        } else {
            self.table().write(&mut out, None, colour)?;
        }
        for line in &self.stale {
            writeln!(out, "stale, in the crontab but not in {FILE}:\n  {line}")?;
        }
        writeln!(out, "other lines in the crontab: {}", self.foreign)?;
        if !self.in_sync {
            writeln!(out, "the crontab differs: type `git jci cron sync` to bring it in line")?;
        }
        Ok(())
    }

    fn table(&self) -> Table<5> {
        let mut table = Table::with_headings(["WHEN", "BRANCH", "NAME", "CRONTAB", "NEXT"]);
        for entry in &self.entries {
            table.push(entry.cells());
        }
        table
    }
}

impl Row {
    fn new(entry: &Entry, installed: bool, now: Timestamp) -> Self {
        let first = entry.schedule.next_after(now);
        let times = std::iter::successors(first.clone(), |time| {
            entry.schedule.next_after(time.timestamp())
        });
        Self {
            line: entry.line,
            schedule: entry.schedule.to_string(),
            name: entry.name.clone(),
            branch: entry.branch.clone(),
            installed,
            next: times
                .take(TIMES)
                .map(|time| time.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string())
                .collect(),
            first,
        }
    }

    fn cells(&self) -> [Cell; 5] {
        let or_nothing = |text: &Option<String>| text.as_deref().unwrap_or_default().into();
        let state = match self.installed {
            true => "installed".into(),
            false => Cell::styled("missing", AnsiColor::Yellow.on_default()),
        };
        let next = self.first.as_ref().map_or_else(
            || "at boot".to_owned(),
            |time| time.strftime("%a %Y-%m-%d %H:%M").to_string(),
        );
        let when = self.schedule.as_str().into();
        [when, or_nothing(&self.branch), or_nothing(&self.name), state, next.into()]
    }
}
