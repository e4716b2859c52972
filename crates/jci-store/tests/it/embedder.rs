//! A program that embeds the store.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use jci_store::{
    CommitId, Ending, FinishOptions, PendingRun, Run, RunEntry, RunStart, Status, Store, StoredRun,
    Tool,
};
use jci_testkit::{Environment, Formats, TestRepo};
use jiff::SignedDuration;

/// How a run ended that passed.
pub(crate) const PASSED: Ending = Ending {
    status: Status::Ok,
    reason: None,
    exit_code: Some(0),
    signal: None,
    memory_limit: None,
    duration: SignedDuration::from_millis(1500),
};

/// A repository with one commit, and the store that a program has opened there.
pub(crate) struct Embedder {
    pub(crate) repo: TestRepo,
    pub(crate) store: Store,
    pub(crate) commit: CommitId,
}

impl Embedder {
    pub(crate) fn new() -> Self {
        Self::with_formats(Formats::Git2)
    }

    pub(crate) fn with_formats(formats: Formats) -> Self {
        let repo = TestRepo::in_environment(Environment::in_memory(), formats);
        let commit = repo.commit("first").parse().unwrap();
        let store = Store::discover(repo.path()).unwrap();
        Self { repo, store, commit }
    }

    /// Makes a folder outside of the repository.
    pub(crate) fn folder(&self, name: &str) -> PathBuf {
        let folder = self.repo.environment.path(name);
        fs::create_dir(&folder).unwrap();
        folder
    }

    /// Stores a folder as a run that passed.
    pub(crate) fn store(&self, folder: &Path) -> StoredRun {
        store_folder(&self.store, &self.commit, folder)
    }
}

/// Stores a folder as a run of a commit; its log is one line.
pub(crate) fn store_folder(store: &Store, commit: &CommitId, folder: &Path) -> StoredRun {
    let run = begin(store, commit);
    run.set_output_dir(folder).unwrap();
    run.finish(&PASSED, &FinishOptions::default()).unwrap()
}

/// Begins a run that has printed one line.
pub(crate) fn begin<'store>(store: &'store Store, commit: &CommitId) -> PendingRun<'store> {
    let start = RunStart {
        commit: *commit,
        branch: store.branch(),
        dirty: false,
        trigger: "test".to_owned(),
        tool: Tool { name: "embedder".to_owned(), version: "1".to_owned() },
    };
    let run = store.begin_run(&start).unwrap();
    fs::write(run.log_path(), "hello\n").unwrap();
    run
}

/// Finds a run that was just stored.
pub(crate) fn entry(store: &Store, stored: &StoredRun) -> RunEntry {
    store.find_run(&stored.name).unwrap().unwrap()
}

/// Reads a file of a run to its end.
pub(crate) fn read(run: &Run<'_>, path: &[u8]) -> Vec<u8> {
    let file = run.find(path).unwrap().unwrap();
    let mut content = Vec::new();
    let mut reader = run.read(&file).unwrap();
    reader.read_to_end(&mut content).unwrap();
    assert_eq!(reader.size(), content.len() as u64);
    assert_eq!(run.size(&file).unwrap(), content.len() as u64);
    content
}
