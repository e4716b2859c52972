//! Which paths of a run may be written below a folder.
//!
//! A run comes from anywhere: what made it need not have been jci, and git looks at the names in
//! it only where it checks a work tree out.

use std::collections::HashSet;

use gix::bstr::ByteSlice as _;
use gix::validate::path::{component, component::Error};

use super::{FileKind, RunFile};

impl RunFile {
    /// Checks that the path, written below a folder, stays inside it and is nothing that git
    /// would take for its own there.
    ///
    /// It says nothing about what is in that folder already: a symlink there is still a way out.
    pub fn check_path(&self) -> Result<(), UnsafePath> {
        // Names that only Windows finds odd are ordinary names elsewhere.
        let options =
            component::Options { protect_windows: false, protect_hfs: true, protect_ntfs: true };
        let mut parts = self.path.split_str("/").peekable();
        while let Some(part) = parts.next() {
            let is_link = parts.peek().is_none() && self.kind == FileKind::Symlink;
            let mode = is_link.then_some(component::Mode::Symlink);
            let why = match component(part.as_bstr(), mode, options) {
                Ok(_) if part.contains(&0) => "a name has a zero byte",
                Ok(_) => continue,
                Err(Error::Empty) => "a name is empty",
                Err(Error::Relative) => "it leads to another folder",
                Err(Error::DotGitDir) => "git would take it for a repository",
                Err(Error::SymlinkedGitModules) => "git would take it for settings",
                Err(_) => "it is no name of a file",
            };
            return Err(UnsafePath { path: self.display_path(), why });
        }
        Ok(())
    }
}

impl RunFile {
    /// Checks that files can all lie below one folder: each path as [`RunFile::check_path`] does,
    /// and that none is there twice, or as a folder and a file.
    pub fn check_paths(files: &[Self]) -> Result<(), UnsafePath> {
        let mut seen = HashSet::new();
        for file in files {
            file.check_path()?;
            if !seen.insert(file.path.as_slice()) {
                let why = "there are two of it";
                return Err(UnsafePath { path: file.display_path(), why });
            }
        }
        for file in files {
            let slashes = file.path.iter().enumerate().filter(|(_, byte)| **byte == b'/');
            for (at, _) in slashes {
                if seen.contains(&file.path[..at]) {
                    let path = String::from_utf8_lossy(&file.path[..at]).into_owned();
                    return Err(UnsafePath { path, why: "it is both a folder and a file" });
                }
            }
        }
        Ok(())
    }
}

/// A path of a run that must not be written to a file system.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the path {path:?} is not safe to write: {why}")]
pub struct UnsafePath {
    /// The path; bytes that are not UTF-8 are shown as marks.
    pub path: String,
    /// What is wrong with it.
    pub why: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, kind: FileKind) -> Result<(), &'static str> {
        let object = gix::hash::Kind::Sha1.null();
        let file = RunFile { path: path.into(), kind, object };
        file.check_path().map_err(|error| error.why)
    }

    #[test]
    fn ordinary_names_pass_however_odd() {
        for path in ["a", "a/b c", "-x", "C:\\windows", "con", "...", "a\nb", "x.git", ".gitignore"]
        {
            assert_eq!(check(path, FileKind::Regular), Ok(()), "{path:?}");
        }
        assert_eq!(check(".gitmodules/x", FileKind::Symlink), Ok(()));
    }

    #[test]
    fn ways_out_and_names_of_git_do_not() {
        let reject = |path: &str| check(path, FileKind::Regular).unwrap_err();
        for path in ["..", "a/../b", ".", "./a"] {
            assert_eq!(reject(path), "it leads to another folder", "{path:?}");
        }
        for path in ["", "/etc/passwd", "a//b", "a/"] {
            assert_eq!(reject(path), "a name is empty", "{path:?}");
        }
        for path in [".git", ".GIT/config", "a/.git/hooks/x", "git~1/x", ".git\u{200c}/x"] {
            assert_eq!(reject(path), "git would take it for a repository", "{path:?}");
        }
        assert_eq!(reject("a\0b"), "a name has a zero byte");
        let why = "git would take it for settings";
        assert_eq!(check("a/.gitmodules", FileKind::Symlink), Err(why));
    }
}
