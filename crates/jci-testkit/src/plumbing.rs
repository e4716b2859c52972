//! Runs made by plain git, one plumbing command at a time.
//!
//! The point of them is that no line of jci is involved: what jci reads was written by git.

use std::path::Path;

use crate::{Environment, Finished, TestRepo};

const FILE: &str = "100644";
const EXECUTABLE: &str = "100755";
const SYMLINK: &str = "120000";
const FOLDER: &str = "040000";

/// A run to be made by plain git.
#[derive(Debug, Clone)]
pub struct PlumbedRun {
    id: String,
    status: String,
    log: Vec<u8>,
    files: Vec<(Vec<u8>, Blob)>,
    trailers: Option<String>,
    record: Option<Facts>,
}

/// What jci knows of a run, and says in the trailers of its commit and in `run.json`.
#[derive(Debug, Clone, Copy)]
pub struct Facts {
    /// When the run began; its id should name the same second.
    pub started: &'static str,
    /// How long it took.
    pub duration_ms: u64,
    /// The exit code of the script, if it exited.
    pub exit_code: Option<i32>,
    /// The branch, if one was checked out.
    pub branch: Option<&'static str>,
    /// The reason, if there is one.
    pub reason: Option<&'static str>,
}

#[derive(Debug, Clone)]
struct Blob {
    mode: &'static str,
    content: Vec<u8>,
}

#[derive(Debug)]
enum Node {
    Blob(Blob),
    Folder(Vec<(Vec<u8>, Node)>),
}

impl PlumbedRun {
    /// Describes a run as jci writes it: `id` is `<unix seconds>-<4 hex>`, `status` what stands in
    /// `status.txt`.
    #[must_use]
    pub fn new(id: &str, status: &str) -> Self {
        Self {
            id: id.to_owned(),
            status: status.to_owned(),
            log: Vec::new(),
            files: Vec::new(),
            trailers: Some(String::new()),
            record: None,
        }
    }

    /// Sets the content of `run.output.txt`.
    #[must_use]
    pub fn log(mut self, log: impl AsRef<[u8]>) -> Self {
        self.log = log.as_ref().to_owned();
        self
    }

    /// Adds a file; `path` may name folders, whatever their names.
    #[must_use]
    pub fn file(self, path: impl AsRef<[u8]>, content: impl AsRef<[u8]>) -> Self {
        self.blob(path.as_ref(), FILE, content.as_ref())
    }

    /// Adds a file that can be run.
    #[must_use]
    pub fn executable(self, path: impl AsRef<[u8]>, content: impl AsRef<[u8]>) -> Self {
        self.blob(path.as_ref(), EXECUTABLE, content.as_ref())
    }

    /// Adds a symlink.
    #[must_use]
    pub fn symlink(self, path: impl AsRef<[u8]>, target: impl AsRef<[u8]>) -> Self {
        self.blob(path.as_ref(), SYMLINK, target.as_ref())
    }

    fn blob(mut self, path: &[u8], mode: &'static str, content: &[u8]) -> Self {
        self.files.push((path.to_owned(), Blob { mode, content: content.to_owned() }));
        self
    }

    /// Adds all the trailers of jci, and `run.json`.
    #[must_use]
    pub fn facts(mut self, facts: Facts) -> Self {
        self.record = Some(facts);
        let number = |value: Option<i32>| value.map(|value| value.to_string());
        for (name, value) in [
            ("Jci-Reason", facts.reason.map(ToOwned::to_owned)),
            ("Jci-Branch", facts.branch.map(ToOwned::to_owned)),
            ("Jci-Exit-Code", number(facts.exit_code)),
            ("Jci-Started", Some(facts.started.to_owned())),
            ("Jci-Duration-Ms", Some(facts.duration_ms.to_string())),
        ] {
            if let Some(value) = value {
                self = self.trailer(name, &value);
            }
        }
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

    fn run_json(&self, commit: &str, facts: &Facts) -> String {
        let text = |value: Option<&str>| value.map_or("null".to_owned(), |it| format!("{it:?}"));
        let code = facts.exit_code.map_or("null".to_owned(), |code| code.to_string());
        let (branch, reason) = (text(facts.branch), text(facts.reason));
        let Self { id, status, .. } = self;
        let Facts { started, duration_ms, .. } = facts;
        format!(
            r#"{{
  "schema": "jci.run/1", "run": "{id}", "commit": "{commit}", "branch": {branch},
  "dirty": false, "status": "{status}", "reason": {reason}, "exit_code": {code},
  "started": "{started}", "duration_ms": {duration_ms}, "trigger": "manual",
  "host": {{ "os": "linux", "arch": "x86_64" }},
  "tool": {{ "name": "git-jci", "version": "0.1.0" }}
}}
"#
        )
    }

    fn tree(&self, commit: &str) -> Vec<(Vec<u8>, Node)> {
        let own = |content: &[u8]| Blob { mode: FILE, content: content.to_owned() };
        let mut root = Vec::new();
        insert(&mut root, b"status.txt", own(format!("{}\n", self.status).as_bytes()));
        insert(&mut root, b"run.output.txt", own(&self.log));
        insert(&mut root, b"index.html", own(b"<!DOCTYPE html>\n"));
        if let Some(facts) = &self.record {
            insert(&mut root, b"run.json", own(self.run_json(commit, facts).as_bytes()));
        }
        for (path, blob) in &self.files {
            insert(&mut root, path, blob.clone());
        }
        root
    }
}

/// Puts a file into its folder, which is made if need be, in the place of one of its name.
///
/// A folder and a symlink may have one name, as only a hostile run has it.
fn insert(nodes: &mut Vec<(Vec<u8>, Node)>, path: &[u8], blob: Blob) {
    let slash = path.iter().position(|byte| *byte == b'/');
    let (name, rest) = slash.map_or((path, None), |at| (&path[..at], Some(&path[at + 1..])));
    for (known, node) in nodes.iter_mut() {
        match (node, rest) {
            (Node::Folder(inner), Some(rest)) if known == name => return insert(inner, rest, blob),
            (Node::Blob(old), None) if known == name => {
                *old = blob;
                return;
            }
            _ => {}
        }
    }
    let node = rest.map_or(Node::Blob(blob.clone()), |rest| {
        let mut inner = Vec::new();
        insert(&mut inner, rest, blob);
        Node::Folder(inner)
    });
    nodes.push((name.to_owned(), node));
}

/// Runs git in a folder with some input.
type Git<'a> = dyn Fn(&[&str], &[u8]) -> String + 'a;

fn write_tree(git: &Git<'_>, nodes: &[(Vec<u8>, Node)]) -> String {
    let mut lines = Vec::new();
    for (name, node) in nodes {
        let entry = match node {
            Node::Blob(Blob { mode, content }) => {
                format!("{mode} blob {}\t", git(&["hash-object", "-w", "--stdin"], content))
            }
            Node::Folder(inner) => format!("{FOLDER} tree {}\t", write_tree(git, inner)),
        };
        lines.extend_from_slice(entry.as_bytes());
        lines.extend_from_slice(name);
        lines.push(0);
    }
    git(&["mktree", "-z"], &lines)
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
        let git = |arguments: &[&str], input: &[u8]| {
            let mut command = self.command("git", directory);
            let finished = Finished::fed(command.args(arguments), input).success();
            finished.stdout().trim_end().to_owned()
        };
        let tree = write_tree(&git, &run.tree(commit));
        let id = git(&["commit-tree", &tree], run.message(commit).as_bytes());
        let name = format!("refs/jci-runs/{commit}/{}", run.id);
        git(&["update-ref", &name, &id, ""], b"");
        name
    }
}
