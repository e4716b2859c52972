//! Scripts that cannot be started.

use insta::assert_snapshot;
use jci_store::RunId;
use jci_testkit::TestRepo;

use super::assert_clean;
use crate::jci::{jci, jci_in, shown};
use crate::stored_run::StoredRun;

/// Runs a script that cannot be started, in the work tree and in one of its own.
fn refused(script: &str) -> String {
    let repo = TestRepo::with_script(script);
    refused_in(&repo)
}

fn refused_in(repo: &TestRepo) -> String {
    let said = [&["run"][..], &["run", "--clean"]].map(|arguments| {
        let said = shown(repo, &jci(repo, arguments));
        let head = repo.git(&["rev-parse", "HEAD"]);
        without_ids(&said.replace(&head[..12], "[commit]"))
    });
    assert!(repo.run_refs().is_empty());
    assert_clean(repo);
    said.join("\n")
}

fn without_ids(text: &str) -> String {
    let is_id = |word: &&str| word.parse::<RunId>().is_ok();
    let ids = text.split([' ', '/']).filter(is_id).collect::<Vec<_>>();
    ids.into_iter().fold(text.to_owned(), |text, id| text.replace(id, "[run]"))
}

#[test]
fn a_script_that_is_not_there() {
    let repo = TestRepo::new();
    repo.commit("first");
    assert_snapshot!(refused_in(&repo), @"
    exit 3
    --- stderr
    error: there is no script at '[repo]/.jci/run.sh'
    hint: type `git jci init` to have one made

    exit 3
    --- stderr
    error: there is no script at '.jci/run.sh'
    hint: type `git jci init` to have one made
    hint: the commit [commit] is run as it is: what is not committed is not in it
    ");
    // Also not as a folder, and not as a symlink that leads nowhere.
    repo.write(".jci/run.sh/file", "");
    repo.commit("second");
    assert_snapshot!(refused_in(&repo), @"
    exit 3
    --- stderr
    error: '[repo]/.jci/run.sh' is a directory, not a script

    exit 3
    --- stderr
    error: '.jci/run.sh' is a directory, not a script
    hint: the commit [commit] is run as it is: what is not committed is not in it
    ");
    std::fs::remove_dir_all(repo.path().join(".jci/run.sh")).unwrap();
    std::os::unix::fs::symlink("gone.sh", repo.path().join(".jci/run.sh")).unwrap();
    repo.commit("third");
    assert_snapshot!(refused_in(&repo), @"
    exit 3
    --- stderr
    error: there is no script at '[repo]/.jci/run.sh'
    hint: type `git jci init` to have one made

    exit 3
    --- stderr
    error: there is no script at '.jci/run.sh'
    hint: type `git jci init` to have one made
    hint: the commit [commit] is run as it is: what is not committed is not in it
    ");
}

#[test]
fn a_script_that_is_not_in_a_bare_repository() {
    let repo = TestRepo::new();
    repo.commit("first");
    let bare = repo.environment.path("bare.git");
    repo.git(&["clone", "--quiet", "--bare", ".", bare.to_str().unwrap()]);
    let head = repo.git(&["rev-parse", "HEAD"]);
    let said = shown(&repo, &jci_in(&repo, &bare, &["run", "main"]));
    assert_snapshot!(said.replace(&head[..12], "[commit]"), @"
    exit 3
    --- stderr
    error: there is no script at '.jci/run.sh'
    hint: type `git jci init` to have one made
    hint: the commit [commit] is run as it is: what is not committed is not in it
    ");
    repo.assert_no_remains();
}

#[test]
fn a_first_line_that_ends_in_a_carriage_return() {
    assert_snapshot!(refused("#!/bin/sh\r\necho hello\r\n"), @r"
    exit 3
    --- stderr
    error: the first line of '[repo]/.jci/run.sh' (`#!/bin/sh`) ends in a carriage return, so its interpreter is not found; to remove them, type: sed -i 's/\r$//' '[repo]/.jci/run.sh'

    exit 3
    --- stderr
    error: the first line of '.jci/run.sh' (`#!/bin/sh`) ends in a carriage return, so its interpreter is not found; to remove them, type: sed -i 's/\r$//' '.jci/run.sh'
    hint: the commit [commit] is run as it is: what is not committed is not in it
    ");
}

#[test]
fn what_is_said_of_carriage_returns_helps() {
    let repo = TestRepo::with_script("#!/bin/sh\r\necho hello\r\n");
    let said = jci(&repo, &["run"]).stderr();
    let line = said.lines().next().unwrap();
    let (_, command) = line.split_once("to remove them, type: ").unwrap();
    let _ = repo.run("sh", &["-c", command]).success();
    assert_eq!(jci(&repo, &["run"]).success().stdout(), "hello\n");
}

#[test]
fn an_interpreter_that_is_not_there() {
    assert_snapshot!(refused("#!/no/such/program -x\necho hello\n"), @"
    exit 3
    --- stderr
    jci: run [run] of [commit]
    error: the interpreter '/no/such/program' that '[repo]/.jci/run.sh' names in its first line is missing
    hint: install it, or let the first line of the script name another

    exit 3
    --- stderr
    jci: run [run] of [commit], in a work tree of its own
    error: the interpreter '/no/such/program' that '.jci/run.sh' names in its first line is missing
    hint: install it, or let the first line of the script name another
    ");
}

#[test]
fn a_program_for_another_machine() {
    assert_snapshot!(refused("\u{7f}ELF\0\0\0 and what follows makes no sense"), @"
    exit 3
    --- stderr
    jci: run [run] of [commit]
    error: '[repo]/.jci/run.sh' is a program for another kind of machine, or damaged

    exit 3
    --- stderr
    jci: run [run] of [commit], in a work tree of its own
    error: '.jci/run.sh' is a program for another kind of machine, or damaged
    ");
}

/// `env` tells what is missing, in the log of a run that failed.
#[test]
fn an_interpreter_that_env_does_not_find() {
    let repo = TestRepo::with_script("#!/usr/bin/env no-such-program\necho hello\n");
    let _ = jci(&repo, &["run"]).exits(1);
    let run = StoredRun::only(&repo);
    assert!(run.log().contains("no-such-program"), "{}", run.log());
    assert_eq!(run.field("exit_code"), "127");
    assert_clean(&repo);
}

/// A script that is not executable is for bash, whatever its first line says and however it ends.
#[test]
fn a_script_that_is_not_executable_is_run_by_bash() {
    for script in ["echo \"${BASH_VERSION:+bash}\"\n", "#!/bin/cat\necho bash\n", "echo bash"] {
        let repo = TestRepo::new();
        repo.write(".jci/run.sh", script);
        repo.commit("first");
        let finished = jci(&repo, &["run"]).success();
        assert_eq!(finished.stdout(), "bash\n");
        let finished = jci(&repo, &["run", "--clean"]).success();
        assert_eq!(finished.stdout(), "bash\n");
        assert_clean(&repo);
    }
}

#[test]
fn an_empty_script_passes() {
    for script in ["", "\n"] {
        let repo = TestRepo::with_script(script);
        let _ = jci(&repo, &["run"]).success();
        assert_eq!(StoredRun::only(&repo).log(), "");
        assert_clean(&repo);
    }
}
