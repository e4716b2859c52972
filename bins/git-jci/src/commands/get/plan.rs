//! Which files are to be written, and whether they may be.

use jci_store::{Run, RunFile};

use crate::error::CommandError;
use crate::runs;

/// Lists the files at or below the paths, all if there are none, and refuses a run whose files
/// cannot all lie in one folder.
pub(super) fn files(run: &Run<'_>, paths: &[&[u8]]) -> Result<Vec<RunFile>, CommandError> {
    let mut files = run.files().map_err(runs::read_failed(&run.name()))?;
    let paths: Vec<_> = paths.iter().map(|path| without_slashes(path)).collect();
    let is_at =
        |file: &RunFile, path: &[u8]| file.path == path || runs::is_inside(&file.path, path);
    for path in &paths {
        if !files.iter().any(|file| is_at(file, path)) {
            return Err(runs::no_such_path(run, path));
        }
    }
    if !paths.is_empty() {
        files.retain(|file| paths.iter().any(|path| is_at(file, path)));
    }
    RunFile::check_paths(&files).map_err(|why| {
        let id = run.name().id;
        CommandError::not_possible(format!("the run {id} holds what jci does not write to disk"))
            .because(why)
            .hint("nothing was written; jci stores no run like this, whoever made it may mean harm")
            .hint(format!("type `git jci get {id} PATH` for the files that you want"))
    })?;
    Ok(files)
}

/// People and shells write a folder as `dist/`.
fn without_slashes(path: &[u8]) -> &[u8] {
    let end = path.iter().rposition(|byte| *byte != b'/').map_or(0, |at| at + 1);
    &path[..end]
}
