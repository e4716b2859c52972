//! `git jci init`: a first script, fit for what the repository holds.

mod folder;
mod go;
mod make;
mod node;
mod python;
mod rust;
mod script;
mod survey;

use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use jci_store::Store;

use crate::context::Context;
use crate::error::CommandError;
use crate::exit_code::{self, ExitCode};
use survey::Found;

/// Write a first .jci/run.sh, fit for what the repository holds
///
/// Knows Rust, Node, Python, Go and Make, at the root and one folder below. Look through what it
/// writes: it is a beginning, and it is yours.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Replace the script that is there
    #[arg(long)]
    force: bool,

    /// Print the script and write nothing
    #[arg(long, conflicts_with = "force")]
    print: bool,
}

/// The script, seen from the root of the work tree.
const SCRIPT: &str = ".jci/run.sh";

/// Writes or prints the script.
pub(crate) fn run(args: &Args, context: &Context) -> Result<ExitCode, CommandError> {
    let (store, root) = context.work_tree()?;
    let found = survey::survey(&root);
    let script = script::compose(&found);
    let mut out = io::stdout().lock();
    if args.print {
        out.write_all(script.as_bytes())?;
        return Ok(exit_code::OK);
    }
    let path = root.join(SCRIPT);
    write(&path, &script, args.force)?;
    for part in &found {
        writeln!(out, "found {part}")?;
    }
    if found.is_empty() {
        writeln!(out, "found nothing that git jci knows how to test")?;
    }
    writeln!(out, "wrote {}", path.display())?;
    tell_next_steps(&mut out, &store, &found, context.directory(), &root)?;
    Ok(exit_code::OK)
}

fn tell_next_steps(
    out: &mut dyn io::Write,
    store: &Store,
    found: &[Found],
    directory: &Path,
    root: &Path,
) -> io::Result<()> {
    // From a folder below, `:/` names the root for git.
    let at_root = directory.canonicalize().ok() == root.canonicalize().ok();
    let place = if at_root { "" } else { ":/" };
    let unknown_mode = store.config("core.fileMode").as_deref() == Some("false");
    let chmod = if unknown_mode { "--chmod=+x " } else { "" };
    writeln!(out, "next:")?;
    if !script::tests(found) {
        writeln!(out, "  edit {SCRIPT}: as it is, it fails")?;
    }
    writeln!(out, "  git add {chmod}{place}{SCRIPT}")?;
    writeln!(out, "  git commit -m 'Add a jci run'")?;
    writeln!(out, "  git jci run")
}

/// Writes the script as a whole, so that no run ever starts half of it.
fn write(path: &Path, script: &str, force: bool) -> Result<(), CommandError> {
    let failed = |error: io::Error| {
        CommandError::failed(format!("failed to write {}", path.display()))
            .because(error)
            .hint("see that you may write there, or type `git jci init --print`")
    };
    let folder = path.parent().unwrap_or(path);
    std::fs::create_dir_all(folder).map_err(failed)?;
    let make = || {
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(script.as_bytes())?;
        file.as_file().set_permissions(std::fs::Permissions::from_mode(0o755))?;
        file.as_file().sync_all()?;
        Ok(file)
    };
    let file = make().map_err(failed)?;
    let written = if force { file.persist(path) } else { file.persist_noclobber(path) };
    match written {
        Ok(_) => Ok(()),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
            Err(CommandError::not_possible(format!("{} is there already", path.display()))
                .hint("type `git jci init --print` to see what would be written")
                .hint("type `git jci init --force` to replace it"))
        }
        Err(error) => Err(failed(error.error)),
    }
}
