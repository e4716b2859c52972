//! One repository in which one run after the other meets its fault.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::fs;
use std::time::{Duration, Instant};

use jci_store::{RunId, Store};
use jci_testkit::{Call, Environment, Formats, Point, Strace, TestRepo};

use crate::jci::{BINARY, jci};

/// What is run: something that takes another way through the store each.
#[derive(Debug, Clone, Copy)]
pub(super) struct Workload {
    pub(super) script: &'static str,
    pub(super) arguments: &'static [&'static str],
    pub(super) formats: Formats,
}

/// Every script begins with this, so that the tests know whose run must be found.
const BEGIN: &str = "#!/bin/bash\necho $JCI_RUN >> $HOME/started\n";

/// A few files: loose objects.
pub(super) const LOOSE: Workload = Workload {
    script: "echo hello; echo $JCI_RUN > id; mkdir a; echo b > a/b; ln -s id link\n",
    arguments: &["run"],
    formats: Formats::Git2,
};

/// Many files and a large one: a pack.
pub(super) const PACK: Workload = Workload {
    script: "echo hello; for i in {1..20}; do echo $JCI_RUN $i > $i; done\n\
             head -c 2000000 /dev/urandom > large\n",
    arguments: &["run"],
    formats: Formats::Sha256,
};

/// A work tree of its own.
pub(super) const CHECKOUT: Workload = Workload { arguments: &["run", "--clean"], ..LOOSE };

/// Refs written by git.
pub(super) const REFTABLE: Workload = Workload { formats: Formats::Git3, ..LOOSE };

/// A process that does not end by itself.
pub(super) const DAEMON: Workload = Workload {
    script: "echo hello; trap '' HUP TERM; (setsid sleep 600 &) ; exec sleep 600\n",
    arguments: &["run"],
    formats: Formats::Git2,
};

/// System calls that change something, or by which a program waits for another.
pub(super) const CALLS: [&str; 27] = [
    "openat",
    "write",
    "fsync",
    "fdatasync",
    "rename",
    "renameat",
    "renameat2",
    "link",
    "linkat",
    "mkdir",
    "mkdirat",
    "rmdir",
    "unlink",
    "unlinkat",
    "symlink",
    "symlinkat",
    "fchmod",
    "ftruncate",
    "utimensat",
    "flock",
    "clone3",
    "vfork",
    "wait4",
    "waitid",
    "poll",
    "ppoll",
    "sendto",
];

/// A repository, and what is known of the runs in it.
pub(super) struct Trial {
    pub(super) repo: TestRepo,
    workload: Workload,
    verified: BTreeSet<String>,
}

impl Trial {
    pub(super) fn new(workload: Workload) -> Self {
        // Kills do no harm to what was written, only a power cut does: `power` looks at that.
        let repo = TestRepo::in_environment(Environment::in_memory(), workload.formats);
        repo.script(&format!("{BEGIN}{}", workload.script));
        repo.commit("first");
        Self { repo, workload, verified: BTreeSet::new() }
    }

    pub(super) fn arguments(&self) -> &'static [&'static str] {
        self.workload.arguments
    }

    /// Lists the points at which an undisturbed run changes something, in the order of their calls.
    pub(super) fn points(&self) -> Vec<Point> {
        // The first run makes folders that later ones find.
        let _ = jci(&self.repo, self.arguments()).success();
        let strace = Strace::new(&self.repo.environment);
        let path = self.repo.path();
        let (finished, calls) = strace.calls(&CALLS, false, BINARY, self.arguments(), path);
        let _ = finished.success();
        points(&calls)
    }

    /// Asserts that one more command leaves the repository as it should be.
    #[track_caller]
    pub(super) fn check(&mut self, what: &dyn Display) {
        self.wait_for_children(what);
        let finished = jci(&self.repo, &["ls"]);
        assert_eq!(finished.code(), Some(0), "{what}: {finished:?}");
        assert!(!finished.stderr().contains("warning"), "{what}: {finished:?}");
        let remains = self.repo.remains();
        assert!(remains.is_empty(), "{what}: left behind {remains:#?}\n{}", finished.stderr());
        self.assert_whole(what);
    }

    /// Waits until children of what died have noticed: git, which looked for changes or checked out
    /// a commit, and one that was about to become the script. The script is not waited for:
    /// somebody must end it.
    #[track_caller]
    fn wait_for_children(&self, what: &dyn Display) {
        let end = Instant::now() + Duration::from_secs(60);
        let mut clear_looks = 0;
        // One look may miss a child whose parent ended during the look.
        while clear_looks < 2 {
            clear_looks += 1;
            if self.repo.environment.processes().iter().any(|process| is_git_or_ours(process)) {
                clear_looks = 0;
                assert!(Instant::now() < end, "{what}: a child goes on for ever");
                std::thread::sleep(Duration::from_millis(1));
            }
        }
    }

    /// Asserts that every run is there whole and that none is lost whose script had begun.
    #[track_caller]
    fn assert_whole(&mut self, what: &dyn Display) {
        let store = Store::discover(self.repo.path()).unwrap();
        let runs = store.runs(None).unwrap();
        for run in &runs {
            if self.verified.insert(run.object_id())
                && let Err(error) = store.verify_run(run)
            {
                panic!("{what}: the run {} is damaged: {error:?}", run.name);
            }
        }
        let listed: BTreeMap<_, _> = runs.iter().map(|run| (run.name.id, run)).collect();
        for id in self.started() {
            assert!(listed.contains_key(&id), "{what}: the run {id} is lost");
        }
    }

    /// Lists the runs whose script has begun.
    pub(super) fn started(&self) -> Vec<RunId> {
        let list = fs::read_to_string(self.repo.environment.path("home/started"));
        list.unwrap_or_default().lines().map(|line| line.parse().unwrap()).collect()
    }

    /// Forgets which scripts have begun but the first ones.
    pub(super) fn forget_from(&self, first: usize) {
        let kept: String = self.started()[..first].iter().map(|id| format!("{id}\n")).collect();
        fs::write(self.repo.environment.path("home/started"), kept).unwrap();
    }
}

/// Tells whether a process is our own program, or a git: also one that git starts by its full path.
fn is_git_or_ours(process: &str) -> bool {
    let words = process.split_once(": ").map_or("", |(_, words)| words);
    let program = words.split(' ').next().unwrap_or_default();
    let name = program.rsplit('/').next().unwrap_or_default();
    name.starts_with("git") || words.contains(BINARY)
}

/// Numbers the calls by their names; opening a file only to read it changes nothing.
pub(super) fn points(calls: &[Call]) -> Vec<Point> {
    let mut counts = BTreeMap::new();
    let mut points = Vec::new();
    for call in calls {
        let nth = counts.entry(&call.name).and_modify(|count| *count += 1).or_insert(1);
        if call.name != "openat" || call.line.contains("O_CREAT") {
            points.push(Point { call: call.name.clone(), nth: *nth });
        }
    }
    points
}
