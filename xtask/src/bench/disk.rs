//! What a folder costs on disk.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::files::{At, FileError};

/// The space and the inodes that a folder and all that is in it take.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Footprint {
    /// Bytes that the file system has set aside, not the sizes of the files.
    pub(super) bytes: u64,
    /// Files and folders.
    pub(super) inodes: u64,
}

impl Footprint {
    /// Looks at a folder, all of it.
    pub(super) fn of(folder: &Path) -> Result<Self, FileError> {
        let mut footprint = Self::default();
        footprint.add(folder).at("measure", folder)?;
        Ok(footprint)
    }

    /// Tells what came since an earlier look; what went away counts as nothing.
    pub(super) fn since(self, before: Self) -> Self {
        Self {
            bytes: self.bytes.saturating_sub(before.bytes),
            inodes: self.inodes.saturating_sub(before.inodes),
        }
    }

    fn add(&mut self, path: &Path) -> io::Result<()> {
        const BLOCK: u64 = 512;
        let data = fs::symlink_metadata(path)?;
        self.bytes += data.blocks() * BLOCK;
        self.inodes += 1;
        if data.is_dir() {
            for entry in fs::read_dir(path)? {
                self.add(&entry?.path())?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_folders_count_and_so_do_their_blocks() {
        let world = jci_testkit::Environment::new();
        let folder = world.path("measured");
        fs::create_dir_all(folder.join("deep")).unwrap();
        let before = Footprint::of(&folder).unwrap();
        fs::write(folder.join("deep/file"), vec![1; 100_000]).unwrap();
        fs::write(folder.join("other"), "x").unwrap();
        // Some file systems set space aside only when they have to write.
        fs::File::open(folder.join("deep/file")).unwrap().sync_all().unwrap();
        let added = Footprint::of(&folder).unwrap().since(before);
        assert_eq!(added.inodes, 2);
        assert!((100_000..300_000).contains(&added.bytes), "{added:?}");
    }
}
