//! Containers of the Docker Engine, and of whatever speaks its API, as Podman does.

mod create;
mod credentials;
mod endpoint;
mod facts;
mod failure;
mod image;
mod log_file;
mod logs;
mod network;
mod observe;
mod patience;
mod volume;
mod wait;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bollard::Docker;
use bollard::errors::Error;

pub use credentials::{CredentialsError, RegistryCredentials};
pub use endpoint::Endpoint;
pub use network::{BridgeNetwork, NetworkState};

use crate::{
    Container, ContainerId, ContainerSpec, Engine, Exit, LogStream, PullProgress, Runtime,
    RuntimeError, Volume,
};
use facts::Facts;
use log_file::LogFolder;

/// What is waited for the answer to a call that the engine answers as soon as it can.
const ANSWER: Duration = Duration::from_secs(120);

/// What is waited for the answer to a call that is answered when something has happened.
const EVENT: Duration = Duration::from_secs(10 * 365 * 24 * 3600);

/// The Docker Engine behind a socket.
///
/// Clones share connections.
#[derive(Clone)]
pub struct DockerEngine {
    docker: Docker,
    endpoint: Arc<Endpoint>,
    facts: Arc<Facts>,
    credentials: Arc<RegistryCredentials>,
    log_folder: Option<Arc<LogFolder>>,
}

impl DockerEngine {
    /// Reaches the engine and agrees with it on a version of its API.
    ///
    /// # Errors
    ///
    /// Nobody answers at the endpoint, or not as an engine does.
    pub async fn connect(endpoint: &Endpoint) -> Result<Self, RuntimeError> {
        let docker = endpoint.open().map_err(|source| endpoint.unreachable(source))?;
        // Only this call can be blamed on the endpoint, whatever goes wrong with it.
        let docker =
            docker.negotiate_version().await.map_err(|source| endpoint.unreachable(source))?;
        let facts = Facts::ask(&docker).await;
        let facts = facts.map_err(|error| failure::of("ask", "the engine", error, endpoint))?;
        Ok(Self {
            docker,
            endpoint: Arc::new(endpoint.clone()),
            facts: Arc::new(facts),
            credentials: Arc::default(),
            log_folder: None,
        })
    }

    /// Shows these credentials to the registries that they are for.
    #[must_use]
    pub fn with_credentials(mut self, credentials: RegistryCredentials) -> Self {
        self.credentials = Arc::new(credentials);
        self
    }

    /// Keeps what containers write in files of this folder rather than in logs of the engine: byte
    /// for byte, stdout and stderr in order, at the speed of the disk, and whatever happens to the
    /// engine.
    ///
    /// It is about containers with a command, whose image has to have `/bin/sh`. `docker logs`
    /// shows nothing of them. A file goes with its container, or when it is swept up after that. So
    /// a folder is for one engine, and for nothing else.
    ///
    /// # Errors
    ///
    /// The folder cannot be made.
    pub fn with_log_folder(mut self, folder: &std::path::Path) -> Result<Self, RuntimeError> {
        self.log_folder = Some(Arc::new(LogFolder::open(folder)?));
        Ok(self)
    }

    /// Tells whether a container in whose network others are can be removed before them, also when
    /// those have ended. Podman's cannot.
    #[must_use]
    pub fn can_remove_shared_networks(&self) -> bool {
        !self.facts.is_podman()
    }

    /// Makes an error of what the engine said to a call.
    fn failed(
        &self,
        operation: &'static str,
        subject: impl Into<String>,
        error: Error,
    ) -> RuntimeError {
        failure::of(operation, subject, error, &self.endpoint)
    }
}

impl fmt::Debug for DockerEngine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DockerEngine")
            .field("endpoint", &self.endpoint)
            .field("engine", &self.facts.name)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl Runtime for DockerEngine {
    async fn engine(&self) -> Result<Engine, RuntimeError> {
        let facts = Facts::ask(&self.docker).await;
        let facts = facts.map_err(|error| self.failed("ask", "the engine", error))?;
        Ok(Engine { name: facts.name, warnings: facts.warnings })
    }

    async fn has_image(&self, image: &str) -> Result<bool, RuntimeError> {
        image::is_there(self, image).await
    }

    async fn pull_image(
        &self,
        image: &str,
        progress: &mut (dyn FnMut(PullProgress) + Send),
    ) -> Result<(), RuntimeError> {
        image::pull(self, image, progress).await
    }

    async fn start(&self, spec: &ContainerSpec) -> Result<ContainerId, RuntimeError> {
        match &self.log_folder {
            // What the image itself would start is not known here.
            Some(folder) if !spec.command.is_empty() => {
                let prepared = folder.prepare(spec)?;
                let started = create::start(self, &prepared.spec).await;
                started.inspect_err(|_| prepared.discard())
            }
            _ => create::start(self, spec).await,
        }
    }

    async fn wait(&self, container: &ContainerId) -> Result<Exit, RuntimeError> {
        wait::wait(self, container).await
    }

    async fn logs(&self, container: &ContainerId, from: u64) -> Result<LogStream, RuntimeError> {
        // That it is not there is told at once.
        let found = observe::inspect(self, container).await?;
        match self.log_folder.as_ref().and_then(|folder| folder.of(&found)) {
            Some(path) => Ok(log_file::follow(self, container, path, from)),
            None => Ok(logs::follow(self, container, from)),
        }
    }

    async fn list(
        &self,
        labels: &BTreeMap<String, String>,
    ) -> Result<Vec<Container>, RuntimeError> {
        observe::list(self, labels).await
    }

    async fn inspect(&self, container: &ContainerId) -> Result<Container, RuntimeError> {
        observe::inspect(self, container).await
    }

    async fn stop(&self, container: &ContainerId, grace: Duration) -> Result<(), RuntimeError> {
        wait::stop(self, container, grace).await
    }

    async fn remove(&self, container: &ContainerId) -> Result<(), RuntimeError> {
        let log = log_file::find(self, container).await?;
        wait::remove(self, container).await?;
        log.map_or(Ok(()), |log| log_file::remove(&log))
    }

    async fn sweep(&self) -> Result<(), RuntimeError> {
        log_file::sweep(self).await
    }

    async fn create_volume(&self, volume: &Volume) -> Result<(), RuntimeError> {
        volume::create(self, volume).await
    }

    async fn list_volumes(
        &self,
        labels: &BTreeMap<String, String>,
    ) -> Result<Vec<Volume>, RuntimeError> {
        volume::list(self, labels).await
    }

    async fn remove_volume(&self, name: &str) -> Result<(), RuntimeError> {
        volume::remove(self, name).await
    }
}

/// Labels as the engine takes them for a filter: all of them.
fn label_filter(
    labels: &BTreeMap<String, String>,
) -> std::collections::HashMap<String, Vec<String>> {
    let labels = labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
    std::collections::HashMap::from([("label".to_owned(), labels)])
}
