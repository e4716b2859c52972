//! Runs, pushes, pulls and prunes in two clones of one repository: no run is lost.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use jci_testkit::{Formats, PlumbedRun, thorough};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::clones::Clones;

/// A commit that is nowhere.
const GONE: &str = "5555555555555555555555555555555555555555";

/// What somebody does in one of the two clones.
#[derive(Debug, Clone, Copy)]
enum Step {
    Run,
    Push,
    Pull,
    Prune,
    PruneRemote,
    /// Makes a commit and checks it out.
    Commit,
    /// Goes back to the commit that all have and lets git forget the others.
    Forget,
    /// Brings the commits of the remote.
    Fetch,
}

fn steps() -> impl Strategy<Value = Vec<(bool, Step)>> {
    let step = prop_oneof![
        5 => Just(Step::Run),
        4 => Just(Step::Push),
        4 => Just(Step::Pull),
        3 => Just(Step::Prune),
        2 => Just(Step::PruneRemote),
        2 => Just(Step::Commit),
        1 => Just(Step::Forget),
        1 => Just(Step::Fetch),
    ];
    prop::collection::vec((any::<bool>(), step), if thorough() { 60 } else { 25 })
}

/// A world, and the runs that should be in each of its repositories: names of refs.
struct World {
    clones: Clones,
    paths: [PathBuf; 2],
    expected: [BTreeSet<String>; 2],
    on_remote: BTreeSet<String>,
    commits: usize,
}

impl World {
    fn new(formats: Formats) -> Self {
        let clones = Clones::with_formats(formats);
        clones.repo.script("#!/bin/sh\necho \"$JCI_RUN\" | tee result\n");
        let paths = [clones.here().to_owned(), clones.other.clone()];
        let script = paths[1].join(".jci");
        std::fs::create_dir(&script).unwrap();
        std::fs::copy(paths[0].join(".jci/run.sh"), script.join("run.sh")).unwrap();
        Self { clones, paths, expected: Default::default(), on_remote: BTreeSet::new(), commits: 0 }
    }

    fn refs(&self, directory: &Path) -> BTreeSet<String> {
        let refs =
            self.clones.git(directory, &["for-each-ref", "--format=%(refname)", "refs/jci-runs/"]);
        refs.lines().map(ToOwned::to_owned).collect()
    }

    fn take(&mut self, who: usize, step: Step) {
        let path = self.paths[who].clone();
        let jci = |arguments: &[&str]| {
            let _ = self.clones.jci(&path, arguments).success();
        };
        match step {
            Step::Run => {
                jci(&["run", "--quiet"]);
                let new: Vec<_> =
                    self.refs(&path).difference(&self.expected[who]).cloned().collect();
                assert_eq!(new.len(), 1, "a run is stored once: {new:?}");
                self.expected[who].extend(new);
            }
            Step::Push => {
                jci(&["push"]);
                self.on_remote.extend(self.expected[who].iter().cloned());
            }
            Step::Pull => {
                jci(&["pull"]);
                self.expected[who].extend(self.on_remote.iter().cloned());
            }
            Step::Prune => {
                jci(&["prune", "--commit"]);
                let there = |name: &String| self.has_commit_of(&path, name);
                self.expected[who] =
                    self.expected[who].iter().filter(|name| there(name)).cloned().collect();
            }
            Step::PruneRemote => {
                jci(&["prune", "--on-remote=origin", "--commit"]);
                // Every commit was pushed by us or is nowhere but in a clone.
                let there = |name: &String| self.has_commit_of(&path, name);
                self.on_remote =
                    self.on_remote.iter().filter(|name| there(name)).cloned().collect();
            }
            Step::Commit => {
                self.commits += 1;
                let message = format!("commit {}", self.commits);
                self.clones.git(&path, &["commit", "--quiet", "--allow-empty", "-m", &message]);
            }
            Step::Forget => {
                self.clones.git(&path, &["reset", "--quiet", "--hard", &self.clones.commit]);
                self.clones.git(&path, &["reflog", "expire", "--expire=now", "--all"]);
                self.clones.git(&path, &["gc", "--quiet", "--prune=now"]);
            }
            Step::Fetch => {
                self.clones.git(&path, &["fetch", "--quiet"]);
            }
        }
    }

    fn has_commit_of(&self, path: &Path, name: &str) -> bool {
        let commit = name.split('/').nth(2).unwrap();
        let found = self.clones.repo.environment.run("git", &["cat-file", "-e", commit], path);
        found.code() == Some(0)
    }

    fn check(&self) {
        for (path, expected) in self.paths.iter().zip(&self.expected) {
            assert_eq!(&self.refs(path), expected, "{}", path.display());
        }
        assert_eq!(self.refs(&self.clones.remote), self.on_remote);
    }

    /// Checks that every run is whole.
    fn check_whole(&self) {
        for directory in self.paths.iter().chain([&self.clones.remote]) {
            for name in self.refs(directory) {
                let id = name.rsplit('/').next().unwrap().to_owned() + "\n";
                for file in ["run.output.txt", "result"] {
                    let read = self.clones.git(directory, &["show", &format!("{name}:{file}")]);
                    assert_eq!(read + "\n", id, "{name}");
                }
            }
            self.clones.fsck(directory);
        }
    }
}

fn interleave(formats: Formats, cases: u32) {
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let result = runner.run(&steps(), |steps| {
        let mut world = World::new(formats);
        for (other, step) in steps {
            world.take(usize::from(other), step);
            world.check();
        }
        world.check_whole();
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn no_run_is_lost_one_after_the_other() {
    interleave(Formats::Git2, if thorough() { 100 } else { 3 });
}

#[test]
fn no_run_is_lost_one_after_the_other_in_what_git_3_makes() {
    interleave(Formats::Git3, if thorough() { 50 } else { 2 });
}

/// Everything at once in both clones, again and again; each pruning collects garbage.
#[test]
fn no_run_is_lost_all_at_once() {
    const RUNNERS: usize = 2;
    let runs = if thorough() { 100 } else { 8 };
    let world = World::new(Formats::Git2);
    let done = AtomicBool::new(false);
    let (world, done) = (&world, &done);
    let jci = |directory: &Path, arguments: &[&str]| world.clones.jci(directory, arguments);
    // git may refuse what another git has locked; the next one will do it.
    let may_be_locked = |directory: &Path, arguments: &[&str]| {
        let finished = jci(directory, arguments);
        assert!(matches!(finished.code(), Some(0 | 4)), "{finished:?}");
    };
    std::thread::scope(|scope| {
        let mut runners = Vec::new();
        for (who, path) in world.paths.iter().enumerate() {
            for _ in 0..RUNNERS {
                runners.push(scope.spawn(move || {
                    for _ in 0..runs {
                        let _ = jci(path, &["run", "--quiet"]).success();
                    }
                }));
            }
            for command in ["push", "pull"] {
                scope.spawn(move || {
                    while !done.load(Ordering::Relaxed) {
                        may_be_locked(path, &[command]);
                    }
                });
            }
            scope.spawn(move || {
                for number in 0.. {
                    if done.load(Ordering::Relaxed) {
                        break;
                    }
                    let id = format!("150000000{who}-{number:04x}");
                    let doomed = PlumbedRun::new(&id, "ok").file("waste", &id);
                    world.clones.repo.environment.plumb_run(path, GONE, &doomed);
                    may_be_locked(path, &["prune", "--commit"]);
                }
            });
        }
        let failed = runners
            .into_iter()
            .map(std::thread::ScopedJoinHandle::join)
            .filter(Result::is_err)
            .count();
        done.store(true, Ordering::Relaxed);
        assert_eq!(failed, 0, "every run is stored");
    });
    for command in ["push", "pull", "prune"] {
        for path in &world.paths {
            let commit = if command == "prune" { &["--commit"][..] } else { &[] };
            let _ = jci(path, &[&[command], commit].concat()).success();
        }
    }
    let _ = jci(world.clones.here(), &["prune", "--on-remote=origin", "--commit"]).success();
    for path in world.paths.iter().chain([&world.clones.remote]) {
        assert_eq!(world.refs(path).len(), 2 * RUNNERS * runs, "{}", path.display());
    }
    world.check_whole();
}
