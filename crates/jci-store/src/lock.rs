//! The lock between storing runs and deleting what nothing refers to.
//!
//! Between writing the objects of a run and the ref that leads to them, nothing refers to them: a
//! `git gc --prune=now` at that moment would delete them. Who stores holds the lock together with
//! others who do; who deletes holds it alone.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::Stdio;

use crate::Store;
use crate::durable::PathError;

/// Held as long as it lives.
#[must_use = "the lock is let go when this is dropped"]
#[derive(Debug)]
pub struct ObjectsLock {
    file: File,
    path: PathBuf,
}

impl ObjectsLock {
    /// Makes the lock the standard input of another program, which then holds it, too, until it
    /// ends.
    ///
    /// For a git that writes or deletes objects in our name: should this process be killed, the
    /// lock stays as long as that git works. There is nothing to be read from it.
    pub fn as_stdin(&self) -> Result<Stdio, PathError> {
        let copy = self.file.try_clone();
        copy.map(Stdio::from).map_err(PathError::of("share the lock", &self.path))
    }
}

impl Store {
    /// Waits until nobody deletes objects, and keeps it so.
    ///
    /// For whoever writes objects that no ref leads to yet, such as a fetch of runs.
    pub fn lock_for_writing(&self) -> Result<ObjectsLock, PathError> {
        self.lock(File::lock_shared)
    }

    /// Waits until nobody writes objects, and keeps it so.
    ///
    /// For whoever is about to delete all objects that no ref leads to.
    pub fn lock_for_deleting(&self) -> Result<ObjectsLock, PathError> {
        self.lock(File::lock)
    }

    fn lock(&self, lock: fn(&File) -> std::io::Result<()>) -> Result<ObjectsLock, PathError> {
        let folder = self.state_dir();
        fs::create_dir_all(&folder).map_err(PathError::of("create", &folder))?;
        let path = folder.join("objects.lock");
        let file = File::options().create(true).append(true).open(&path);
        let file = file.map_err(PathError::of("open", &path))?;
        lock(&file).map_err(PathError::of("lock", &path))?;
        Ok(ObjectsLock { file, path })
    }
}
