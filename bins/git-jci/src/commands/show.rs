//! `git jci show`.

use std::io::{self, BufWriter, Write};

use jci_store::{
    FileKind, Host, LeftOut, Run, RunFile, RunRecord, RunSummary, SelectedRun, Status, Tool,
};
use serde::Serialize;

use crate::context::Context;
use crate::error::CommandError;
use crate::exit_code::{self, ExitCode};
use crate::format;
use crate::runs;
use crate::stderr::tell;

/// The schema of what `--json` prints; docs/json/show.md describes it.
const SCHEMA: &str = "jci.show/1";
/// So many files are listed unless all are asked for.
const FILES_LISTED: usize = 50;

/// Show what is known of a run, and its files
///
/// Also reads the runs of the tool that jci descends from; they tell less.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  git jci show                      the latest run of HEAD
  git jci show v1.2                 the latest run of a tag
  git jci show 1795241317-36        a run by the start of its id")]
pub(crate) struct Args {
    /// A run id, the start of one, or a commit, whose latest run is meant [default: HEAD]
    run: Option<String>,

    /// List all files, however many they are
    #[arg(short, long)]
    all: bool,

    /// Print JSON, as docs/json/show.md describes it
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<ExitCode, CommandError> {
    let store = context.store()?;
    let selected = runs::any(&store, args.run.as_deref())?;
    let summary = runs::summary(&store, &selected)?;
    let subject = runs::subject(&store, &summary);
    let (record, files) = match &selected {
        SelectedRun::Active(run) => (Some(run.record().clone()), Vec::new()),
        SelectedRun::Stored(entry) => {
            let run = runs::open(&store, entry)?;
            (record(&run), files(&run)?)
        }
    };
    let shown = Shown { summary, subject, record, files };
    if args.json {
        shown.print_json()?;
    } else {
        let mut out = BufWriter::new(io::stdout().lock());
        shown.print_facts(&mut out, context)?;
        shown.print_files(&mut out, args.all)?;
        out.flush()?;
    }
    Ok(exit_code::OK)
}

/// Reads `run.json`; one that makes no sense hides nothing else of the run.
fn record(run: &Run<'_>) -> Option<RunRecord> {
    run.record().unwrap_or_else(|error| {
        runs::read_failed(&run.name())(error).warn();
        None
    })
}

fn files(run: &Run<'_>) -> Result<Vec<(RunFile, u64)>, CommandError> {
    let failed = runs::read_failed(&run.name());
    let files = run.files().map_err(&failed)?.into_iter();
    files.map(|file| run.size(&file).map(|size| (file, size)).map_err(&failed)).collect()
}

/// All that there is to show.
struct Shown {
    summary: RunSummary,
    subject: Option<String>,
    record: Option<RunRecord>,
    files: Vec<(RunFile, u64)>,
}

impl Shown {
    fn print_facts(&self, out: &mut impl Write, context: &Context) -> io::Result<()> {
        let Self { summary, subject, record, .. } = self;
        let (mark, style) = (format::status(summary.status), format::status_style(summary.status));
        if context.colour() {
            writeln!(out, "{style}{mark}{style:#}  {}", summary.name.id)?;
        } else {
            writeln!(out, "{mark}  {}", summary.name.id)?;
        }
        let subject = subject.as_deref().map_or("(gone)".to_owned(), format::one_line);
        let age = format::age(summary.started);
        let reason = format::exit_reason(summary.reason, summary.exit_code, summary.signal);
        let mut fact = |name: &str, value: Option<String>| match value {
            Some(value) => writeln!(out, "{name:<9}  {}", format::one_line(&value)),
            None => Ok(()),
        };
        fact("reason", reason)?;
        fact("commit", Some(format!("{} {subject}", summary.name.commit)))?;
        fact("branch", summary.branch.clone())?;
        fact("dirty", summary.dirty.then(|| "the work tree differed from the commit".to_owned()))?;
        fact("trigger", record.as_ref().map(|record| record.trigger.clone()))?;
        fact("started", Some(format!("{} ({age} ago)", format::moment(summary.started))))?;
        fact("took", summary.duration.map(format::duration))?;
        let host = |record: &RunRecord| format!("{} {}", record.host.os, record.host.arch);
        fact("host", record.as_ref().map(host))?;
        let tool = |record: &RunRecord| format!("{} {}", record.tool.name, record.tool.version);
        fact("tool", record.as_ref().map(tool))?;
        fact("ref", Some(summary.name.ref_name()))?;
        for left_out in record.iter().flat_map(|record| &record.left_out) {
            fact("left out", Some(format!("{:?}: {}", left_out.path, left_out.why)))?;
        }
        Ok(())
    }

    fn print_files(&self, out: &mut impl Write, all: bool) -> io::Result<()> {
        let id = self.summary.name.id;
        if self.files.is_empty() && self.summary.status == Status::Running {
            return writeln!(out, "\ntype `git jci log -f {id}` to follow it");
        }
        let total = self.files.iter().map(|(_, size)| size).sum();
        let number = format::count(self.files.len(), "file");
        writeln!(out, "\n{number}, {}:", format::size(total))?;
        let listed = if all { self.files.len() } else { FILES_LISTED };
        for (file, size) in self.files.iter().take(listed) {
            let kind = match file.kind {
                FileKind::Regular => "",
                FileKind::Executable => "*",
                FileKind::Symlink => "@",
            };
            writeln!(out, "{:>12}  {}{kind}", format::size(*size), format::path(&file.path))?;
        }
        if let Some(more) = self.files.len().checked_sub(listed).filter(|more| *more > 0) {
            out.flush()?;
            tell!("… and {more} more; type `git jci show --all {id}` to see every file");
        }
        Ok(())
    }

    fn print_json(&self) -> Result<(), CommandError> {
        let record = self.record.as_ref();
        crate::output::json(&Json {
            schema: SCHEMA,
            summary: jci_web::describe_run(&self.summary, self.subject.clone()),
            trigger: record.map(|record| record.trigger.as_str()),
            host: record.map(|record| &record.host),
            tool: record.map(|record| &record.tool),
            left_out: record.map_or(&[], |record| &record.left_out),
            files: self.files.iter().map(|(file, size)| FileJson::new(file, *size)).collect(),
        })
    }
}

#[derive(Serialize)]
struct Json<'a> {
    schema: &'static str,
    #[serde(flatten)]
    summary: jci_proto::Run,
    trigger: Option<&'a str>,
    host: Option<&'a Host>,
    tool: Option<&'a Tool>,
    left_out: &'a [LeftOut],
    files: Vec<FileJson>,
}

#[derive(Serialize)]
struct FileJson {
    #[serde(flatten)]
    path: jci_proto::FilePath,
    kind: &'static str,
    size: u64,
    object: String,
}

impl FileJson {
    fn new(file: &RunFile, size: u64) -> Self {
        let kind = runs::kind(file.kind);
        Self { path: jci_web::describe_path(&file.path), kind, size, object: file.object_id() }
    }
}
