//! Where the engine listens.

use std::fmt;
use std::path::{Path, PathBuf};

use bollard::{API_DEFAULT_VERSION, Docker};

use super::{ANSWER, credentials};
use crate::RuntimeError;

/// The socket of an engine.
///
/// Engines on other machines are not spoken to: what a container mounts lies on this one. Over TCP
/// everybody on the machine would be root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint(PathBuf);

impl Endpoint {
    /// The socket at a path.
    #[must_use]
    pub fn socket(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// Reads what `DOCKER_HOST` holds: `unix:///run/podman/podman.sock`.
    ///
    /// # Errors
    ///
    /// It is not the address of a socket.
    pub fn parse(host: &str) -> Result<Self, RuntimeError> {
        match host.strip_prefix("unix://") {
            Some(path) if Path::new(path).is_absolute() => Ok(Self::socket(path)),
            _ => Err(RuntimeError::Unreachable {
                endpoint: host.to_owned(),
                source: "only unix:// and an absolute path are spoken to; \
                         `ssh -NL /run/other.sock:/run/docker.sock <host>` makes one of another's"
                    .into(),
            }),
        }
    }

    pub(super) fn open(&self) -> Result<Docker, bollard::errors::Error> {
        let docker = Docker::connect_with_socket(
            &self.0.to_string_lossy(),
            ANSWER.as_secs(),
            API_DEFAULT_VERSION,
        )?;
        Ok(docker.with_request_modifier(credentials::respell))
    }

    pub(super) fn unreachable(
        &self,
        source: impl std::error::Error + Send + Sync + 'static,
    ) -> RuntimeError {
        RuntimeError::Unreachable { endpoint: self.to_string(), source: Box::new(source) }
    }
}

impl Default for Endpoint {
    /// Where Docker listens if nothing else is said.
    fn default() -> Self {
        Self::socket("/var/run/docker.sock")
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unix://{}", self.0.display())
    }
}
