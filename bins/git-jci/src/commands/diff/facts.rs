//! What is known of two runs and differs.

use std::io::{self, Write};

use jci_store::RunSummary;

use crate::context::Context;
use crate::format::{self, Cell, Table};

/// Writes the two runs side by side, with all that differs between them.
pub(super) fn write(
    from: &RunSummary,
    to: &RunSummary,
    out: &mut impl Write,
    context: &Context,
) -> io::Result<()> {
    let (from_id, to_id) = (from.name.id.to_string(), to.name.id.to_string());
    let mut table = Table::with_headings(["", &from_id, &to_id]);
    let status = |run: &RunSummary| {
        Cell::styled(format::status(run.status), format::status_style(run.status))
    };
    // Also where it is the same: it is what a run is about.
    table.push(["status".into(), status(from), status(to)]);
    let mut fact = |name: &str, value: fn(&RunSummary) -> Option<String>| {
        let (from, to) = (value(from), value(to));
        if from != to {
            table.push([name.into(), shown(from), shown(to)]);
        }
    };
    fact("reason", |run| format::exit_reason(run.reason, run.exit_code, run.signal));
    fact("commit", |run| Some(run.name.commit.short()));
    fact("dirty", |run| Some(if run.dirty { "yes" } else { "no" }.to_owned()));
    fact("branch", |run| run.branch.as_deref().map(format::one_line));
    fact("started", |run| Some(format::day_and_minute(run.started)));
    fact("took", |run| run.duration.map(format::duration));
    table.write(out, None, context.colour())
}

fn shown(value: Option<String>) -> Cell {
    value.unwrap_or_else(|| "-".to_owned()).into()
}
