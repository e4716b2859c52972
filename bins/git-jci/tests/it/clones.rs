//! Two clones of one bare repository, as two people have them.

use std::path::{Path, PathBuf};

use jci_testkit::{Finished, Formats, PlumbedRun, TestRepo};

use crate::jci::{jci_in, shown};

/// Two clones and the repository that they came from, in one world.
pub(crate) struct Clones {
    /// The clone that most is done in.
    pub(crate) repo: TestRepo,
    pub(crate) other: PathBuf,
    pub(crate) remote: PathBuf,
    /// The commit that all have.
    pub(crate) commit: String,
}

impl Clones {
    pub(crate) fn new() -> Self {
        Self::with_formats(Formats::Git2)
    }

    pub(crate) fn with_formats(formats: Formats) -> Self {
        let mut repo = TestRepo::with_formats(formats);
        // A folder that is deleted in a moment need not survive a power cut.
        repo.environment.set("GIT_TEST_FSYNC", "0");
        let commit = repo.commit("first");
        let [remote, other] = ["remote.git", "other"].map(|name| repo.environment.path(name));
        let clone = |options: &[&str], from: &Path, to: &Path| {
            let ref_format = repo.git(&["rev-parse", "--show-ref-format"]);
            let ref_format = format!("--ref-format={ref_format}");
            let paths = [from, to].map(|path| path.to_str().expect("a path of ours is text"));
            repo.git(&[&["clone", "--quiet", &ref_format], options, &paths].concat());
        };
        clone(&["--bare"], repo.path(), &remote);
        clone(&[], &remote, &other);
        // As a clone has it.
        repo.git(&["remote", "add", "origin", "../remote.git"]);
        repo.git(&["fetch", "--quiet"]);
        repo.git(&["branch", "--quiet", "--set-upstream-to=origin/main"]);
        Self { repo, other, remote, commit }
    }

    /// The path of the clone that most is done in.
    pub(crate) fn here(&self) -> &Path {
        self.repo.path()
    }

    #[track_caller]
    pub(crate) fn git(&self, directory: &Path, arguments: &[&str]) -> String {
        let finished = self.repo.environment.run("git", arguments, directory).success();
        finished.stdout().trim_end().to_owned()
    }

    pub(crate) fn jci(&self, directory: &Path, arguments: &[&str]) -> Finished {
        jci_in(&self.repo, directory, arguments)
    }

    /// Runs `git-jci` in the first clone and shows all that its caller sees.
    pub(crate) fn shown(&self, arguments: &[&str]) -> String {
        self.redact(&shown(&self.repo, &self.jci(self.here(), arguments)))
    }

    /// Replaces the commit, whose id differs from one format to the next, by a name as long as
    /// its first digits, so that columns stay where they are.
    pub(crate) fn redact(&self, text: &str) -> String {
        let text = self.repo.redact(text).replace(&self.commit, "[commit]");
        let text = text.replace(&self.commit[..12], "[commit....]");
        // git fills up the lines of a remote with blanks.
        text.lines().map(|line| line.trim_end().to_owned() + "\n").collect()
    }

    /// Makes a run of the common commit by plain git; returns the name of its ref.
    pub(crate) fn plumb(&self, directory: &Path, id: &str) -> String {
        let run = PlumbedRun::new(id, "ok").log(format!("the log of {id}\n"));
        self.repo.environment.plumb_run(directory, &self.commit, &run)
    }

    /// Lists the ids of the runs in a repository, sorted.
    pub(crate) fn runs(&self, directory: &Path) -> Vec<String> {
        let refs = self.git(directory, &["for-each-ref", "--format=%(refname)", "refs/jci-runs/"]);
        let id = |name: &str| name.rsplit('/').next().map(ToOwned::to_owned);
        let mut ids: Vec<_> = refs.lines().filter_map(id).collect();
        ids.sort();
        ids
    }

    /// Makes so many runs quickly: refs to one commit, the ids of all different.
    pub(crate) fn many(&self, directory: &Path, number: usize) {
        let target = self.git(directory, &["rev-parse", &self.plumb(directory, "1767323000-0000")]);
        let mut input = String::new();
        for index in 1..number {
            let commit = format!("{:0>width$x}", index / 2, width = target.len());
            let id = 1_700_000_000 + index;
            input += &format!("create refs/jci-runs/{commit}/{id}-beef {target}\n");
        }
        let mut git = self.repo.environment.command("git", directory);
        let _ = Finished::fed(git.args(["update-ref", "--stdin"]), input.as_bytes()).success();
    }

    /// Makes every push to the remote fail with these words.
    pub(crate) fn refuse_pushes(&self, words: &str) {
        self.hook(&self.remote, "pre-receive", &format!("#!/bin/sh\necho '{words}'\nexit 1\n"));
    }

    /// Installs a hook in a repository.
    pub(crate) fn hook(&self, directory: &Path, name: &str, script: &str) {
        let folder = self.git(directory, &["rev-parse", "--git-path", "hooks"]);
        let folder = directory.join(folder);
        std::fs::create_dir_all(&folder).expect("a folder can be made");
        self.repo.environment.install("hook", script);
        let installed = self.repo.environment.path("bin/hook");
        std::fs::rename(installed, folder.join(name)).expect("a file can be moved");
    }

    /// Checks a repository as strictly as git can.
    #[track_caller]
    pub(crate) fn fsck(&self, directory: &Path) {
        self.git(directory, &["fsck", "--strict", "--full", "--no-dangling", "--no-progress"]);
    }
}
