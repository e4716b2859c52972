//! `git jci server` and `git jci runner` become the programs of that name.

use std::path::PathBuf;

use insta::assert_snapshot;
use jci_testkit::TestRepo;

use crate::jci::{BINARY, shown};

/// A program that tells what it was given.
const TELL: &str =
    "#!/bin/sh\nprintf '%s in %s:' \"${0##*/}\" \"$PWD\"\nprintf ' <%s>' \"$@\"\necho\nexit 7\n";

/// Puts a copy of git-jci alone in a folder: nothing that cargo built stands beside it there.
fn alone(repo: &TestRepo) -> PathBuf {
    let folder = repo.environment.path("alone");
    std::fs::create_dir(&folder).unwrap();
    // Copied by `cp`: see `Environment::install` for why no test writes a program by itself.
    let copy = [BINARY, folder.to_str().unwrap()];
    let _ = repo.run("cp", &copy).success();
    folder
}

#[test]
fn all_arguments_and_the_exit_code_pass_through() {
    let repo = TestRepo::new();
    let binary = alone(&repo).join("git-jci");
    repo.environment.install("jci-runner", TELL);
    let run = |arguments: &[&str]| {
        let finished = repo.environment.run(&binary, arguments, repo.path());
        shown(&repo, &finished)
    };
    assert_snapshot!(run(&["runner", "--help"]), @r"
    exit 7
    --- stdout
    jci-runner in [repo]: <--help>
    ");
    assert_snapshot!(run(&["runner", "--", "-x", "--", "a b", ""]), @r"
    exit 7
    --- stdout
    jci-runner in [repo]: <--> <-x> <--> <a b> <>
    ");
    assert_snapshot!(run(&["runner", "once", "-C", "x", "--version"]), @r"
    exit 7
    --- stdout
    jci-runner in [repo]: <once> <-C> <x> <--version>
    ");
    assert_snapshot!(run(&["-C", ".git", "runner", "-h"]), @r"
    exit 7
    --- stdout
    jci-runner in [repo]/.git: <-h>
    ");
}

#[test]
fn the_program_beside_git_jci_comes_before_the_one_on_the_path() {
    let repo = TestRepo::new();
    let folder = alone(&repo);
    let beside = folder.join("jci-server");
    repo.environment.install("jci-server", "#!/bin/sh\necho beside\n");
    std::fs::rename(repo.environment.path("bin/jci-server"), &beside).unwrap();
    repo.environment.install("jci-server", "#!/bin/sh\necho path\n");
    let run = || {
        let git_jci = folder.join("git-jci");
        repo.environment.run(git_jci, &["server"], repo.path())
    };
    assert_eq!(run().success().stdout(), "beside\n");
    std::fs::remove_file(&beside).unwrap();
    assert_eq!(run().success().stdout(), "path\n");
}

#[test]
fn a_missing_program_is_named_with_the_way_to_get_it() {
    let mut repo = TestRepo::new();
    let binary = alone(&repo).join("git-jci");
    repo.environment.set("PATH", repo.environment.path("bin"));
    let run = |arguments: &[&str]| {
        let finished = repo.environment.run(&binary, arguments, repo.path());
        shown(&repo, &finished)
    };
    assert_snapshot!(run(&["server", "--port", "80"]), @r"
    exit 3
    --- stderr
    error: jci-server is not installed: it was looked for in [world]/alone or on the PATH
    hint: in a checkout of jci, type `cargo install --path bins/jci-server`
    ");
    assert_snapshot!(run(&["-C", "nowhere", "server"]), @r"
    exit 3
    --- stderr
    error: failed to enter nowhere: No such file or directory (os error 2)
    hint: give -C a folder that exists
    ");
}
