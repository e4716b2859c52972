//! Runs side by side.

use std::collections::BTreeSet;
use std::process::{Child, Stdio};

use jci_testkit::{Finished, Formats, TestRepo};

use crate::jci::BINARY;
use crate::stored_run::StoredRun;

fn start(repo: &TestRepo) -> Child {
    let mut command = repo.environment.command(BINARY, repo.path());
    command.arg("run").stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

/// Starts `count` runs of one commit at once and checks that each is stored, whole and by itself.
fn run_at_once(repo: &TestRepo, count: usize) {
    let children: Vec<_> = (0..count).map(|_| start(repo)).collect();
    for child in children {
        let finished = Finished::from_output("git-jci run", child.wait_with_output().unwrap());
        let finished = finished.success();
        assert!(!finished.stderr().contains("warning"), "{finished:?}");
        assert!(!finished.stderr().contains("note"), "{finished:?}");
    }
    let refs = repo.run_refs();
    assert_eq!(refs.len(), count);
    let logs: BTreeSet<_> = refs.into_iter().map(|name| log(repo, name)).collect();
    assert_eq!(logs.len(), count, "each run has the log of its own script");
    repo.fsck();
    repo.assert_no_remains();
}

fn log(repo: &TestRepo, name: String) -> String {
    let run = StoredRun::at(repo, name);
    assert_eq!(run.status(), "ok");
    let log = run.log();
    assert_eq!(log, run.text("own"));
    assert_eq!(log.trim_end(), run.id());
    log
}

const SCRIPT: &str = "echo $JCI_RUN; echo $JCI_RUN > own; echo same > same\n";

#[test]
fn two_hundred_runs_of_one_commit_at_once_are_all_stored() {
    run_at_once(&TestRepo::with_script(SCRIPT), 200);
}

#[test]
fn runs_at_once_in_a_reftable_repository_are_all_stored() {
    let repo = TestRepo::with_formats(Formats::Git3);
    repo.script(SCRIPT);
    repo.commit("first");
    run_at_once(&repo, 24);
}

#[test]
fn runs_at_once_with_packs_of_equal_content_are_all_stored() {
    let many = "for i in $(seq 100); do echo $i > $i; done\n";
    run_at_once(&TestRepo::with_script(&format!("{SCRIPT}{many}")), 12);
}
