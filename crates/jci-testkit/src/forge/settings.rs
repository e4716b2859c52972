//! What a test decides of the forge and of its repositories.

use crate::Formats;

/// Which forge is stood in for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flavour {
    /// Gitea 1.27.
    Gitea,
    /// Forgejo 15.
    Forgejo,
}

impl Flavour {
    /// Returns the version as the forge says it.
    #[must_use]
    pub fn version(self) -> &'static str {
        match self {
            Self::Gitea => "1.27.0",
            Self::Forgejo => "15.0.3+gitea-1.22.0",
        }
    }
}

/// What a new repository is like.
#[derive(Clone, Copy, Debug)]
#[must_use = "settings do nothing until a repository is made with them"]
pub struct RepoSettings {
    pub(super) public: bool,
    pub(super) formats: Formats,
    pub(super) default_branch: &'static str,
}

impl RepoSettings {
    /// Describes a private SHA-1 repository whose default branch is `main`.
    pub fn new() -> Self {
        Self { public: false, formats: Formats::Git2, default_branch: "main" }
    }

    /// Lets everybody read the repository.
    pub fn public(self) -> Self {
        Self { public: true, ..self }
    }

    /// Sets how objects and refs are kept.
    pub fn formats(self, formats: Formats) -> Self {
        Self { formats, ..self }
    }

    /// Sets the default branch.
    pub fn default_branch(self, default_branch: &'static str) -> Self {
        Self { default_branch, ..self }
    }
}

impl Default for RepoSettings {
    fn default() -> Self {
        Self::new()
    }
}
