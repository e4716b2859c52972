//! What runs the containers, as the settings say.

use std::path::PathBuf;
use std::sync::Arc;

use jci_runtime::{DockerEngine, Endpoint, Engine as Facts, Runtime, RuntimeError};

use crate::config::Config;

/// The folder of what containers write, in that of the runner.
const LOGS: &str = "containers";

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
    pub(crate) async fn connect(config: &Config) -> Result<(Self, Facts), RuntimeError> {
        let endpoint = match &config.own.docker_host {
            Some(host) => Endpoint::parse(host)?,
            None => Endpoint::default(),
        };
        let mut docker = DockerEngine::connect(&endpoint).await?;
        let facts = docker.engine().await?;
        let socket = endpoint.to_string().strip_prefix("unix://").map(PathBuf::from);
        // An engine elsewhere does not see the files of this machine.
        if socket.is_some() {
            docker = docker.with_log_folder(&config.own.data.join(LOGS))?;
        }
        Ok((Self { runtime: Arc::new(docker.clone()), docker, socket }, facts))
    }
}
