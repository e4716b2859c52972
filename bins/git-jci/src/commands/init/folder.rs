//! Looking at the files of one folder.

use std::path::{Path, PathBuf};

/// A folder of the work tree that may hold a project.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
}

impl Folder {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// Tells whether there is a file or folder of this name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.path.join(name).exists()
    }

    /// Returns the first of these names that exists.
    pub(super) fn first_of(&self, names: &[&'static str]) -> Option<&'static str> {
        names.iter().copied().find(|name| self.has(name))
    }

    /// Reads a file; one that is missing or cannot be read holds nothing to go by.
    pub(super) fn text(&self, name: &str) -> String {
        let bytes = std::fs::read(self.path.join(name)).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Tells whether any of these files contains a text.
    pub(super) fn any_contains(&self, names: &[&str], text: &str) -> bool {
        names.iter().any(|name| self.text(name).contains(text))
    }

    /// Tells whether what runs elsewhere for this project, forge or Makefile, contains a text.
    pub(super) fn ci_contains(&self, text: &str) -> bool {
        const FILES: [&str; 6] =
            ["Makefile", "justfile", ".gitlab-ci.yml", ".travis.yml", ".woodpecker.yml", ".ci/run"];
        const FOLDERS: [&str; 3] = [".github/workflows", ".gitea/workflows", ".forgejo/workflows"];
        self.any_contains(&FILES, text)
            || FOLDERS.iter().any(|folder| {
                let below = Self::new(self.path.join(folder));
                below.names().iter().any(|name| below.text(name).contains(text))
            })
    }

    /// Lists the names in the folder, sorted; names that are not UTF-8 are left out.
    pub(super) fn names(&self) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(&self.path) else { return Vec::new() };
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let mut names: Vec<_> = names.collect();
        names.sort();
        names
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}
