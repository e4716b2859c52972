//! What runs the containers, as the settings say.

use std::env;
use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jci_daemon::chain;
use jci_runtime::{
    CredentialsError, DockerEngine, Endpoint, Engine as Facts, HostProcesses, RegistryCredentials,
    Runtime, RuntimeError,
};

use crate::config::{Config, RuntimeKind};

/// The folder of what containers write, in that of the runner.
const LOGS: &str = "containers";
/// The folder of plain processes there.
const PROCESSES: &str = "processes";
/// The folder there with the programs that those find before others.
const PROGRAMS: &str = "bin";
/// The argument by which this program looks after plain processes.
pub(crate) const SUPERVISE: &str = "supervise-job";

/// Fails because there is nothing that would run containers.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EngineError {
    /// The engine does not answer as it should.
    #[error(
        "no containers can be run: start Docker, or name the socket of an engine in DOCKER_HOST (unix:///run/podman/podman.sock)"
    )]
    Reach(#[from] RuntimeError),
    /// Plain processes cannot be looked after.
    #[error("no jobs can be run as plain processes; JCI_RUNNER_DATA has to be a folder for them")]
    Host(#[source] io::Error),
    /// The registries would not know who asks.
    #[error("failed to read the credentials for registries; DOCKER_CONFIG names their folder")]
    Credentials(#[from] CredentialsError),
}

/// The engine. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Engine {
    pub(crate) runtime: Arc<dyn Runtime>,
    /// What only this kind of engine has.
    pub(crate) kind: Kind,
}

/// What only one kind of engine has.
#[derive(Debug, Clone)]
pub(crate) enum Kind {
    Docker {
        docker: DockerEngine,
        /// The socket that jobs get which may have it.
        socket: Option<PathBuf>,
    },
    /// Plain processes, which look for programs in this `PATH`.
    Host { path: String },
}

impl Engine {
    /// Reaches the engine that the settings name.
    pub(crate) async fn connect(config: &Config) -> Result<(Self, Facts), EngineError> {
        let engine = match config.own.runtime {
            RuntimeKind::Docker => Self::docker(config).await?,
            RuntimeKind::Host => Self::host(config)?,
        };
        let facts = engine.runtime.engine().await?;
        Ok((engine, facts))
    }

    async fn docker(config: &Config) -> Result<Self, EngineError> {
        let endpoint = match &config.own.docker_host {
            Some(host) => Endpoint::parse(host)?,
            None => Endpoint::default(),
        };
        let credentials = credentials(config.own.docker_config.as_deref())?;
        let mut docker = DockerEngine::connect(&endpoint).await?.with_credentials(credentials);
        let socket = endpoint.to_string().strip_prefix("unix://").map(PathBuf::from);
        // An engine elsewhere does not see the files of this machine.
        if socket.is_some() {
            docker = docker.with_log_folder(&config.own.data.join(LOGS))?;
        }
        Ok(Self { runtime: Arc::new(docker.clone()), kind: Kind::Docker { docker, socket } })
    }

    fn host(config: &Config) -> Result<Self, EngineError> {
        let this = env::current_exe().map_err(EngineError::Host)?;
        let processes = HostProcesses::new(&config.own.data.join(PROCESSES), this, [SUPERVISE])
            .map_err(|error| EngineError::Host(io::Error::other(chain(&error))))?;
        let path = programs(config).map_err(EngineError::Host)?;
        let limits = &config.jobs.limits;
        if limits.memory.is_some() || limits.cpus.is_some() || limits.disk.is_some() {
            tracing::warn!(
                "plain processes have no limits: JCI_JOB_MEMORY, JCI_JOB_CPUS and \
                JCI_JOB_DISK do nothing with JCI_RUNTIME=host"
            );
        }
        Ok(Self { runtime: Arc::new(processes), kind: Kind::Host { path } })
    }

    /// Returns the engine, if it is Docker's.
    pub(crate) fn as_docker(&self) -> Option<&DockerEngine> {
        match &self.kind {
            Kind::Docker { docker, .. } => Some(docker),
            Kind::Host { .. } => None,
        }
    }
}

/// Sees to it that jobs find the git-jci of the settings under that name; returns their `PATH`.
fn programs(config: &Config) -> io::Result<String> {
    let folder = std::path::absolute(config.own.data.join(PROGRAMS))?;
    fs::create_dir_all(&folder)?;
    let link = folder.join("git-jci");
    match fs::remove_file(&link) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    symlink(&config.jobs.binary, &link)?;
    let path = env::var("PATH").unwrap_or_default();
    Ok(format!("{}:{path}", folder.display()))
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
