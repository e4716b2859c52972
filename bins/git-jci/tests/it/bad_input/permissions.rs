//! Folders that may not be written.

use std::path::PathBuf;

use insta::assert_snapshot;
use jci_testkit::{Finished, OrdinaryUser, TestRepo};

use super::assert_clean;
use crate::jci::{BINARY, shown};
use crate::stored_run::StoredRun;

/// A repository whose user is stopped by permissions.
struct World<'a> {
    repo: &'a TestRepo,
    user: OrdinaryUser<'a>,
    binary: PathBuf,
}

impl<'a> World<'a> {
    fn new(repo: &'a TestRepo) -> Self {
        repo.git(&["config", "--global", "safe.directory", "*"]);
        let user = OrdinaryUser::of(repo);
        let binary = user.copy_of(BINARY.as_ref());
        Self { repo, user, binary }
    }

    fn jci(&self, arguments: &[&str]) -> Finished {
        self.user.run(&self.binary, arguments)
    }

    fn chmod(&self, mode: &str, path: &str) {
        let _ = self.user.run("chmod", &["-R", mode, path]).success();
    }

    /// Shows a run that could not be stored.
    fn shown(&self, finished: &Finished) -> String {
        let head = self.repo.git(&["rev-parse", "HEAD"]);
        let mut said = shown(self.repo, finished).replace(&head, "[commit]");
        said = said.replace(&head[..12], "[commit]");
        let kept = std::fs::read_dir(self.repo.path().join(".git/jci/running"));
        for entry in kept.into_iter().flatten() {
            said = said.replace(entry.unwrap().file_name().to_str().unwrap(), "[run]");
        }
        said
    }
}

const SCRIPT: &str = "echo hello; echo x > file; touch \"$HOME/ran\"\n";

#[test]
fn in_a_git_folder_that_may_not_be_written_nothing_begins_and_all_can_be_read() {
    let repo = TestRepo::with_script(SCRIPT);
    let world = World::new(&repo);
    let _ = world.jci(&["run"]).success();
    std::fs::remove_file(repo.environment.path("home/ran")).unwrap();
    world.chmod("a-w", ".git");
    let [plain, clean] = [&["run"][..], &["run", "--clean"]].map(|arguments| {
        let finished = world.jci(arguments);
        let said = finished.stderr();
        let temporary = said.split(['/', '"']).find(|name| name.starts_with("new-")).unwrap();
        world.shown(&finished).replace(temporary, "[temporary]")
    });
    assert_snapshot!(plain, @r#"
    exit 4
    --- stderr
    error: failed to begin a run: could not create a folder in "[repo]/.git/jci/running": Permission denied (os error 13) at path "[repo]/.git/jci/running/[temporary]"
    hint: type `git jci doctor`, or check who may write to [repo]/.git
    "#);
    assert_eq!(clean, plain);
    assert!(!repo.environment.path("home/ran").exists(), "the script did not run");
    let logged = world.jci(&["log"]).success();
    assert_eq!((logged.stdout().as_str(), logged.stderr().as_str()), ("hello\n", ""));
    assert_eq!(world.jci(&["ls"]).success().stderr(), "");
    world.chmod("u+w", ".git");
    assert_eq!(repo.run_refs().len(), 1);
    assert_clean(&repo);
}

#[test]
fn a_run_whose_objects_or_ref_may_not_be_written_is_kept() {
    for folder in [".git/objects", ".git/refs"] {
        let repo = TestRepo::with_script(SCRIPT);
        let world = World::new(&repo);
        world.chmod("a-w", folder);
        let finished = world.jci(&["run"]).exits(4);
        let said = world.shown(&finished);
        let errors = said.lines().filter(|line| line.starts_with("error: ")).collect::<Vec<_>>();
        let [error] = errors[..] else { panic!("{finished:?}") };
        let kept = "error: failed to store the run: the run [run] of [commit] could not be stored; \
                    its log and files are kept in \"[repo]/.git/jci/running/[run]\": ";
        assert!(error.starts_with(kept) && error.contains("Permission denied"), "{error}");
        let hint = "hint: once that is mended, `git jci ls` stores the run\n";
        assert!(said.ends_with(hint), "{finished:?}");
        assert_eq!(repo.git(&["status", "--porcelain"]), "");
        assert!(repo.run_refs().is_empty());

        world.chmod("u+w", folder);
        let _ = world.jci(&["ls"]).success();
        let run = StoredRun::only(&repo);
        assert_eq!((run.status().as_str(), run.log().as_str()), ("ok", "hello\n"));
        assert_eq!(run.artifacts(), ["file"]);
        assert_clean(&repo);
    }
}

#[test]
fn a_work_tree_that_may_not_be_written_is_named() {
    let repo = TestRepo::with_script(SCRIPT);
    let world = World::new(&repo);
    world.chmod("a-w", ".jci");
    assert_snapshot!(world.shown(&world.jci(&["run"])), @r#"
    exit 4
    --- stderr
    error: failed to make the output folder: could not create "[repo]/.jci/runs": Permission denied (os error 13)
    "#);
    assert!(!repo.environment.path("home/ran").exists(), "the script did not run");
    let _ = world.jci(&["run", "--clean"]).success();
    world.chmod("u+w", ".jci");
    assert_eq!(repo.run_refs().len(), 1);
    assert_clean(&repo);
}

#[test]
fn a_cache_that_may_not_be_written_is_named() {
    let repo = TestRepo::with_script(SCRIPT);
    let world = World::new(&repo);
    let home = repo.environment.path("home");
    world.chmod("a-w", home.to_str().unwrap());
    let said = world.jci(&["run", "--clean"]).exits(4).stderr();
    let said = repo.redact(&said);
    assert!(said.starts_with("error: failed to create [home]/.cache/jci/checkouts/"), "{said}");
    assert!(said.ends_with(": Permission denied (os error 13)\n"), "{said}");
    assert!(!home.join("ran").exists(), "the script did not run");
    assert_clean(&repo);
}
