//! Saying what was probably meant by a path that is not there.

use jci_store::{Run, RunFile};

use super::read_failed;
use crate::error::CommandError;
use crate::format;

/// So many paths are named that may have been meant.
const NAMED: usize = 5;
/// From this likeness on, of 1, a path may have been meant.
const LIKE: f64 = 0.8;

/// Says that a run has no such file, and what it has instead.
pub(crate) fn no_such_path(run: &Run<'_>, path: &[u8]) -> CommandError {
    let files = match run.files() {
        Ok(files) => files,
        Err(error) => return read_failed(&run.name())(error),
    };
    let id = run.name().id;
    let show = format!("type `git jci show {id}` to see all files of the run");
    let shown = format::path(path);
    let inside = files.iter().filter(|file| is_inside(&file.path, path)).count();
    if inside > 0 {
        return CommandError::not_possible(format!(
            "{shown} is a folder of {} in the run {id}",
            format::count(inside, "file")
        ))
        .hint(format!("type `git jci get {id} {shown}` to get them all"))
        .hint(show);
    }
    let error = CommandError::not_possible(format!("the run {id} has no file {shown}"));
    let near = near(&files, path);
    let error = if near.is_empty() { error } else { error.hint(format!("it has {near}")) };
    error.hint(show)
}

/// Tells whether `path` lies in `folder`.
pub(crate) fn is_inside(path: &[u8], folder: &[u8]) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.starts_with(b"/"))
}

/// Names the files that are called alike, the likest first.
fn near(files: &[RunFile], path: &[u8]) -> String {
    let wanted = String::from_utf8_lossy(path);
    let likeness = |file: &RunFile| {
        let found = file.display_path();
        let of_names = strsim::jaro_winkler(name(&found), name(&wanted));
        strsim::jaro_winkler(&found, &wanted).max(of_names)
    };
    let mut near: Vec<_> = files.iter().map(|file| (likeness(file), file)).collect();
    near.retain(|(likeness, _)| *likeness >= LIKE);
    near.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    let near: Vec<_> = near.iter().take(NAMED).map(|(_, file)| format::path(&file.path)).collect();
    near.join(", ")
}

fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
