//! What kinds of projects a work tree holds.

use std::fmt;
use std::path::Path;

use super::folder::Folder;
use super::{go, make, node, python, rust};

/// A project that was found, and the lines of shell that test it.
#[derive(Debug)]
pub(super) struct Found {
    /// The language or tool, as people call it.
    pub(super) name: &'static str,
    /// What gave it away.
    pub(super) evidence: String,
    /// The folder that it is in, below the root; empty for the root itself.
    pub(super) folder: String,
    pub(super) lines: Vec<String>,
    /// Whether any of the lines can fail because the project is not good.
    pub(super) tests: bool,
}

impl Found {
    pub(super) fn new(name: &'static str, evidence: impl Into<String>) -> Self {
        Self {
            name,
            evidence: evidence.into(),
            folder: String::new(),
            lines: Vec::new(),
            tests: false,
        }
    }

    /// Adds a line that prepares for tests or explains.
    pub(super) fn line(&mut self, line: impl Into<String>) {
        self.lines.push(line.into());
    }

    /// Adds a line that tests.
    pub(super) fn test(&mut self, line: impl Into<String>) {
        self.line(line);
        self.tests = true;
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.name)?;
        if !self.folder.is_empty() {
            write!(f, " in {}", self.folder)?;
        }
        write!(f, ": {}", self.evidence)
    }
}

/// In the order in which the script tests them.
const LANGUAGES: [fn(&Folder) -> Option<Found>; 4] =
    [rust::find, go::find, python::find, node::find];

/// Folders that hold projects which are not what the repository is about.
const ASIDE: [&str; 13] = [
    "build",
    "dist",
    "doc",
    "docs",
    "example",
    "examples",
    "fixtures",
    "node_modules",
    "target",
    "test",
    "tests",
    "third_party",
    "vendor",
];

/// Looks at the root, and one folder below for kinds that the root has not.
pub(super) fn survey(root: &Path) -> Vec<Found> {
    let root = Folder::new(root.to_owned());
    let mut all = Vec::new();
    for find in LANGUAGES {
        match find(&root) {
            Some(found) => all.push(found),
            None => all.extend(below(&root, find)),
        }
    }
    match make::find(&root) {
        Some(found) if all.iter().any(|other| other.folder.is_empty()) => {
            all.push(commented_out(found));
        }
        Some(found) => all.push(found),
        // A Makefile below a language's folder helps it more often than it tests.
        None if all.is_empty() => all.extend(below(&root, make::find)),
        None => {}
    }
    all
}

fn below(root: &Folder, find: fn(&Folder) -> Option<Found>) -> Vec<Found> {
    let names = root.names().into_iter().filter(|name| {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        // Names that a shell would have to quote are too rare to be worth it.
        name.chars().all(plain) && !name.starts_with(['.', '-']) && !ASIDE.contains(&&name[..])
    });
    names
        .filter_map(|name| {
            let found = find(&Folder::new(root.path().join(&name)))?;
            found.tests.then_some(Found { folder: name, ..found })
        })
        .collect()
}

/// A Makefile beside a language mostly calls that language's tool: both would test twice.
fn commented_out(mut found: Found) -> Found {
    for line in &mut found.lines {
        *line = format!("# {line}  # instead of the above, if it does more");
    }
    found.tests = false;
    found
}
