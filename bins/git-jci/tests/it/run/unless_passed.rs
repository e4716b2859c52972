//! A commit that has passed need not be run again.

use insta::assert_snapshot;
use jci_testkit::{PlumbedRun, TestRepo};

use crate::jci::{jci, shown};

const ID: &str = "1767323045-00aa";

/// Runs what need not be run if this run of `HEAD` proves that it passes.
fn told_after(run: &PlumbedRun) -> (TestRepo, String) {
    let repo = TestRepo::with_script("echo run\n");
    let head = repo.git(&["rev-parse", "HEAD"]);
    repo.plumb_run(&head, run);
    let finished = jci(&repo, &["run", "--unless-passed"]).success();
    let told = shown(&repo, &finished).replace(&head[..12], "[commit]");
    (repo, told)
}

#[test]
fn a_pass_of_the_commit_is_enough() {
    let (repo, told) = told_after(&PlumbedRun::new(ID, "ok"));
    assert_snapshot!(told, @"
    exit 0
    --- stderr
    jci: [commit] has passed already: run 1767323045-00aa
    ");
    // Whatever there was since, and whichever way the commit is named.
    let head = repo.git(&["rev-parse", "HEAD"]);
    repo.plumb_run(&head, &PlumbedRun::new("1767323046-00bb", "err"));
    for arguments in [&["--clean"][..], &["main"]] {
        let again = jci(&repo, &[&["run", "--unless-passed"], arguments].concat()).success();
        assert_eq!(again.stdout(), "", "{arguments:?}");
    }
    assert_eq!(repo.run_refs().len(), 2);
}

#[test]
fn a_failure_or_a_pass_of_changed_files_is_not() {
    for run in [
        PlumbedRun::new(ID, "err"),
        PlumbedRun::new(ID, "running"),
        PlumbedRun::new(ID, "ok").trailer("Jci-Dirty", "true"),
    ] {
        let (repo, told) = told_after(&run);
        assert!(told.contains("--- stdout\nrun\n"), "{run:?}: {told}");
        assert_eq!(repo.run_refs().len(), 2, "{run:?}");
    }
}

#[test]
fn a_run_that_cannot_be_read_proves_nothing() {
    let repo = TestRepo::with_script("echo run\n");
    let head = repo.git(&["rev-parse", "HEAD"]);
    let tree = repo.git(&["rev-parse", "HEAD^{tree}"]);
    repo.git(&["update-ref", &format!("refs/jci-runs/{head}/{ID}"), &tree]);
    assert_eq!(jci(&repo, &["run", "--unless-passed"]).success().stdout(), "run\n");
}
