//! `git jci get`.

mod plan;
mod progress;
mod target;

use std::ffi::OsString;
use std::io::{self, Read as _, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use jci_store::{FileKind, Run, RunFile};

use self::progress::Progress;
use self::target::Target;
use crate::context::Context;
use crate::error::CommandError;
use crate::exit_code::{self, ExitCode};
use crate::format;
use crate::runs::{self, CopyError};

/// A symlink points to a path; one that is longer points nowhere on any system.
const LONGEST_LINK: u64 = 4096;

/// Write files of a run to a folder
///
/// Never writes outside of the folder, and never over a file that is there unless told to. A
/// symlink of the run becomes a symlink and is not followed.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  git jci get                       all files of the latest run of HEAD
  git jci get HEAD dist             those in a folder of it
  git jci get v1.2 dist/app.tar.gz -o /tmp/app")]
pub(crate) struct Args {
    /// A run id, the start of one, or a commit, whose latest run is meant [default: HEAD]
    run: Option<String>,

    /// Files or folders of the run; without any, all
    #[arg(value_name = "PATH")]
    paths: Vec<OsString>,

    /// The folder to write to, made if need be [default: jci- and the run id]
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,

    /// Replace files that are there
    #[arg(short, long)]
    force: bool,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<ExitCode, CommandError> {
    let store = context.store()?;
    let spec = args.run.as_deref();
    let entry = runs::stored(&store, spec).map_err(|error| match spec {
        // A path in the place of the run is the likeliest slip.
        Some(spec) if args.paths.is_empty() => {
            error.hint(format!("if {spec} is a file of a run, type `git jci get HEAD {spec}`"))
        }
        _ => error,
    })?;
    let run = runs::open(&store, &entry)?;
    let paths: Vec<_> = args.paths.iter().map(|path| path.as_bytes()).collect();
    let files = plan::files(&run, &paths)?;
    let folder = args.output.clone();
    let folder = folder.unwrap_or_else(|| format!("jci-{}", entry.name.id).into());
    let root = context.directory().join(&folder);
    let mut target = Target::open(root.clone(), args.force)?;
    target.check_that_all_are_free(&files)?;
    let progress = Progress::new(context.progress(), &run, &files);
    for file in &files {
        write(&run, file, &root, &mut target, &progress)?;
    }
    progress.finish();
    let number = format::count(files.len(), "file");
    writeln!(io::stdout(), "wrote {number} to {}", folder.display())?;
    Ok(exit_code::OK)
}

fn write(
    run: &Run<'_>,
    file: &RunFile,
    root: &Path,
    target: &mut Target,
    progress: &Progress,
) -> Result<(), CommandError> {
    let mut content = run.read(file).map_err(runs::read_failed(&run.name()))?;
    let unreadable = |error: &io::Error| {
        let path = format::path(&file.path);
        runs::unreadable(&format!("{path} of the run {}", run.name()), error)
    };
    if file.kind == FileKind::Symlink {
        let mut points_to = Vec::new();
        content
            .take(LONGEST_LINK)
            .read_to_end(&mut points_to)
            .map_err(|error| unreadable(&error))?;
        return target.write_symlink(&file.path, &points_to);
    }
    let executable = file.kind == FileKind::Executable;
    target.write_file(&file.path, executable, |out| {
        runs::copy(&mut content, &mut progress.watch(out)).map_err(|error| match error {
            CopyError::Read(error) => unreadable(&error),
            CopyError::Write(error) => target::not_written(root, &file.path, error),
        })
    })
}
