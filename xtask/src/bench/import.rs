//! Making many commits at once.

use std::fmt::Write as _;
use std::fs::File;
use std::path::Path;
use std::process::Stdio;

use super::BenchError;
use super::place::Place;
use crate::files::{self, At};
use crate::process;

/// Adds a commit to what [`import`] is to read. It is the child of the one before on the same ref.
pub(super) fn write_commit(stream: &mut String, name: &str, time: usize, message: &str) {
    let _ = writeln!(stream, "commit {name}\ncommitter bench <bench@localhost> {time} +0000");
    let _ = writeln!(stream, "data {}\n{message}", message.len());
}

/// Lets `git fast-import` read a stream.
pub(super) fn import(place: &Place, repository: &Path, stream: &str) -> Result<(), BenchError> {
    let path = place.path("stream");
    files::write(&path, stream)?;
    let input = File::open(&path).at("open", &path)?;
    let mut import = place.command("git", repository);
    import.args(["fast-import", "--quiet"]).stdin(Stdio::from(input));
    Ok(process::run(&mut import)?)
}

/// Lists the newest commits of `main`.
pub(super) fn newest_commits(
    place: &Place,
    repository: &Path,
    count: usize,
) -> Result<Vec<String>, BenchError> {
    let list = ["rev-list", &format!("--max-count={count}"), "main"];
    let printed = process::read(place.command("git", repository).args(list))?;
    Ok(printed.lines().map(str::to_owned).collect())
}
