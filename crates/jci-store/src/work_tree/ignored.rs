//! What a repository has git ignore.

use std::path::Path;
use std::{fs, io};

use gix::bstr::BStr;
use gix_ignore::Search;
use gix_ignore::glob::pattern::Case;
use gix_ignore::search::Ignore;

/// The patterns for one folder: those of the repository, and of the folders on the way to it.
///
/// What only the user has git ignore, by `core.excludesFile`, is not known here.
pub(super) struct Ignored {
    patterns: Search,
    case: Case,
}

/// Where the patterns of a folder end that was left for one in it.
#[derive(Clone, Copy)]
pub(super) struct Outside(usize);

impl Ignored {
    pub(super) fn in_repository(repo: &gix::Repository) -> Option<Self> {
        let settings = Ignore::default();
        let patterns = Search::from_git_dir(repo.common_dir(), None, &mut Vec::new(), settings);
        let folds = repo.config_snapshot().boolean("core.ignoreCase").unwrap_or(false);
        let case = if folds { Case::Fold } else { Case::Sensitive };
        Some(Self { patterns: patterns.ok()?, case })
    }

    /// Goes on to a folder in the one where this is, or to the root. `None` if its patterns cannot
    /// be read.
    pub(super) fn enter(&mut self, root: &Path, folder: &Path) -> Option<Outside> {
        let outside = Outside(self.patterns.patterns.len());
        let file = folder.join(".gitignore");
        match fs::symlink_metadata(&file) {
            // git does not follow links of this name.
            Ok(found) if !found.is_file() => {}
            Ok(_) => {
                let text = fs::read(&file).ok()?;
                self.patterns
                    .add_patterns_buffer(&text, file, Some(root), Ignore::default())
                    .ok()?;
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(_) => return None,
        }
        Some(outside)
    }

    /// Goes back to the folder around.
    pub(super) fn leave(&mut self, outside: Outside) {
        self.patterns.patterns.truncate(outside.0);
    }

    /// Tells whether something in this folder is ignored.
    pub(super) fn holds(&self, path: &BStr, is_folder: bool) -> bool {
        let found = self.patterns.pattern_matching_relative_path(path, Some(is_folder), self.case);
        found.is_some_and(|found| !found.pattern.is_negative())
    }
}
