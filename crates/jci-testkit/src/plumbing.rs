//! Runs made by plain git, one plumbing command at a time.
//!
//! The point of them is that no line of jci is involved: what jci reads was written by git.

use std::path::Path;

use crate::{Environment, Finished, TestRepo};

/// A run to be made by plain git.
#[derive(Debug, Clone)]
pub struct PlumbedRun {
    id: String,
    status: String,
    log: String,
    files: Vec<(String, Vec<u8>)>,
    trailers: Option<String>,
}

impl PlumbedRun {
    /// Describes a run as jci writes it: `id` is `<unix seconds>-<4 hex>`, `status` what stands in
    /// `status.txt`.
    #[must_use]
    pub fn new(id: &str, status: &str) -> Self {
        Self {
            id: id.to_owned(),
            status: status.to_owned(),
            log: String::new(),
            files: Vec::new(),
            trailers: Some(String::new()),
        }
    }

    /// Sets the content of `run.output.txt`.
    #[must_use]
    pub fn log(mut self, log: &str) -> Self {
        log.clone_into(&mut self.log);
        self
    }

    /// Adds a file; `path` may name folders.
    #[must_use]
    pub fn file(mut self, path: &str, content: impl AsRef<[u8]>) -> Self {
        self.files.push((path.to_owned(), content.as_ref().to_owned()));
        self
    }

    /// Adds a trailer such as `Jci-Duration-Ms` to the message of the commit.
    #[must_use]
    pub fn trailer(mut self, name: &str, value: &str) -> Self {
        let trailers = self.trailers.get_or_insert_default();
        trailers.push_str(&format!("{name}: {value}\n"));
        self
    }

    /// Leaves the trailers away, as the original tool does.
    #[must_use]
    pub fn original(mut self) -> Self {
        self.trailers = None;
        self
    }

    fn message(&self, commit: &str) -> String {
        let Some(trailers) = &self.trailers else {
            return format!("CI results for {commit}\n");
        };
        let Self { id, status, .. } = self;
        format!(
            "jci: {status} {}\n\n\
             Jci-Status: {status}\nJci-Commit: {commit}\nJci-Run: {id}\n{trailers}",
            &commit[..12]
        )
    }
}

impl TestRepo {
    /// Makes a run of `commit` with plain git and returns the name of its ref.
    #[track_caller]
    pub fn plumb_run(&self, commit: &str, run: &PlumbedRun) -> String {
        self.environment.plumb_run(self.path(), commit, run)
    }
}

impl Environment {
    /// Makes a run of `commit` with plain git in the repository at `directory` and returns the name
    /// of its ref.
    ///
    /// # Panics
    /// If git fails, for example because the run is there already.
    #[track_caller]
    pub fn plumb_run(&self, directory: &Path, commit: &str, run: &PlumbedRun) -> String {
        let git = |arguments: &[&str], index: &Path, input: &[u8]| {
            let mut command = self.command("git", directory);
            command.args(arguments).env("GIT_INDEX_FILE", index);
            let finished = Finished::fed(&mut command, input).success();
            finished.stdout().trim_end().to_owned()
        };
        let scratch = tempfile::tempdir_in(self.path("")).expect("a folder can be made");
        let index = scratch.path().join("index");
        let own = [
            ("status.txt", format!("{}\n", run.status).into_bytes()),
            ("run.output.txt", run.log.clone().into_bytes()),
            ("index.html", b"<!DOCTYPE html>\n".to_vec()),
        ];
        let own = own.map(|(path, content)| (path.to_owned(), content));
        for (path, content) in own.iter().chain(&run.files) {
            let blob = git(&["hash-object", "-w", "--stdin"], &index, content);
            let entry = format!("100644,{blob},{path}");
            git(&["update-index", "--add", "--cacheinfo", &entry], &index, b"");
        }
        let tree = git(&["write-tree"], &index, b"");
        let message = run.message(commit);
        let id = git(&["commit-tree", &tree], &index, message.as_bytes());
        let name = format!("refs/jci-runs/{commit}/{}", run.id);
        git(&["update-ref", &name, &id, ""], &index, b"");
        name
    }
}
