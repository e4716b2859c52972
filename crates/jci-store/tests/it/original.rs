//! Runs of the original tool, made by plain git.

use jci_store::{Run, Status, Store};
use jci_testkit::{Formats, PlumbedRun, TestRepo};

use crate::embedder::read;

#[test]
fn a_run_of_the_original_tool_is_read() {
    for formats in Formats::ALL {
        let repo = TestRepo::with_formats(formats);
        let commit = repo.commit("first");
        let original = |id: &str, status: &str| {
            PlumbedRun::new(id, status).original().log(b"out\n\xff").file("dir/a b", "file")
        };
        repo.plumb_run(&commit, &original("1767323045-00aa", "ok"));
        repo.plumb_run(&commit, &original("1767323046-00bb", "err"));
        repo.plumb_run(&commit, &original("1767323047-00cc", "running"));
        repo.plumb_run(&commit, &original("1767323048-00dd", "  ok\r\n\n"));

        let store = Store::discover(repo.path()).unwrap();
        let runs = store.runs(Some(&commit.parse().unwrap())).unwrap();
        let summaries: Vec<_> = store.summaries(&runs).map(Result::unwrap).collect();
        let statuses: Vec<_> = summaries.iter().map(|summary| summary.status).collect();
        assert_eq!(statuses, [Status::Ok, Status::Running, Status::Err, Status::Ok], "{formats:?}");
        let oldest = summaries.last().unwrap();
        assert_eq!(oldest.started.as_second(), 1_767_323_045, "as its id says");
        assert_eq!((oldest.duration, oldest.exit_code), (None, None));
        assert!(!oldest.dirty);

        let run = Run::open(&store, runs.last().unwrap()).unwrap();
        assert_eq!(run.record().unwrap(), None);
        assert!(run.timing().unwrap().is_none());
        assert_eq!(read(&run, b"run.output.txt"), b"out\n\xff");
        assert_eq!(read(&run, b"dir/a b"), b"file");
        store.verify_run(runs.last().unwrap()).unwrap();
        store.delete_runs(&runs).unwrap();
        assert!(store.runs(None).unwrap().is_empty());
    }
}

#[test]
fn a_run_without_a_status_is_an_error_that_names_it() {
    let repo = TestRepo::new();
    let commit = repo.commit("first");
    let name = repo.plumb_run(&commit, &PlumbedRun::new("1767323045-00aa", "maybe").original());
    let store = Store::discover(repo.path()).unwrap();
    let runs = store.runs(None).unwrap();
    let error = store.summary(&runs[0]).unwrap_err().to_string();
    assert!(error.contains(&name) && error.contains("maybe"), "{error}");
}

#[test]
fn refs_that_are_no_runs_are_not_listed() {
    let repo = TestRepo::new();
    let commit = repo.commit("first");
    for name in ["other", &format!("{commit}/latest"), &format!("{commit}/1-AAAA"), "abc/1-0000"] {
        repo.git(&["update-ref", &format!("refs/jci-runs/{name}"), "HEAD"]);
    }
    let store = Store::discover(repo.path()).unwrap();
    assert!(store.runs(None).unwrap().is_empty());
}
