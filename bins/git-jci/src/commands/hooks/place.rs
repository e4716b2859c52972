//! Where git looks for hooks, and the files there.

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use jci_store::Store;

use super::Hook;
use super::block::{self, State};
use crate::error::CommandError;
use crate::git;

/// Returns the folder that git takes hooks from, `core.hooksPath` included.
pub(super) fn folder(root: &Path) -> Result<PathBuf, CommandError> {
    let printed = git::output(root, &["rev-parse", "--git-path", "hooks"])?;
    let folder = root.join(OsString::from_vec(printed));
    if folder.exists() && !folder.is_dir() {
        return Err(CommandError::not_possible(format!(
            "hooks are switched off here: core.hooksPath is {}, which is no folder",
            folder.display()
        ))
        .hint("type `git config --show-origin core.hooksPath` to see who set it"));
    }
    Ok(folder)
}

/// Says whom else a hook in this folder reaches, if `core.hooksPath` put it in an unusual place.
pub(super) fn reach(store: &Store, root: &Path, folder: &Path) -> Option<String> {
    store.config("core.hooksPath")?;
    let folder = folder.canonicalize().ok()?;
    let inside = |place: &Path| place.canonicalize().is_ok_and(|place| folder.starts_with(place));
    if inside(&store.common_dir()) {
        None
    } else if inside(root) {
        Some(
            "core.hooksPath lies in the work tree: commit the hook if others should have it".into(),
        )
    } else {
        Some("core.hooksPath is shared: the hook works in every repository that uses it".into())
    }
}

/// The file of one hook as it was found.
#[derive(Debug)]
pub(super) struct HookFile {
    pub(super) hook: Hook,
    /// Where the bytes are; a symlink in the folder of hooks has been followed.
    pub(super) path: PathBuf,
    pub(super) content: Vec<u8>,
    pub(super) exists: bool,
    pub(super) executable: bool,
    mode: u32,
}

impl HookFile {
    pub(super) fn read(folder: &Path, hook: Hook) -> Result<Self, CommandError> {
        let path = folder.join(hook.name());
        let new = Self {
            hook,
            path: path.clone(),
            content: Vec::new(),
            exists: false,
            executable: true,
            mode: 0o755,
        };
        let failed = |error| {
            CommandError::failed(format!("failed to read {}", path.display())).because(error)
        };
        match std::fs::symlink_metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(new),
            other => other.map_err(failed)?,
        };
        let path = path.canonicalize().map_err(failed)?;
        let content = std::fs::read(&path).map_err(failed)?;
        let mode = std::fs::metadata(&path).map_err(failed)?.permissions().mode();
        Ok(Self { path, content, exists: true, executable: mode & 0o111 != 0, mode, ..new })
    }

    pub(super) fn state(&self) -> State {
        block::state(&self.content, self.hook)
    }

    /// Checks that git would run the file and that a shell would read it.
    pub(super) fn check_runnable(&self) -> Result<(), CommandError> {
        let path = self.path.display();
        let name = self.hook.name();
        if let Some(found) = block::foreign_interpreter(&self.content) {
            return Err(CommandError::not_possible(format!(
                "{path} is a hook in another language than shell: {found}"
            ))
            .hint(format!("start this from it: JCI_TRIGGER={name} git jci run")));
        }
        if !self.executable {
            return Err(CommandError::not_possible(format!(
                "{path} is not executable, so git ignores it"
            ))
            .hint("make it executable with `chmod +x` if what it does is wanted, else delete it"));
        }
        Ok(())
    }

    /// Replaces the file as a whole, so that no git ever sees half of it; keeps its mode.
    pub(super) fn write(&self, content: &[u8]) -> Result<(), CommandError> {
        let folder = self.path.parent().unwrap_or(Path::new("/"));
        self.replace(folder, content).map_err(|error| {
            CommandError::failed(format!("failed to write {}", self.path.display()))
                .because(error)
                .hint(format!("see that you may write to {}", folder.display()))
        })
    }

    fn replace(&self, folder: &Path, content: &[u8]) -> io::Result<()> {
        std::fs::create_dir_all(folder)?;
        let mut file = tempfile::Builder::new().prefix(".jci-hook-").tempfile_in(folder)?;
        file.write_all(content)?;
        file.as_file().set_permissions(std::fs::Permissions::from_mode(self.mode))?;
        file.as_file().sync_all()?;
        file.persist(&self.path)?;
        Ok(())
    }

    pub(super) fn delete(&self) -> Result<(), CommandError> {
        std::fs::remove_file(&self.path).map_err(|error| {
            CommandError::failed(format!("failed to delete {}", self.path.display())).because(error)
        })
    }
}
