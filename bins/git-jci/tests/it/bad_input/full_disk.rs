//! A disk that is full, or becomes so.

use std::collections::BTreeSet;
use std::fs;

use insta::assert_snapshot;
use jci_store::RunId;
use jci_testkit::{Finished, Formats, SmallDisk, TestRepo};

use crate::jci::{BINARY, shown};

/// Room for a repository and a little more.
const DISK: u64 = 6 << 20;

/// A repository on a small disk, seen as its user sees it.
struct World<'a> {
    repo: &'a TestRepo,
    disk: SmallDisk<'a>,
}

impl<'a> World<'a> {
    fn new(repo: &'a TestRepo) -> Self {
        Self { repo, disk: SmallDisk::under(repo, DISK) }
    }

    fn jci(&self, arguments: &[&str]) -> Finished {
        self.disk.run(BINARY, arguments, self.repo.path())
    }

    fn git(&self, arguments: &[&str]) -> String {
        // On a full disk git cannot write the index anew, which it does not have to.
        let arguments = [&["--no-optional-locks"], arguments].concat();
        let finished = self.disk.run("git", &arguments, self.repo.path()).success();
        finished.stdout().trim_end().to_owned()
    }

    /// Lists the names of the refs of all runs.
    fn runs(&self) -> Vec<String> {
        let refs = self.git(&["for-each-ref", "--format=%(refname)", "refs/jci-runs/"]);
        refs.lines().map(ToOwned::to_owned).collect()
    }

    /// Takes the only run; returns its ref.
    #[track_caller]
    fn only_run(&self) -> String {
        let mut runs = self.runs();
        assert_eq!(runs.len(), 1, "one run is stored, not {runs:?}");
        runs.remove(0)
    }

    fn file(&self, run: &str, path: &str) -> String {
        self.git(&["cat-file", "blob", &format!("{run}:{path}")])
    }

    /// Shows what a caller sees, less what differs from run to run.
    fn shown(&self, finished: &Finished) -> String {
        let commit = self.git(&["rev-parse", "HEAD"]);
        let text = shown(self.repo, finished).replace(&commit[..12], "[commit]");
        let ends = |c: char| !(c.is_ascii_alphanumeric() || "-_".contains(c));
        let redacted = |word: &str| {
            let name = word.trim_end_matches(ends);
            if name.parse::<RunId>().is_ok() {
                word.replace(name, "[run]")
            } else if name.starts_with("tmp_") || name.starts_with("new-") {
                word.replace(name, "[temporary]")
            } else {
                word.to_owned()
            }
        };
        text.split_inclusive(ends).map(redacted).collect()
    }

    #[track_caller]
    fn assert_clean(&self) {
        assert_eq!(self.git(&["status", "--porcelain"]), "");
        assert_eq!(self.disk.remains(), [""; 0]);
        let strict = ["fsck", "--strict", "--full", "--no-dangling", "--no-progress"];
        assert_eq!(self.git(&strict), "");
    }
}

#[test]
fn on_a_full_disk_no_run_begins() {
    let repo = TestRepo::with_script("echo hello\n");
    let world = World::new(&repo);
    world.disk.leave(0);
    assert_snapshot!(world.shown(&world.jci(&["run"])), @r#"
    exit 4
    --- stderr
    error: failed to begin a run: could not write "[repo]/.git/jci/running/[temporary]/state.json": No space left on device (os error 28)
    hint: make room on the disk; nothing has run yet
    "#);
    world.assert_clean();
    world.disk.make_room();
    let _ = world.jci(&["run"]).success();
    assert_eq!(world.file(&world.only_run(), "run.output.txt"), "hello");
    world.assert_clean();
}

#[test]
fn a_log_that_fills_the_disk_is_kept_as_far_as_it_came() {
    let repo = TestRepo::with_script("seq 1000000; echo the script goes on >&2\n");
    let world = World::new(&repo);
    world.disk.leave(100);
    let finished = world.jci(&["run"]).exits(4);
    assert!(finished.stdout().ends_with("1000000\nthe script goes on\n"));
    let said = world.shown(&finished);
    let said = said.split_once("--- stderr").unwrap().1;
    let at = said.split_once("from byte ").unwrap().1.split_once(' ').unwrap().0;
    // Which of the objects came too late is not for a test to know.
    let (before, after) = said.split_once(".git/objects").unwrap();
    let after = &after[after.find('"').unwrap()..];
    let said = format!("{}.git/objects[…]{after}", before.trim_start());
    assert_snapshot!(said.replace(at, "[byte]"), @r#"
    jci: run [run] of [commit]
    warning: the log is not complete: the output could not be written from byte [byte] on: No space left on device (os error 28)
    error: failed to store the run: the run [run] of [commit] could not be stored; its log and files are kept in "[repo]/.git/jci/running/[run]": could not write "[repo]/.git/objects[…]": No space left on device (os error 28)
    hint: make room on the disk, then type `git jci ls`: it stores the run
    "#);
    assert_eq!(world.git(&["status", "--porcelain"]), "");
    assert!(world.runs().is_empty());

    world.disk.make_room();
    assert_snapshot!(world.shown(&world.jci(&["cat", "status.txt"])), @"
    exit 0
    --- stdout
    err
    --- stderr
    note: stored the run [run] of [commit], which was still to be stored: err (log-incomplete)
    ");
    let log = world.file(&world.only_run(), "run.output.txt");
    // Of the piece that failed, a part may have been written.
    assert!(log.len() >= at.parse().unwrap(), "{} bytes of {at}", log.len());
    assert!(finished.stdout().starts_with(&log));
    world.assert_clean();
}

#[test]
fn a_disk_that_has_room_again_in_time_takes_the_run() {
    let repo = TestRepo::with_script("seq 1000000; : > \"$JCI_REPO_ROOT/.git/ballast\"\n");
    let world = World::new(&repo);
    world.disk.leave(100);
    let finished = world.jci(&["run", "--quiet"]);
    assert!(world.shown(&finished).contains("jci: err (log-incomplete) in "), "{finished:?}");
    assert_eq!(finished.code(), Some(1));
    assert!(world.file(&world.only_run(), "run.output.txt").starts_with("1\n2\n3\n"));
    world.assert_clean();
}

/// In the work tree, in a checkout on another disk, from where they cannot be moved.
#[test]
fn files_for_which_there_is_no_room_are_kept_until_there_is() {
    for (arguments, pages) in [(&["run"][..], 400), (&["run", "--clean"], 200)] {
        let repo = TestRepo::with_script(
            "mkdir a; echo small > a/small; head -c 1M /dev/urandom > large; cksum large\n",
        );
        let world = World::new(&repo);
        world.disk.leave(pages);
        let finished = world.jci(arguments);
        let said = world.shown(&finished);
        assert!(said.contains("No space left on device"), "{finished:?}");
        let hint = "hint: make room on the disk, then type `git jci ls`: it stores the run\n";
        assert!(said.ends_with(hint), "{finished:?}");
        assert_eq!(finished.code(), Some(4));
        assert_eq!(world.git(&["status", "--porcelain"]), "");
        // A command in between, while there is no room yet, loses nothing either.
        let listed = world.jci(&["ls"]).success();
        assert!(listed.stderr().starts_with("warning: the run "), "{listed:?}");
        assert!(listed.stderr().contains("could not be stored"), "{listed:?}");

        world.disk.make_room();
        let _ = world.jci(&["ls"]).success();
        let run = world.only_run();
        assert_eq!(world.file(&run, "status.txt"), "ok");
        assert_eq!(world.file(&run, "a/small"), "small");
        assert_eq!(world.file(&run, "run.output.txt") + "\n", finished.stdout());
        let _ = world.jci(&["get", "HEAD", "large", "-o", ".git/got"]).success();
        let sum = world.disk.run("cksum", &["large"], &repo.path().join(".git/got"));
        assert_eq!(sum.stdout(), finished.stdout());
        world.assert_clean();
    }
}

/// Leaves a little more room from run to run, so that each write meets a full disk once.
fn fill_at_every_page(formats: Formats, script: &str, pages: impl Iterator<Item = u64>) {
    let repo = TestRepo::with_formats(formats);
    repo.script(&format!("echo $JCI_RUN >> $HOME/started\n{script}"));
    repo.commit("first");
    let world = World::new(&repo);
    let _ = world.jci(&["run"]).success();
    let mut codes = BTreeSet::new();
    for pages in pages {
        world.disk.leave(pages);
        let finished = world.jci(&["run"]);
        let said = finished.stderr();
        assert!(matches!(finished.code(), Some(0 | 1 | 4)), "{pages} pages left: {finished:?}");
        let errors = said.lines().filter(|line| line.starts_with("error: ")).count();
        assert_eq!(errors, usize::from(finished.code() == Some(4)), "{pages} pages: {finished:?}");
        codes.insert(finished.code());
        assert_eq!(world.git(&["status", "--porcelain"]), "", "{pages} pages left");
        world.disk.make_room();
        let listed = world.jci(&["ls"]).success();
        assert!(!listed.stderr().contains("warning"), "{pages} pages left: {listed:?}");
        assert_eq!(world.disk.remains(), [""; 0], "{pages} pages left: {finished:?}");
    }
    assert!(codes.contains(&Some(0)) && codes.contains(&Some(4)), "{codes:?}");
    let started = fs::read_to_string(repo.environment.path("home/started")).unwrap();
    let stored = world.runs().into_iter().map(|run| run.rsplit('/').next().unwrap().to_owned());
    assert_eq!(
        started.lines().collect::<BTreeSet<_>>(),
        stored.collect::<Vec<_>>().iter().map(String::as_str).collect()
    );
    world.assert_clean();
}

const FEW_FILES: &str = "echo hello; echo $JCI_RUN > id\n";

#[test]
fn a_run_of_few_files_is_not_lost_wherever_the_disk_runs_full() {
    fill_at_every_page(Formats::Git2, FEW_FILES, 0..14);
}

#[test]
fn a_run_in_a_reftable_repository_is_not_lost_wherever_the_disk_runs_full() {
    fill_at_every_page(Formats::Git3, FEW_FILES, 0..14);
}

#[test]
fn a_run_of_many_files_is_not_lost_wherever_the_disk_runs_full() {
    let script = "echo hello; for i in {1..30}; do echo $JCI_RUN $i > $i; done\n\
                  head -c 100000 /dev/urandom > large\n";
    fill_at_every_page(Formats::Sha256, script, (0..100).step_by(6));
}

#[test]
fn what_get_has_no_room_for_is_no_half_file() {
    let repo = TestRepo::with_script("echo small > a; head -c 2M /dev/zero > b; echo small > c\n");
    let world = World::new(&repo);
    let _ = world.jci(&["run"]).success();
    world.disk.leave(100);
    let get = ["get", "-o", ".git/got"];
    assert_snapshot!(world.shown(&world.jci(&get)), @"
    exit 4
    --- stderr
    error: failed to write [repo]/.git/got/b: No space left on device (os error 28)
    hint: make room on the disk, then add `--force` to write all files again
    ");
    let got = world.disk.outside(&repo.path().join(".git/got"));
    let names = || {
        let entries = fs::read_dir(&got).unwrap().map(|entry| entry.unwrap().file_name());
        entries.map(|name| name.into_string().unwrap()).collect::<BTreeSet<_>>()
    };
    assert_eq!(names(), ["a".to_owned()].into());
    assert_eq!(fs::read_to_string(got.join("a")).unwrap(), "small\n");
    world.assert_clean();

    world.disk.make_room();
    let _ = world.jci(&[&get[..], &["--force"]].concat()).success();
    assert_eq!(names().len(), 8);
    assert_eq!(fs::read(got.join("b")).unwrap(), vec![0; 2 << 20]);
}
