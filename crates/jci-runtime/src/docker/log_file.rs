//! Logs that go to files of this machine, past the engine.
//!
//! The engine takes what a container writes apart into lines, makes JSON of each, and puts them
//! together again for who reads: some ten megabytes a second, bytes that are no text replaced,
//! stdout and stderr in no certain order. A file has none of that, and is there also while the
//! engine is not.

use std::collections::BTreeSet;
use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::DockerEngine;
use super::observe;
use crate::tail;
use crate::{Container, ContainerId, ContainerSpec, LogStream, Mount, MountSource, RuntimeError};

/// The label with the name of the file.
const LABEL: &str = "jci-log-file";

/// Where a container sees it.
const INSIDE: &str = "/.jci-log";

/// The folder with the files.
#[derive(Debug)]
pub(super) struct LogFolder {
    path: PathBuf,
    coming: Arc<Coming>,
}

/// Names of files whose containers are being made.
#[derive(Debug, Default)]
struct Coming(Mutex<BTreeSet<String>>);

impl Coming {
    fn names(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl LogFolder {
    /// Opens a folder that only its owner looks into. Those who write to the files may be anybody.
    pub(super) fn open(path: &Path) -> Result<Self, RuntimeError> {
        let made = fs::create_dir_all(path)
            .and_then(|()| fs::set_permissions(path, Permissions::from_mode(0o700)))
            // The engine takes absolute paths only.
            .and_then(|()| path.canonicalize());
        let path = made.map_err(|error| RuntimeError::io("create", path, &error))?;
        Ok(Self { path, coming: Arc::default() })
    }

    /// Makes a file for a container that is to be, and the specification of one that writes to it.
    pub(super) fn prepare(&self, spec: &ContainerSpec) -> Result<Prepared, RuntimeError> {
        let name = format!("{:016x}.log", fastrand::u64(..));
        let path = self.path.join(&name);
        self.coming.names().insert(name.clone());
        let coming = Announced { name: name.clone(), coming: Arc::clone(&self.coming) };
        let made = File::create_new(&path)
            .and_then(|_| fs::set_permissions(&path, Permissions::from_mode(0o666)));
        made.map_err(|error| RuntimeError::io("create", &path, &error))?;

        let mut spec = spec.clone();
        spec.labels.insert(LABEL.to_owned(), name);
        spec.mounts.push(Mount {
            source: MountSource::Host(path.clone()),
            target: INSIDE.to_owned(),
            read_only: false,
        });
        let redirect = format!("exec \"$@\" >>{INSIDE} 2>&1");
        let shell = ["/bin/sh", "-c", &redirect, "sh"].map(str::to_owned);
        spec.command.splice(0..0, shell);
        Ok(Prepared { spec, path, _coming: coming })
    }

    /// The file of a container, if it has one.
    pub(super) fn of(&self, container: &Container) -> Option<PathBuf> {
        let name = Path::new(container.labels.get(LABEL)?);
        // Anybody can give a label to a container.
        (Some(name.as_os_str()) == name.file_name()).then(|| self.path.join(name))
    }

    fn files(&self) -> Result<Vec<PathBuf>, RuntimeError> {
        let entries = fs::read_dir(&self.path);
        let paths = entries.and_then(|all| all.map(|entry| Ok(entry?.path())).collect());
        paths.map_err(|error| RuntimeError::io("look into", &self.path, &error))
    }
}

/// A file, and who is to write to it. It goes with [`Prepared::discard`].
pub(super) struct Prepared {
    pub(super) spec: ContainerSpec,
    path: PathBuf,
    _coming: Announced,
}

/// Keeps a file from being taken for one that nobody has, until this is dropped.
struct Announced {
    name: String,
    coming: Arc<Coming>,
}

impl Drop for Announced {
    fn drop(&mut self) {
        self.coming.names().remove(&self.name);
    }
}

impl Prepared {
    /// Removes the file of a container that did not come to be.
    pub(super) fn discard(self) {
        // Nobody will look for it; what cannot be removed now stays.
        let _ = fs::remove_file(&self.path);
    }
}

/// Follows the file of a container.
pub(super) fn follow(
    engine: &DockerEngine,
    container: &ContainerId,
    path: PathBuf,
    from: u64,
) -> LogStream {
    let (engine, container) = (engine.clone(), container.clone());
    let ended = async move { super::wait::wait(&engine, &container).await.map(|_| ()) };
    tail::follow(path, from, ended)
}

/// Finds the file of a container that is to be removed.
pub(super) async fn find(
    engine: &DockerEngine,
    container: &ContainerId,
) -> Result<Option<PathBuf>, RuntimeError> {
    let Some(folder) = &engine.log_folder else { return Ok(None) };
    match observe::inspect(engine, container).await {
        Ok(found) => Ok(folder.of(&found)),
        Err(RuntimeError::NoContainer { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Removes the files of containers that are gone: somebody else removed them.
pub(super) async fn sweep(engine: &DockerEngine) -> Result<(), RuntimeError> {
    let Some(folder) = &engine.log_folder else { return Ok(()) };
    // In this order: a file that is there by now has a container in the list, or is announced.
    let files = folder.files()?;
    let mut kept: BTreeSet<PathBuf> =
        folder.coming.names().iter().map(|name| folder.path.join(name)).collect();
    if files.iter().all(|file| kept.contains(file)) {
        return Ok(());
    }
    let names = observe::values_of(engine, LABEL).await?;
    kept.extend(names.iter().map(|name| folder.path.join(name)));
    files.iter().filter(|file| !kept.contains(*file)).try_for_each(|file| remove(file))
}

/// Removes the file of a container that is gone.
pub(super) fn remove(path: &Path) -> Result<(), RuntimeError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(RuntimeError::io("remove", path, &error))
        }
        _ => Ok(()),
    }
}
