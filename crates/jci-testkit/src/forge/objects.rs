//! What git says of a bare repository.

use std::path::Path;

use crate::forge::world::World;
use crate::{Environment, Finished};

/// A bare repository as a place to read from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Objects<'a> {
    environment: &'a Environment,
    path: &'a Path,
}

/// What git says of a commit.
#[derive(Clone, Debug)]
pub(super) struct Commit {
    pub(super) id: String,
    pub(super) tree: String,
    pub(super) parents: Vec<String>,
    pub(super) author: Person,
    pub(super) committer: Person,
    pub(super) message: String,
}

/// Who made a commit, and when.
#[derive(Clone, Debug)]
pub(super) struct Person {
    pub(super) name: String,
    pub(super) email: String,
    pub(super) date: String,
}

/// An entry of a tree.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) mode: String,
    pub(super) kind: String,
    pub(super) id: String,
    pub(super) size: u64,
    pub(super) path: String,
}

/// A ref and where it leads.
#[derive(Clone, Debug)]
pub(super) struct Ref {
    pub(super) name: String,
    pub(super) id: String,
    /// What it leads to: for an annotated tag `tag`.
    pub(super) kind: String,
}

/// Tells whether a text looks like the full id of an object.
pub(super) fn is_full_id(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Tells whether an id is the one of nothing.
pub(super) fn is_zero(id: &str) -> bool {
    id.bytes().all(|byte| byte == b'0')
}

impl<'a> Objects<'a> {
    pub(super) fn new(world: &'a World, path: &'a Path) -> Self {
        Self { environment: &world.environment, path }
    }

    fn finished(self, arguments: &[&str]) -> Option<Finished> {
        let finished = self.environment.run("git", arguments, self.path);
        (finished.code() == Some(0)).then_some(finished)
    }

    /// Runs git; a failure is an answer too, and it is nothing.
    pub(super) fn bytes(self, arguments: &[&str]) -> Option<Vec<u8>> {
        self.finished(arguments).map(|finished| finished.stdout_bytes().to_owned())
    }

    fn text(self, arguments: &[&str]) -> Option<String> {
        self.finished(arguments).map(|finished| finished.stdout().trim_end().to_owned())
    }

    /// Finds the object that a name leads to, made into what `kind` says: `commit`, `tree`.
    pub(super) fn resolve(self, name: &str, kind: &str) -> Option<String> {
        let name = format!("{name}^{{{kind}}}");
        self.text(&["rev-parse", "--quiet", "--verify", "--end-of-options", &name])
    }

    /// Returns the kind and the size of an object.
    pub(super) fn describe(self, id: &str) -> Option<(String, u64)> {
        let kind = self.text(&["cat-file", "-t", id])?;
        let size = self.text(&["cat-file", "-s", id])?.parse().ok()?;
        Some((kind, size))
    }

    pub(super) fn commit(self, id: &str) -> Option<Commit> {
        let format = "--format=%H%x00%T%x00%P%x00%an%x00%ae%x00%aI%x00%cn%x00%ce%x00%cI%x00%B";
        let shown = self.text(&["show", "--no-patch", format, "--end-of-options", id])?;
        let mut fields = shown.splitn(10, '\0').map(str::to_owned);
        let mut field = || fields.next().unwrap_or_default();
        let (id, tree, parents) = (field(), field(), field());
        let mut person = || Person { name: field(), email: field(), date: field() };
        let (author, committer) = (person(), person());
        let parents = parents.split_whitespace().map(str::to_owned).collect();
        // The message ends with one line feed, as git itself lets it.
        let message = format!("{}\n", field());
        Some(Commit { id, tree, parents, author, committer, message })
    }

    /// Lists what a commit changed against its first parent: `A`, `M`, `D` and so on, and a path.
    pub(super) fn changes(self, id: &str) -> Vec<(char, String)> {
        let arguments = ["diff-tree", "--root", "--no-commit-id", "--name-status", "-r", "-z"];
        let listed = self.bytes(&[&arguments[..], &["-m", "--first-parent", id]].concat());
        let listed = listed.unwrap_or_default();
        let mut fields = listed.split(|byte| *byte == 0).map(String::from_utf8_lossy);
        let mut changes = Vec::new();
        while let (Some(status), Some(path)) = (fields.next(), fields.next()) {
            changes.extend(status.chars().next().map(|status| (status, path.into_owned())));
        }
        changes
    }

    /// Counts the lines that a commit added and removed against its first parent.
    pub(super) fn line_counts(self, id: &str) -> (u64, u64) {
        let arguments = ["diff-tree", "--root", "--no-commit-id", "--numstat", "-r"];
        let listed = self.text(&[&arguments[..], &["-m", "--first-parent", id]].concat());
        let mut counts = (0, 0);
        for line in listed.unwrap_or_default().lines() {
            let mut fields = line.split('\t').map(|field| field.parse::<u64>().unwrap_or(0));
            counts.0 += fields.next().unwrap_or(0);
            counts.1 += fields.next().unwrap_or(0);
        }
        counts
    }

    /// Lists the commits of a range, newest first.
    pub(super) fn range(self, range: &[&str]) -> Vec<String> {
        let listed = self.text(&[&["rev-list", "--topo-order"], range].concat());
        listed.unwrap_or_default().lines().map(str::to_owned).collect()
    }

    pub(super) fn tree(self, id: &str, recursive: bool) -> Option<Vec<Entry>> {
        let mut arguments = vec!["ls-tree", "-z", "--long"];
        if recursive {
            arguments.extend(["-r", "-t"]);
        }
        arguments.push(id);
        let listed = self.bytes(&arguments)?;
        let lines = listed.split(|byte| *byte == 0).map(String::from_utf8_lossy);
        Some(lines.filter_map(|line| entry(&line)).collect())
    }

    pub(super) fn refs(self) -> Vec<Ref> {
        let format = "--format=%(refname) %(objectname) %(objecttype)";
        let listed = self.text(&["for-each-ref", format]).unwrap_or_default();
        let refs = listed.lines().filter_map(|line| {
            let mut words = line.split(' ').map(str::to_owned);
            Some(Ref { name: words.next()?, id: words.next()?, kind: words.next()? })
        });
        refs.collect()
    }

    /// Tells whether nobody ever pushed a branch.
    pub(super) fn is_empty(self) -> bool {
        self.text(&["for-each-ref", "--count=1", "refs/heads/"]).is_none_or(|text| text.is_empty())
    }
}

/// Reads a line such as `100644 blob <id> <size>`, a tab, and the path.
fn entry(line: &str) -> Option<Entry> {
    let (facts, path) = line.split_once('\t')?;
    let mut words = facts.split_whitespace().map(str::to_owned);
    let (mode, kind, id) = (words.next()?, words.next()?, words.next()?);
    // A folder and a submodule have `-` for a size.
    let size = words.next()?.parse().unwrap_or(0);
    Some(Entry { mode, kind, id, size, path: path.to_owned() })
}
