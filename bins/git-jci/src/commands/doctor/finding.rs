//! What was found, how bad it is, and what to do about it.

use std::io::{self, BufWriter, Write as _};

use anstyle::{AnsiColor, Style};
use serde::Serialize;

use crate::context::Context;
use crate::error::CommandError;
use crate::format::{self, Cell, Table};

/// The schema of what `--json` prints; docs/json/doctor.md describes it.
const SCHEMA: &str = "jci.doctor/1";

/// How bad something is; said as a word, colour only underlines it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Level {
    /// As it should be.
    Ok,
    /// Good to know.
    Note,
    /// Something will not work as expected, or costs much.
    Warn,
    /// Something does not work.
    Problem,
}

impl Level {
    fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Note => "note",
            Self::Warn => "warn",
            Self::Problem => "problem",
        }
    }

    fn style(self) -> Style {
        match self {
            Self::Ok => AnsiColor::Green.on_default(),
            Self::Note => Style::new(),
            Self::Warn => AnsiColor::Yellow.on_default(),
            Self::Problem => AnsiColor::Red.on_default().bold(),
        }
    }
}

/// One thing that was found.
#[derive(Debug, Serialize)]
struct Finding {
    level: Level,
    about: &'static str,
    says: String,
    todo: Vec<String>,
}

/// All that was found, in the order in which it was looked at.
#[derive(Debug, Default)]
pub(super) struct Findings {
    findings: Vec<Finding>,
}

#[derive(Serialize)]
struct Json<'a> {
    schema: &'static str,
    worst: Level,
    findings: &'a [Finding],
}

impl Findings {
    /// Adds a finding that asks for nothing.
    pub(super) fn ok(&mut self, about: &'static str, says: impl Into<String>) {
        self.add(Level::Ok, about, says, []);
    }

    /// Adds a finding and what to do about it.
    pub(super) fn add(
        &mut self,
        level: Level,
        about: &'static str,
        says: impl Into<String>,
        todo: impl IntoIterator<Item = String>,
    ) {
        let todo = todo.into_iter().collect();
        self.findings.push(Finding { level, about, says: says.into(), todo });
    }

    /// Adds what a command would fail with.
    pub(super) fn failure(&mut self, level: Level, about: &'static str, error: CommandError) {
        let (says, todo) = error.into_finding();
        self.add(level, about, says, todo);
    }

    pub(super) fn has_problem(&self) -> bool {
        self.worst() == Level::Problem
    }

    fn worst(&self) -> Level {
        self.findings.iter().map(|finding| finding.level).max().unwrap_or(Level::Ok)
    }

    pub(super) fn print(&self, json: bool, context: &Context) -> Result<(), CommandError> {
        if json {
            let findings = &self.findings;
            return crate::output::json(&Json { schema: SCHEMA, worst: self.worst(), findings });
        }
        let mut table = Table::with_headings(["LEVEL", "ABOUT", "FINDING"]);
        for finding in &self.findings {
            let level = Cell::styled(finding.level.word(), finding.level.style());
            table.push([level, finding.about.into(), format::one_line(&finding.says).into()]);
            for todo in &finding.todo {
                table.push(["".into(), "".into(), format::one_line(&format!("→ {todo}")).into()]);
            }
        }
        let mut out = BufWriter::new(io::stdout().lock());
        table.write(&mut out, None, context.colour())?;
        writeln!(out, "{}", self.summary())?;
        Ok(out.flush()?)
    }

    fn summary(&self) -> String {
        let count = |level| self.findings.iter().filter(|it| it.level == level).count();
        let of = |level, thing| match count(level) {
            0 => None,
            number => Some(format::count(number, thing)),
        };
        let parts =
            [of(Level::Problem, "problem"), of(Level::Warn, "warning"), of(Level::Note, "note")];
        let parts: Vec<_> = parts.into_iter().flatten().collect();
        if parts.is_empty() { "all is well".to_owned() } else { parts.join(", ") }
    }
}
