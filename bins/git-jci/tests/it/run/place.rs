//! Which files are run: those of the work tree, or exactly those of a commit.

use std::path::Path;

use insta::assert_snapshot;
use jci_testkit::TestRepo;

use crate::jci::{install, jci, jci_in, shown};
use crate::stored_run::StoredRun;

const SHOW: &str = "cat \"$JCI_REPO_ROOT/file\"; git rev-parse HEAD; git status --porcelain\n";

fn repo() -> TestRepo {
    let repo = TestRepo::with_script(SHOW);
    repo.write("file", "committed\n");
    repo.commit("second");
    repo
}

#[test]
fn what_is_not_committed_is_run_said_aloud_and_recorded() {
    let repo = repo();
    repo.write("file", "changed\n");
    repo.write("new/one", "");
    let finished = jci(&repo, &["run"]);
    let run = StoredRun::only(&repo);
    assert_snapshot!(run.redact(&shown(&repo, &finished)), @r"
    exit 0
    --- stdout
    changed
    [commit]
     M file
    ?? new/
    --- stderr
    warning: 2 paths differ from the commit [commit]; the run is marked dirty (`--clean` runs the commit alone)
    jci: run [run] of [commit]
    jci: ok in [time], stored as run [run]
    ");
    assert_eq!(run.field("dirty"), "true");
    let trailer = "--format=%(trailers:key=Jci-Dirty,valueonly)";
    assert_eq!(repo.git(&["log", "-1", trailer, &repo.run_refs()[0]]), "true");
}

#[test]
fn that_the_files_differ_is_known_while_the_run_goes_on() {
    let repo = TestRepo::with_script("git -C \"$JCI_REPO_ROOT\" jci status; [ $? = 3 ]\n");
    install(&repo);
    repo.write("new", "");
    let told = jci(&repo, &["run"]).success().stdout();
    assert!(told.starts_with("running ") && told.ends_with(" (dirty)\n"), "{told}");
}

#[test]
fn a_run_makes_no_work_tree_dirty() {
    let repo = repo();
    for _ in 0..2 {
        let finished = jci(&repo, &["run"]).success();
        assert!(!finished.stderr().contains("warning"), "{finished:?}");
    }
    assert_eq!(repo.git(&["status", "--porcelain"]), "");
    let refs = repo.run_refs();
    assert!(refs.into_iter().all(|r| StoredRun::at(&repo, r).field("dirty") == "false"));
}

#[test]
fn clean_runs_the_commit_alone_and_leaves_the_work_tree_as_it_is() {
    let repo = repo();
    repo.write("file", "changed\n");
    let finished = jci(&repo, &["run", "--clean"]).success();
    let head = repo.git(&["rev-parse", "HEAD"]);
    assert_eq!(finished.stdout(), format!("committed\n{head}\n"));
    let run = StoredRun::only(&repo);
    assert_snapshot!(run.redact(&finished.stderr()), @"
    jci: run [run] of [commit], in a work tree of its own
    jci: ok in [time], stored as run [run]
    ");
    assert_eq!(run.field("dirty"), "false");
    assert_eq!(run.field("branch"), "\"main\"");
    assert_eq!(std::fs::read_to_string(repo.path().join("file")).unwrap(), "changed\n");
    assert_eq!(repo.git(&["worktree", "list", "--porcelain"]).matches("worktree ").count(), 1);
    repo.assert_no_remains();
}

#[test]
fn a_revision_is_run_as_it_was() {
    let repo = repo();
    let old = repo.git(&["rev-parse", "HEAD"]);
    repo.git(&["tag", "--annotate", "--message=one", "v1"]);
    repo.write("file", "newer\n");
    repo.commit("third");
    for rev in ["v1", "HEAD~1", "main^", &old, &old[..10], "HEAD^{/second}"] {
        let finished = jci(&repo, &["run", rev]);
        assert_eq!(finished.code(), Some(0), "{rev}: {finished:?}");
        assert_eq!(finished.stdout(), format!("committed\n{old}\n"), "{rev}");
    }
    let refs = repo.run_refs();
    assert_eq!(refs.len(), 6);
    for name in refs {
        let run = StoredRun::at(&repo, name);
        assert_eq!((run.commit(), run.field("branch").as_str()), (old.as_str(), "null"));
    }
    repo.assert_no_remains();
}

#[test]
fn a_bare_repository_runs_the_revision_that_is_named() {
    let repo = repo();
    let bare = repo.environment.path("bare.git");
    repo.git(&["clone", "--quiet", "--bare", ".", bare.to_str().unwrap()]);
    let finished = jci_in(&repo, &bare, &["run", "main"]).success();
    assert!(finished.stdout().starts_with("committed\n"), "{finished:?}");
    let list = repo.environment.run("git", &["for-each-ref", "refs/jci-runs"], &bare).success();
    assert_eq!(list.stdout().lines().count(), 1);
    assert!(left_in(&bare.join("jci/running")).is_empty());
    assert!(left_in(&repo.environment.path("home/.cache/jci/checkouts")).is_empty());

    let refused = jci_in(&repo, &bare, &["run"]);
    assert_snapshot!(shown(&repo, &refused), @r"
    exit 3
    --- stderr
    error: a bare repository has no files to run
    hint: name the commit to run, for example `git jci run main`
    ");
}

#[test]
fn a_linked_work_tree_runs_its_own_files_and_shares_its_runs() {
    let repo = repo();
    let linked = repo.environment.path("linked");
    repo.git(&["worktree", "add", "--quiet", "-b", "side", linked.to_str().unwrap()]);
    std::fs::write(linked.join("file"), "of the linked tree\n").unwrap();
    let finished = jci_in(&repo, &linked, &["run"]).success();
    assert!(finished.stdout().starts_with("of the linked tree\n"), "{finished:?}");
    let run = StoredRun::only(&repo);
    assert_eq!(run.field("branch"), "\"side\"");
    assert_eq!(left_in(&linked.join(".jci/runs")), [".gitignore"]);
    let _ = jci_in(&repo, &linked, &["run", "--clean"]).success();
    assert_eq!(repo.run_refs().len(), 2);
    assert_eq!(repo.git(&["worktree", "list"]).lines().count(), 2);
}

#[test]
fn a_detached_head_has_no_branch() {
    let repo = repo();
    repo.git(&["checkout", "--quiet", "--detach"]);
    let _ = jci(&repo, &["run"]).success();
    assert_eq!(StoredRun::only(&repo).field("branch"), "null");
}

fn left_in(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}
