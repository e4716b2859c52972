//! The way of jci's forerunner: a process for each file and for each folder.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use super::{RivalError, commit, git};
use crate::files::At;
use crate::process;

pub(super) fn store(repository: &Path, folder: &Path) -> Result<String, RivalError> {
    let tree = store_tree(repository, folder)?;
    commit(|| git(repository), repository, &tree)
}

fn store_tree(repository: &Path, folder: &Path) -> Result<String, RivalError> {
    let mut listing = String::new();
    for entry in fs::read_dir(folder).at("list", folder)? {
        let entry = entry.at("list", folder)?;
        let path = entry.path();
        let (kind, id) = if path.is_dir() {
            ("040000 tree", store_tree(repository, &path)?)
        } else {
            let mut hash = git(repository);
            hash.args(["hash-object", "-w", "--"]).arg(&path);
            ("100644 blob", process::read(&mut hash)?)
        };
        let name = entry.file_name();
        listing.push_str(&format!("{kind} {id}\t{}\n", name.to_string_lossy()));
    }
    make_tree(git(repository).arg("mktree"), &listing)
}

fn make_tree(mktree: &mut Command, listing: &str) -> Result<String, RivalError> {
    let mut child = process::spawn(mktree.stdin(Stdio::piped()).stdout(Stdio::piped()))?;
    let failed = |source| process::not_started(mktree, source);
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(listing.as_bytes()).map_err(failed)?;
    }
    let output = child.wait_with_output().map_err(failed)?;
    process::check(mktree, output.status, &output.stderr)?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
