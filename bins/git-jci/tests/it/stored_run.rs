//! A stored run, as plain git reads it.

use jci_testkit::TestRepo;

/// A run in a repository; no line of jci is involved in reading it.
pub(crate) struct StoredRun<'a> {
    repo: &'a TestRepo,
    name: String,
}

impl<'a> StoredRun<'a> {
    /// Takes the only run of the repository.
    #[track_caller]
    pub(crate) fn only(repo: &'a TestRepo) -> Self {
        let mut refs = repo.run_refs();
        assert_eq!(refs.len(), 1, "one run is stored, not {refs:?}");
        Self { repo, name: refs.remove(0) }
    }

    /// Takes the run that a ref points to.
    pub(crate) fn at(repo: &'a TestRepo, name: String) -> Self {
        Self { repo, name }
    }

    pub(crate) fn id(&self) -> &str {
        self.name.rsplit('/').next().expect("a ref has parts")
    }

    pub(crate) fn commit(&self) -> &str {
        self.name.rsplit('/').nth(1).expect("a ref of a run has a commit")
    }

    /// Returns the bytes of a file.
    #[track_caller]
    pub(crate) fn bytes(&self, path: &str) -> Vec<u8> {
        let object = format!("{}:{path}", self.name);
        let finished = self.repo.run("git", &["cat-file", "blob", &object]).success();
        finished.stdout_bytes().to_vec()
    }

    #[track_caller]
    pub(crate) fn text(&self, path: &str) -> String {
        String::from_utf8(self.bytes(path)).expect("a text")
    }

    #[track_caller]
    pub(crate) fn log(&self) -> String {
        self.text("run.output.txt")
    }

    #[track_caller]
    pub(crate) fn status(&self) -> String {
        self.text("status.txt").trim_end().to_owned()
    }

    #[track_caller]
    pub(crate) fn record(&self) -> serde_json::Value {
        serde_json::from_slice(&self.bytes("run.json")).expect("run.json is JSON")
    }

    /// Returns one field of `run.json` as JSON text, `null` if it is not there.
    #[track_caller]
    pub(crate) fn field(&self, name: &str) -> String {
        self.record()[name].to_string()
    }

    /// Lists all paths with their modes, quoted as git does.
    #[track_caller]
    pub(crate) fn files(&self) -> Vec<String> {
        let listed =
            self.repo.git(&["ls-tree", "-r", "--format=%(objectmode) %(path)", &self.name]);
        listed.lines().map(ToOwned::to_owned).collect()
    }

    /// Lists the paths that the script left: all but those that jci adds.
    #[track_caller]
    pub(crate) fn artifacts(&self) -> Vec<String> {
        let own = ["index.html", "run.json", "run.output.txt", "run.timing", "status.txt"];
        let paths = self.files().into_iter().map(|line| line[7..].to_owned());
        paths.filter(|path| !own.contains(&path.as_str())).collect()
    }

    /// Replaces what differs from run to run: its id, its commit, and how long it took.
    pub(crate) fn redact(&self, text: &str) -> String {
        let text = text.replace(self.id(), "[run]").replace(self.commit(), "[commit]");
        let text = text.replace(&self.commit()[..12], "[commit]");
        let without_time = |line: &str| match line.split_once(" in ") {
            Some((before, after)) if after.contains(", stored as ") => {
                let rest = after.split_once(",").map_or("", |(_, rest)| rest);
                format!("{before} in [time],{rest}")
            }
            _ => line.to_owned(),
        };
        text.lines().map(|line| without_time(line) + "\n").collect()
    }
}
