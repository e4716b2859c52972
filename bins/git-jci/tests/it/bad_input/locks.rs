//! Refs that somebody else holds, or that are in the way.

use insta::assert_snapshot;
use jci_testkit::{Formats, TestRepo};

use super::assert_clean;
use crate::jci::{jci, shown};
use crate::stored_run::StoredRun;

/// Checks that a run which could not be stored is there as soon as somebody looks.
fn assert_stored_by_ls(repo: &TestRepo) {
    assert_eq!(repo.git(&["status", "--porcelain"]), "");
    assert!(repo.run_refs().is_empty());
    let listed = jci(repo, &["ls"]).success();
    assert!(listed.stderr().starts_with("note: stored the run "), "{listed:?}");
    let run = StoredRun::only(repo);
    assert_eq!((run.status().as_str(), run.log().as_str()), ("ok", "hello\n"));
    assert_eq!(run.artifacts(), ["file"]);
    assert_clean(repo);
}

/// Shows a run that was not stored; its id is known from where its files are kept.
fn shown_unstored(repo: &TestRepo, arguments: &[&str]) -> String {
    let said = shown(repo, &jci(repo, arguments));
    let kept = std::fs::read_dir(repo.path().join(".git/jci/running")).unwrap();
    let [id] = kept.map(|entry| entry.unwrap().file_name()).collect::<Vec<_>>().try_into().unwrap();
    let head = repo.git(&["rev-parse", "HEAD"]);
    let said = said.replace(id.to_str().unwrap(), "[run]");
    said.replace(&head, "[commit]").replace(&head[..12], "[commit]")
}

#[test]
fn a_ref_that_another_process_locks_is_named_and_the_run_kept() {
    let repo = TestRepo::with_script(
        "refs=$JCI_REPO_ROOT/.git/refs/jci-runs/$JCI_COMMIT; mkdir -p \"$refs\"\n\
         : > \"$refs/$JCI_RUN.lock\"; echo hello; echo x > file\n",
    );
    assert_snapshot!(shown_unstored(&repo, &["run"]), @r#"
    exit 4
    --- stdout
    hello
    --- stderr
    jci: run [run] of [commit]
    error: failed to store the run: the run [run] of [commit] could not be stored; its log and files are kept in "[repo]/.git/jci/running/[run]": the ref refs/jci-runs/[commit]/[run] is locked by "[repo]/.git/refs/jci-runs/[commit]/[run].lock"
    hint: if no git is at work there, type `rm '[repo]/.git/refs/jci-runs/[commit]/[run].lock'`
    hint: once that is mended, `git jci ls` stores the run
    "#);
    assert_stored_by_ls(&repo);
}

#[test]
fn the_lock_of_all_refs_of_a_reftable_is_named_and_the_run_kept() {
    let repo = TestRepo::with_formats(Formats::Git3);
    repo.script("echo hello; echo x > file\n");
    repo.commit("first");
    let lock = repo.path().join(".git/reftable/tables.list.lock");
    std::fs::write(&lock, "").unwrap();
    assert_snapshot!(shown_unstored(&repo, &["run"]), @r#"
    exit 4
    --- stdout
    hello
    --- stderr
    jci: run [run] of [commit]
    error: failed to store the run: the run [run] of [commit] could not be stored; its log and files are kept in "[repo]/.git/jci/running/[run]": the ref refs/jci-runs/[commit]/[run] is locked by "[repo]/.git/reftable/tables.list.lock"
    hint: if no git is at work there, type `rm '[repo]/.git/reftable/tables.list.lock'`
    hint: once that is mended, `git jci ls` stores the run
    "#);
    std::fs::remove_file(lock).unwrap();
    assert_stored_by_ls(&repo);
}

/// Writing one ref needs no lock of them all, and not the index either, whatever was packed.
#[test]
fn locks_of_what_a_run_does_not_write_are_no_hindrance() {
    let repo = TestRepo::with_script("echo hello\n");
    let _ = jci(&repo, &["run"]).success();
    repo.git(&["pack-refs", "--all"]);
    for lock in ["packed-refs.lock", "index.lock", "HEAD.lock", "config.lock", "shallow.lock"] {
        repo.write(&format!(".git/{lock}"), "");
    }
    let finished = jci(&repo, &["run"]).success();
    assert!(!finished.stderr().contains("warning"), "{finished:?}");
    let _ = jci(&repo, &["run", "--clean"]).success();
    assert_eq!(repo.run_refs().len(), 3);
}

/// A ref of a run is written once; there is nothing to log of it.
#[test]
fn a_repository_that_logs_all_refs_is_no_hindrance() {
    let mut repo = TestRepo::with_script("echo hello\n");
    repo.git(&["config", "core.logAllRefUpdates", "always"]);
    repo.environment.unset("GIT_COMMITTER_NAME");
    let _ = jci(&repo, &["run"]).success();
    assert_clean(&repo);
}

#[test]
fn a_ref_in_the_place_of_the_folder_of_runs_is_named_and_the_run_kept() {
    for formats in [Formats::Git2, Formats::Git3] {
        let repo = TestRepo::with_formats(formats);
        repo.script("echo hello; echo x > file\n");
        repo.commit("first");
        repo.git(&["update-ref", "refs/jci-runs", "HEAD"]);
        let said = shown_unstored(&repo, &["run"]);
        match formats {
            Formats::Git2 => assert_snapshot!(said, @r#"
            exit 4
            --- stdout
            hello
            --- stderr
            jci: run [run] of [commit]
            error: failed to store the run: the run [run] of [commit] could not be stored; its log and files are kept in "[repo]/.git/jci/running/[run]": the ref refs/jci-runs/[commit]/[run] cannot be written: a ref "refs/jci-runs" is in the place of its folder
            hint: once that is mended, `git jci ls` stores the run
            "#),
            _ => assert_snapshot!(said, @r#"
            exit 4
            --- stdout
            hello
            --- stderr
            jci: run [run] of [commit]
            error: failed to store the run: the run [run] of [commit] could not be stored; its log and files are kept in "[repo]/.git/jci/running/[run]": `git -c core.fsync=committed update-ref --stdin` failed (exit status: 128): fatal: 'refs/jci-runs' exists; cannot create 'refs/jci-runs/[commit]/[run]'
            hint: once that is mended, `git jci ls` stores the run
            "#),
        }
        repo.git(&["update-ref", "-d", "refs/jci-runs"]);
        assert_stored_by_ls(&repo);
    }
}
