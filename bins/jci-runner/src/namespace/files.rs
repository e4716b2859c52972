//! The files of `/etc` that an engine makes for each network namespace. One container could tell
//! another lies in them, so that each has copies of its own.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use jci_runtime::{Mount, MountSource};

use crate::key::Key;

/// The folder with the copies, in that of the runner.
const FOLDER: &str = "etc";
/// In the order in which they are given.
const NAMES: [&str; 3] = ["hosts", "hostname", "resolv.conf"];

/// What the engine wrote.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Files([Vec<u8>; 3]);

impl Files {
    /// Takes hosts, hostname and resolv.conf.
    pub(super) fn new(files: [Vec<u8>; 3]) -> Self {
        Self(files)
    }

    /// Writes the copies of an attempt; returns how its container gets them.
    pub(super) fn write(&self, folder: &Path, key: &Key) -> io::Result<[Mount; 3]> {
        let folder = std::path::absolute(folder_of(folder, key))?;
        fs::create_dir_all(&folder)?;
        let mounts = NAMES.map(|name| Mount {
            source: MountSource::Host(folder.join(name)),
            target: format!("/etc/{name}"),
            read_only: false,
        });
        for (name, bytes) in NAMES.iter().zip(&self.0) {
            let path = folder.join(name);
            fs::write(&path, bytes)?;
            // Whoever the job runs as looks up names.
            fs::set_permissions(&path, Permissions::from_mode(0o644))?;
        }
        Ok(mounts)
    }
}

fn folder_of(folder: &Path, key: &Key) -> PathBuf {
    folder.join(FOLDER).join(key.to_string())
}

/// Removes the copies of an attempt, if there are any.
pub(crate) fn remove(folder: &Path, key: &Key) -> io::Result<()> {
    remove_folder(&folder_of(folder, key))
}

/// Removes a folder with all that is in it. One that is gone already is fine.
pub(super) fn remove_folder(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Removes the copies of attempts that nobody has in hand.
pub(crate) fn sweep(folder: &Path, in_hand: &[Key]) -> io::Result<()> {
    let kept: Vec<PathBuf> = in_hand.iter().map(|key| folder_of(folder, key)).collect();
    let entries = match fs::read_dir(folder.join(FOLDER)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let path = entry?.path();
        if !kept.contains(&path) {
            fs::remove_dir_all(path)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(job: &str) -> Key {
        Key { job: job.to_owned(), attempt: Some(1) }
    }

    #[test]
    fn each_attempt_has_copies_of_its_own_that_go_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::new(["hosts", "name", "servers"].map(Into::into));
        let [hosts, ..] = files.write(folder.path(), &key("a")).unwrap();
        files.write(folder.path(), &key("b")).unwrap();
        files.write(folder.path(), &key("c")).unwrap();
        assert_eq!(hosts.target, "/etc/hosts");
        let MountSource::Host(path) = hosts.source else { panic!("it is a file") };
        assert_eq!(fs::read(&path).unwrap(), b"hosts");
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o644);

        remove(folder.path(), &key("b")).unwrap();
        remove(folder.path(), &key("b")).unwrap();
        sweep(folder.path(), &[key("c")]).unwrap();
        let left: Vec<_> = fs::read_dir(folder.path().join(FOLDER)).unwrap().collect();
        assert_eq!(left.len(), 1);
        assert!(folder_of(folder.path(), &key("c")).is_dir());
    }

    #[test]
    fn nothing_to_sweep_is_fine() {
        let folder = tempfile::tempdir().unwrap();
        sweep(folder.path(), &[]).unwrap();
    }
}
