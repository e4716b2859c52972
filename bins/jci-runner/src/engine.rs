//! What runs the containers, as the settings say.

use std::env;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jci_daemon::chain;
use jci_runtime::{
    CredentialsError, DockerEngine, Endpoint, Engine as Facts, RegistryCredentials, Runtime,
    RuntimeError,
};

use crate::config::Config;

/// The folder of what containers write, in that of the runner.
const LOGS: &str = "containers";

/// Fails because there is nothing that would run containers.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EngineError {
    /// The engine does not answer as it should.
    #[error(
        "no containers can be run: start Docker, or name the socket of an engine in DOCKER_HOST (unix:///run/podman/podman.sock)"
    )]
    Reach(#[from] RuntimeError),
    /// The registries would not know who asks.
    #[error("failed to read the credentials for registries; DOCKER_CONFIG names their folder")]
    Credentials(#[from] CredentialsError),
}

/// The engine. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Engine {
    pub(crate) runtime: Arc<dyn Runtime>,
    /// The same, for what only Docker has.
    pub(crate) docker: DockerEngine,
    /// The socket that jobs get which may have it.
    pub(crate) socket: Option<PathBuf>,
}

impl Engine {
    /// Reaches the engine.
    pub(crate) async fn connect(config: &Config) -> Result<(Self, Facts), EngineError> {
        let endpoint = match &config.own.docker_host {
            Some(host) => Endpoint::parse(host)?,
            None => Endpoint::default(),
        };
        let credentials = credentials(config.own.docker_config.as_deref())?;
        let mut docker = DockerEngine::connect(&endpoint).await?.with_credentials(credentials);
        let facts = docker.engine().await?;
        let socket = endpoint.to_string().strip_prefix("unix://").map(PathBuf::from);
        // An engine elsewhere does not see the files of this machine.
        if socket.is_some() {
            docker = docker.with_log_folder(&config.own.data.join(LOGS))?;
        }
        Ok((Self { runtime: Arc::new(docker.clone()), docker, socket }, facts))
    }
}

/// Reads what `docker login` wrote. Where it wrote nothing there are none; only what is in a folder
/// that somebody named has to be readable.
fn credentials(folder: Option<&Path>) -> Result<RegistryCredentials, CredentialsError> {
    let home = || Some(env::home_dir()?.join(".docker"));
    let Some(path) = folder.map(Path::to_owned).or_else(home) else {
        return Ok(RegistryCredentials::default());
    };
    match RegistryCredentials::read(&path.join("config.json")) {
        Err(CredentialsError::Read { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
            Ok(RegistryCredentials::default())
        }
        Err(error) if folder.is_none() => {
            tracing::warn!(error = %chain(&error), "registries are shown no credentials");
            Ok(RegistryCredentials::default())
        }
        read => read,
    }
}
