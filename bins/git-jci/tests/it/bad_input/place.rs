//! Places where there is nothing to work on.

use insta::assert_snapshot;
use jci_testkit::{Formats, TestRepo};

use crate::jci::{jci, jci_in, shown};

/// Commands that look at runs, or make them.
const COMMANDS: [&[&str]; 12] = [
    &["run"],
    &["ls"],
    &["show"],
    &["log"],
    &["cat", "status.txt"],
    &["get"],
    &["diff", "HEAD", "HEAD"],
    &["status"],
    &["push"],
    &["pull"],
    &["prune"],
    &["hooks", "install"],
];

#[test]
fn without_a_repository_every_command_says_so() {
    let repo = TestRepo::new();
    let home = repo.environment.path("home");
    let [first, others @ ..] = COMMANDS.map(|command| shown(&repo, &jci_in(&repo, &home, command)));
    for other in others {
        assert_eq!(other, first);
    }
    assert_snapshot!(first, @r#"
        exit 3
        --- stderr
        error: no git repository at [home]: Could not find a git repository in "[home]" or in any of its parents
        hint: type `git init` to make one, or go to a folder of one
        "#);
    assert_eq!(std::fs::read_dir(home).unwrap().count(), 0);
}

#[test]
fn a_repository_that_is_named_and_not_there_is_said_so() {
    let mut repo = TestRepo::new();
    repo.environment.set("GIT_DIR", "/nowhere/.git");
    assert_snapshot!(shown(&repo, &jci(&repo, &["run"])), @r#"
    exit 3
    --- stderr
    error: no git repository at [repo]: "/nowhere/.git" does not appear to be a git repository
    hint: type `git init` to make one, or go to a folder of one
    "#);
}

#[test]
fn a_folder_that_is_gone_is_said_so() {
    let repo = TestRepo::new();
    let gone = ["-C", "gone", "run"];
    assert_snapshot!(shown(&repo, &jci(&repo, &gone)), @r#"
    exit 3
    --- stderr
    error: no git repository at gone: Failed to access a directory, or path is not a directory: "gone"
    hint: type `git init` to make one, or go to a folder of one
    "#);
    std::fs::create_dir(repo.path().join("gone")).unwrap();
    let mut command = repo.environment.command("sh", &repo.path().join("gone"));
    command.args(["-c", "rmdir ../gone && exec \"$0\" run", crate::jci::BINARY]);
    let finished = jci_testkit::Finished::of(&mut command);
    assert_snapshot!(shown(&repo, &finished), @"
    exit 3
    --- stderr
    error: the current folder is gone or cannot be read: No such file or directory (os error 2)
    hint: type `cd` to go to one that exists
    ");
}

#[test]
fn without_a_commit_there_is_nothing_that_a_run_belongs_to() {
    for formats in Formats::ALL {
        let repo = TestRepo::with_formats(formats);
        repo.script("touch ran\n");
        for arguments in [&["run"][..], &["run", "--clean"], &["run", "HEAD"]] {
            let finished = jci(&repo, arguments).exits(3);
            let said = "error: this repository has no commit yet\n\
                        hint: a run belongs to a commit: type `git commit` first\n";
            assert_eq!(finished.stderr(), said, "{formats:?} {arguments:?}");
            assert_eq!(finished.stdout(), "");
        }
        assert_eq!(repo.git(&["status", "--porcelain", "--ignored"]), "?? .jci/");
        assert!(!repo.path().join(".jci/runs").exists());
        repo.assert_no_remains();
    }
}

#[test]
fn a_bare_repository_without_a_commit_says_both_one_after_the_other() {
    let repo = TestRepo::new();
    let bare = repo.environment.path("bare.git");
    repo.git(&["init", "--quiet", "--bare", "--initial-branch=main", bare.to_str().unwrap()]);
    assert_snapshot!(shown(&repo, &jci_in(&repo, &bare, &["run"])), @"
    exit 3
    --- stderr
    error: a bare repository has no files to run
    hint: name the commit to run, for example `git jci run main`
    ");
    assert_snapshot!(shown(&repo, &jci_in(&repo, &bare, &["run", "main"])), @r#"
    exit 3
    --- stderr
    error: "main" names no commit and no run here
    hint: type `git jci ls` to see the runs, `git log` to see the commits
    "#);
    assert_snapshot!(shown(&repo, &jci_in(&repo, &bare, &["run", "--clean"])), @"
    exit 3
    --- stderr
    error: a bare repository has no files to run
    hint: name the commit to run, for example `git jci run main`
    ");
}
