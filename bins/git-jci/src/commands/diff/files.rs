//! Which files of two runs differ.

use std::io::{self, Write};

use anstyle::AnsiColor;
use jci_store::{FileKind, FilePair, Run, RunFile};
use serde::Serialize;

use crate::context::Context;
use crate::error::CommandError;
use crate::format::{self, Cell, Table};
use crate::runs;

/// A path at which two runs differ.
#[derive(Debug)]
pub(super) struct FileChange {
    path: Vec<u8>,
    from: Option<Found>,
    to: Option<Found>,
}

/// What one run has at a path.
#[derive(Debug)]
struct Found {
    file: RunFile,
    size: u64,
}

/// Lists the paths at which two runs differ.
pub(super) fn compare(
    from: &Run<'_>,
    to: &Run<'_>,
    all: bool,
) -> Result<Vec<FileChange>, CommandError> {
    let files = |run: &Run<'_>| run.files().map_err(runs::read_failed(&run.name()));
    FilePair::all(files(from)?, files(to)?)
        .into_iter()
        .filter(|pair| pair.differs() && (all || !pair.always_differs()))
        .map(|pair| {
            let (a, b) = (found(from, pair.from)?, found(to, pair.to)?);
            Ok(FileChange { path: pair.path, from: a, to: b })
        })
        .collect()
}

fn found(run: &Run<'_>, file: Option<RunFile>) -> Result<Option<Found>, CommandError> {
    let Some(file) = file else { return Ok(None) };
    let size = run.size(&file).map_err(runs::read_failed(&run.name()))?;
    Ok(Some(Found { file, size }))
}

/// Writes a line for each path, with the letters of `git diff --name-status`.
pub(super) fn write(
    changes: &[FileChange],
    out: &mut impl Write,
    context: &Context,
) -> io::Result<()> {
    if changes.is_empty() {
        return writeln!(out, "\nno file differs");
    }
    let mut table = Table::new();
    for change in changes {
        table.push(change.row());
    }
    writeln!(out)?;
    table.write(out, None, context.colour())
}

impl FileChange {
    fn row(&self) -> [Cell; 3] {
        let (letter, colour, sizes) = match (&self.from, &self.to) {
            (Some(from), Some(to)) => {
                let sizes = format!("{} → {}", format::size(from.size), format::size(to.size));
                let typed =
                    (from.file.kind == FileKind::Symlink) != (to.file.kind == FileKind::Symlink);
                (if typed { "T" } else { "M" }, AnsiColor::Yellow, sizes)
            }
            (Some(from), None) => ("D", AnsiColor::Red, format::size(from.size)),
            (None, to) => {
                let size = to.as_ref().map(|to| format::size(to.size));
                ("A", AnsiColor::Green, size.unwrap_or_default())
            }
        };
        let letter = Cell::styled(letter, colour.on_default());
        [letter, sizes.into(), format::path(&self.path).into()]
    }
}

/// A change in the words of JSON.
#[derive(Debug, Serialize)]
pub(super) struct ChangeJson {
    #[serde(flatten)]
    path: jci_proto::FilePath,
    from: Option<FoundJson>,
    to: Option<FoundJson>,
}

#[derive(Debug, Serialize)]
struct FoundJson {
    kind: &'static str,
    size: u64,
    object: String,
}

impl ChangeJson {
    pub(super) fn new(change: &FileChange) -> Self {
        let found = |found: &Found| FoundJson {
            kind: runs::kind(found.file.kind),
            size: found.size,
            object: found.file.object_id(),
        };
        Self {
            path: jci_web::describe_path(&change.path),
            from: change.from.as_ref().map(found),
            to: change.to.as_ref().map(found),
        }
    }
}
