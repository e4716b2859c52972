//! `git jci cat`.

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::os::unix::ffi::OsStrExt as _;

use crate::context::Context;
use crate::error::CommandError;
use crate::exit_code::{self, ExitCode};
use crate::format;
use crate::runs;

/// Print a file of a run
///
/// Byte for byte, whatever its size. Of a symlink, prints where it points.
#[derive(Debug, clap::Args)]
#[command(
    allow_missing_positional = true,
    after_help = "\
Examples:
  git jci cat report.xml            of the latest run of HEAD
  git jci cat main report.xml       of the latest run of a branch
  git jci cat 1795241317-36 dist/app.tar.gz | tar tz"
)]
pub(crate) struct Args {
    /// A run id, the start of one, or a commit, whose latest run is meant [default: HEAD]
    run: Option<String>,

    /// The path of the file in the run, with `/` between names
    path: OsString,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<ExitCode, CommandError> {
    let path = args.path.as_bytes();
    let store = context.store()?;
    let entry = runs::stored(&store, args.run.as_deref())?;
    let run = runs::open(&store, &entry)?;
    let failed = runs::read_failed(&entry.name);
    let Some(file) = run.find(path).map_err(&failed)? else {
        return Err(runs::no_such_path(&run, path));
    };
    let mut content = run.read(&file).map_err(&failed)?;
    let mut out = io::stdout().lock();
    runs::copy(&mut content, &mut out).map_err(|error| {
        error.into_error(&format!("{} of the run {}", format::path(path), entry.name))
    })?;
    out.flush()?;
    Ok(exit_code::OK)
}
