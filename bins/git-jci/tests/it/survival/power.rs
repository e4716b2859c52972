//! A power cut: what was not synced is gone, and what was comes back in any order.
//!
//! No test pulls a plug. Instead the system calls of a run are held against a model of a disk that
//! keeps nothing but what it was told to keep.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use jci_testkit::{Call, Formats, Strace, TestRepo};

use super::trial::{LOOSE, PACK, Trial, Workload};
use crate::jci::{BINARY, jci};
use crate::stored_run::StoredRun;

/// What would be lost if the power went now.
#[derive(Debug, Default)]
struct Unsynced {
    /// Files whose content is not on disk.
    content: BTreeSet<String>,
    /// Files and folders whose name is not on disk, because it is not in their folder there.
    names: BTreeSet<String>,
}

impl Unsynced {
    /// The calls that change what would be lost.
    const CALLS: [&'static str; 12] = [
        "openat",
        "write",
        "pwrite64",
        "ftruncate",
        "fsync",
        "fdatasync",
        "rename",
        "renameat",
        "renameat2",
        "mkdir",
        "unlink",
        "unlinkat",
    ];

    fn apply(&mut self, call: &Call) {
        let failed = call.line.rsplit(" = ").next().is_some_and(|result| result.starts_with('-'));
        if failed {
            return;
        }
        match (call.name.as_str(), quoted(&call.line).as_slice()) {
            ("write" | "pwrite64" | "ftruncate", _) => {
                self.content.extend(of_descriptor(&call.line));
            }
            ("fsync" | "fdatasync", _) => {
                let path = of_descriptor(&call.line).unwrap_or_default();
                self.content.remove(&path);
                self.names.retain(|name| parent(name) != path);
            }
            ("rename" | "renameat" | "renameat2", [from, to, ..]) => {
                if self.content.remove(from) {
                    self.content.insert(to.clone());
                }
                self.names.remove(from);
                self.names.insert(to.clone());
            }
            ("openat", [path, ..]) if call.line.contains("O_CREAT") => {
                self.names.insert(path.clone());
            }
            ("mkdir", [path, ..]) => {
                self.names.insert(path.clone());
            }
            ("unlink" | "unlinkat", [path, ..]) => {
                self.content.remove(path);
                self.names.remove(path);
            }
            _ => {}
        }
    }

    /// Lists what would be lost below a folder of `.git`.
    fn below(&self, folder: &str) -> Vec<&String> {
        let folder = format!("/.git/{folder}/");
        self.content.iter().chain(&self.names).filter(|path| path.contains(&folder)).collect()
    }
}

/// Finds the paths and texts in quotes.
fn quoted(line: &str) -> Vec<String> {
    line.split('"').skip(1).step_by(2).map(ToOwned::to_owned).collect()
}

/// Finds the path of the open file that is the first argument, `name(5</path>, …`.
fn of_descriptor(line: &str) -> Option<String> {
    let (_, rest) = line.split_once('(')?;
    let (_, path) = rest.split_once('<')?;
    Some(path.split_once('>')?.0.to_owned())
}

fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

/// Asserts that a run has its name only when all that it leads to is on disk, and that its success
/// is reported only when the name is.
fn assert_order(workload: Workload, is_name: fn(&Call) -> bool) {
    let trial = Trial::new(workload);
    let strace = Strace::new(&trial.repo.environment);
    let path = trial.repo.path();
    let (finished, calls) = strace.calls(&Unsynced::CALLS, true, BINARY, trial.arguments(), path);
    let finished = finished.success();
    let mut unsynced = Unsynced::default();
    let mut synced_objects = 0;
    let mut is_named = false;
    let mut is_reported = false;
    for call in &calls {
        synced_objects += usize::from(call.name == "fsync" && call.line.contains("/objects/"));
        if is_name(call) {
            is_named = true;
            assert_eq!(unsynced.below("objects"), [""; 0], "before the ref: {call:?}");
        }
        unsynced.apply(call);
        if call.name == "write" && call.line.contains("stored as run") {
            is_reported = true;
            assert!(is_named, "{finished:?}");
            assert_eq!(unsynced.below("refs/jci-runs"), [""; 0], "{finished:?}");
            assert_eq!(unsynced.below("reftable"), [""; 0], "{finished:?}");
        }
    }
    assert!(is_reported, "{finished:?}");
    assert!(synced_objects >= 2, "{finished:?}");
}

fn is_ref(call: &Call) -> bool {
    call.name.starts_with("rename") && call.line.contains("/refs/jci-runs/")
}

#[test]
fn few_files_are_on_disk_before_the_ref_and_the_ref_before_success() {
    assert_order(LOOSE, is_ref);
}

#[test]
fn many_files_are_on_disk_before_the_ref_and_the_ref_before_success() {
    assert_order(PACK, is_ref);
}

#[test]
fn in_a_reftable_repository_the_order_is_the_same() {
    let is_ref = |call: &Call| {
        call.name.starts_with("rename") && call.line.contains("reftable/tables.list\"")
    };
    assert_order(Workload { formats: Formats::Reftable, ..LOOSE }, is_ref);
    assert_order(Workload { formats: Formats::Reftable, ..PACK }, is_ref);
}

/// The content of a file is written some time after its name, so this is what a cut leaves of a
/// run that had just begun.
#[test]
fn a_run_whose_state_is_lost_is_stored_as_interrupted() {
    let repo = TestRepo::with_script("echo begun; echo x > file; exec sleep 600\n");
    let mut command = repo.environment.command(BINARY, repo.path());
    let mut child = command.arg("run").stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    for folder in fs::read_dir(repo.path().join(".git/jci/running")).unwrap() {
        fs::write(folder.unwrap().path().join("state.json"), "").unwrap();
    }
    let _ = jci(&repo, &["ls"]).success();
    let run = StoredRun::only(&repo);
    assert_eq!(run.commit(), repo.git(&["rev-parse", "HEAD"]));
    assert_eq!((run.status().as_str(), run.field("reason").as_str()), ("err", "\"interrupted\""));
    assert_eq!(run.log(), "begun\n");
    assert_eq!(run.artifacts(), ["file"]);
    repo.assert_no_remains();
}
