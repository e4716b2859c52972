//! The files of a commit.

use serde::Deserialize;

use super::RepoHandle;
use crate::client::error::{Failure, RequestError};
use crate::client::pages::{More, Pages, ReadPage};
use crate::client::transport::{Answer, Call};
use crate::ids::{ForgeKind, ObjectId};

/// Lists the files of a commit.
#[derive(Debug)]
#[must_use = "nothing is asked until it is sent"]
pub struct ListTree<'a> {
    pub(super) repository: &'a RepoHandle,
    pub(super) commit: &'a ObjectId,
    pub(super) recursive: bool,
}

/// What an entry of a tree is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EntryKind {
    /// A file or a symbolic link.
    Blob,
    /// A folder.
    Tree,
    /// A submodule.
    Commit,
}

/// An entry of a tree.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct TreeEntry {
    /// Its path from the root of the commit.
    pub path: String,
    /// Its object.
    #[serde(alias = "id")]
    pub sha: ObjectId,
    /// What it is.
    #[serde(rename = "type")]
    pub kind: EntryKind,
    /// Its mode in git's octal digits.
    pub mode: String,
    /// Its size in bytes, if it is a file and the forge says it.
    pub size: Option<u64>,
}

#[derive(Deserialize)]
struct WireTree {
    // Gitea says null past the end.
    tree: Option<Vec<TreeEntry>>,
    #[serde(default)]
    truncated: bool,
}

impl ListTree<'_> {
    /// Lists what is in folders too.
    pub fn recursive(mut self) -> Self {
        self.recursive = true;
        self
    }

    /// Prepares the pages.
    ///
    /// GitHub sends all at once and leaves out what is too much, which is an error here.
    pub fn pages(self) -> Pages<TreeEntry> {
        let commit = self.commit.as_str();
        let recursive = self.recursive.then_some(("recursive", "true"));
        let query = |own: &[(&'static str, &'static str)]| {
            own.iter().copied().chain(recursive).collect::<Vec<_>>()
        };
        let trees = ["git", "trees", commit];
        let (call, read): (Call, ReadPage<TreeEntry>) = match self.repository.forge() {
            ForgeKind::Gitea | ForgeKind::Forgejo => {
                (self.repository.call(&trees, &query(&[("per_page", "1000")])), read_gitea)
            }
            ForgeKind::GitHub => (self.repository.call(&trees, &query(&[])), read_github),
            ForgeKind::GitLab => {
                let mut call =
                    self.repository.call(&["repository", "tree"], &query(&[("per_page", "100")]));
                call.url.query_pairs_mut().append_pair("ref", commit);
                (call, |call, answer| Ok((answer.json(call)?, More::AsLinked)))
            }
        };
        Pages::new(self.repository.transport.clone(), call, read)
    }
}

fn read_gitea(call: &Call, answer: &Answer) -> Result<(Vec<TreeEntry>, More), RequestError> {
    let wire: WireTree = answer.json(call)?;
    Ok((wire.tree.unwrap_or_default(), More::Known(wire.truncated)))
}

fn read_github(call: &Call, answer: &Answer) -> Result<(Vec<TreeEntry>, More), RequestError> {
    let wire: WireTree = answer.json(call)?;
    if wire.truncated {
        let reason = "the tree is too large for one answer and was cut".to_owned();
        return Err(call.failed(Failure::Unusable { reason }));
    }
    Ok((wire.tree.unwrap_or_default(), More::Known(false)))
}
