//! A git repository made by a script.

use std::path::{Path, PathBuf};

use crate::environment::write_program;
use crate::{Environment, Finished};

/// How a test repository keeps its objects and refs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Formats {
    /// SHA-1 and refs as files, what git 2 makes.
    Git2,
    /// SHA-256 objects and refs as files.
    Sha256,
    /// SHA-1 objects and refs in reftable.
    Reftable,
    /// SHA-256 and reftable together, what git 3 makes.
    Git3,
}

impl Formats {
    /// Every combination that jci promises to work with.
    pub const ALL: [Self; 4] = [Self::Git2, Self::Sha256, Self::Reftable, Self::Git3];

    pub(crate) fn options(self) -> [&'static str; 2] {
        match self {
            Self::Git2 => ["--object-format=sha1", "--ref-format=files"],
            Self::Sha256 => ["--object-format=sha256", "--ref-format=files"],
            Self::Reftable => ["--object-format=sha1", "--ref-format=reftable"],
            Self::Git3 => ["--object-format=sha256", "--ref-format=reftable"],
        }
    }
}

/// A repository with a work tree in an [`Environment`] of its own.
#[derive(Debug)]
pub struct TestRepo {
    /// The world that git and the programs under test see.
    pub environment: Environment,
    path: PathBuf,
}

impl TestRepo {
    /// Makes an empty repository on branch `main`.
    #[must_use]
    pub fn new() -> Self {
        Self::with_formats(Formats::Git2)
    }

    /// Makes an empty repository that keeps objects and refs in the given way.
    ///
    /// # Panics
    /// If git is older than 2.45, the first with reftable.
    #[must_use]
    pub fn with_formats(formats: Formats) -> Self {
        Self::in_environment(Environment::new(), formats)
    }

    /// Makes an empty repository that keeps objects and refs in the given way, in a world of its
    /// own.
    ///
    /// # Panics
    /// As [`TestRepo::with_formats`].
    #[must_use]
    pub fn in_environment(environment: Environment, formats: Formats) -> Self {
        let path = environment.path("repo");
        std::fs::create_dir(&path).expect("a folder can be made");
        let repo = Self { environment, path };
        let mut init = vec!["init", "--quiet", "--initial-branch=main"];
        init.extend(formats.options());
        let _ = repo.git(&init);
        repo
    }

    /// Makes a repository with one commit that holds `.jci/run.sh` with this content.
    #[must_use]
    pub fn with_script(script: &str) -> Self {
        let repo = Self::new();
        repo.script(script);
        repo.commit("first");
        repo
    }

    /// Returns the root of the work tree.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Runs git in the work tree and returns what it printed, without the last newline.
    ///
    /// # Panics
    /// If git fails.
    #[track_caller]
    pub fn git(&self, arguments: &[&str]) -> String {
        let finished = self.environment.run("git", arguments, &self.path).success();
        finished.stdout().trim_end_matches('\n').to_owned()
    }

    /// Runs a program in the work tree.
    pub fn run(&self, program: &str, arguments: &[&str]) -> Finished {
        self.environment.run(program, arguments, &self.path)
    }

    /// Replaces the folders of this test in `text`: the work tree becomes `[repo]`, the rest as in
    /// [`Environment::redact`].
    #[must_use]
    pub fn redact(&self, text: &str) -> String {
        let text = self.environment.redact(text);
        text.replace("[world]/repo", "[repo]")
    }

    /// Writes a file of the work tree, with the folders that it needs.
    pub fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.path.join(path);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).expect("a folder can be made");
        }
        std::fs::write(path, content).expect("a file can be written");
    }

    /// Writes `.jci/run.sh`, executable.
    pub fn script(&self, content: &str) {
        std::fs::create_dir_all(self.path.join(".jci")).expect("a folder can be made");
        write_program(&self.path.join(".jci/run.sh"), content);
    }

    /// Commits all that is in the work tree and returns the id of the commit.
    #[track_caller]
    pub fn commit(&self, message: &str) -> String {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message", message]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// Lists the refs of all runs, sorted.
    #[must_use]
    pub fn run_refs(&self) -> Vec<String> {
        let printed = self.git(&["for-each-ref", "--format=%(refname)", "refs/jci-runs/"]);
        printed.lines().map(ToOwned::to_owned).collect()
    }

    /// Checks the whole repository as strictly as git can.
    ///
    /// # Panics
    /// If git finds anything wrong, warnings included.
    #[track_caller]
    pub fn fsck(&self) {
        let finished =
            self.run("git", &["fsck", "--strict", "--full", "--no-dangling", "--no-progress"]);
        let finished = finished.success();
        let said = finished.stderr() + &finished.stdout();
        let complaints: Vec<_> = said.lines().filter(|line| !line.starts_with("notice:")).collect();
        assert!(complaints.is_empty(), "git fsck said {complaints:?}");
    }
}

impl Default for TestRepo {
    fn default() -> Self {
        Self::new()
    }
}
