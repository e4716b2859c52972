//! What every runtime can do.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::BoxStream;

use crate::{Container, ContainerId, ContainerSpec, Exit, RuntimeError};

/// The log of a container as it comes, in pieces of any size. It ends when the container has ended
/// and all that it wrote has come.
pub type LogStream = BoxStream<'static, Result<Bytes, RuntimeError>>;

/// Runs containers.
///
/// Dropping a future of a method leaves things as if the call had been made or had not been; ask
/// [`Runtime::list`] which.
#[async_trait]
pub trait Runtime: fmt::Debug + Send + Sync {
    /// Reaches the runtime and tells what it is.
    async fn engine(&self) -> Result<Engine, RuntimeError>;

    /// Tells whether an image is there, so that nothing has to be fetched.
    async fn has_image(&self, image: &str) -> Result<bool, RuntimeError>;

    /// Fetches an image once, telling how far it is. Trying again is up to the caller:
    /// [`RuntimeError::is_transient`] says whether that may help, [`RuntimeError::retry_after`]
    /// when.
    async fn pull_image(
        &self,
        image: &str,
        progress: &mut (dyn FnMut(PullProgress) + Send),
    ) -> Result<(), RuntimeError>;

    /// Creates a container and starts it. If that fails, no container is left.
    async fn start(&self, spec: &ContainerSpec) -> Result<ContainerId, RuntimeError>;

    /// Waits until a container has ended. One that ended long ago is told at once.
    async fn wait(&self, container: &ContainerId) -> Result<Exit, RuntimeError>;

    /// Returns what a container wrote to stdout and stderr from a byte on, what it wrote before the
    /// call included, and follows it. The same container gives the same bytes each time.
    async fn logs(&self, container: &ContainerId, from: u64) -> Result<LogStream, RuntimeError>;

    /// Lists the containers, also ended ones, that have all the labels, oldest first.
    async fn list(&self, labels: &BTreeMap<String, String>)
    -> Result<Vec<Container>, RuntimeError>;

    /// Looks at one container.
    async fn inspect(&self, container: &ContainerId) -> Result<Container, RuntimeError>;

    /// Asks a container to end, and kills it when the grace is over. When this returns it has
    /// ended. One that has ended already is fine.
    async fn stop(&self, container: &ContainerId, grace: Duration) -> Result<(), RuntimeError>;

    /// Removes a container with its anonymous volumes, killing it if it runs. One that is gone
    /// already is fine.
    async fn remove(&self, container: &ContainerId) -> Result<(), RuntimeError>;

    /// Removes what this runtime keeps of containers that somebody else has removed.
    async fn sweep(&self) -> Result<(), RuntimeError>;

    /// Creates a volume. One of this name and these labels that is there already is fine.
    async fn create_volume(&self, volume: &Volume) -> Result<(), RuntimeError>;

    /// Lists the volumes that have all the labels.
    async fn list_volumes(
        &self,
        labels: &BTreeMap<String, String>,
    ) -> Result<Vec<Volume>, RuntimeError>;

    /// Removes a volume with what it holds. One that is gone already is fine.
    async fn remove_volume(&self, name: &str) -> Result<(), RuntimeError>;
}

/// A runtime, as it tells of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Engine {
    /// Its name and version, for people: `Docker Engine 20.10.24, API 1.41`.
    pub name: String,
    /// What somebody who relies on it should know, a sentence each: that it isolates nothing, or
    /// that its kernel cannot limit memory.
    pub warnings: Vec<String>,
}

/// How far the fetching of an image is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PullProgress {
    /// Bytes that have come.
    pub received: u64,
    /// Bytes in all, as far as is known by now.
    pub total: u64,
}

/// A place for files that outlives containers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Volume {
    /// Its name.
    pub name: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
}
