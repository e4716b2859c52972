//! Runs containers behind one trait, [`Runtime`].
//!
//! What is to be run is said by data, a [`ContainerSpec`]; what a runtime cannot do, it refuses by
//! name. Secrets have a type of their own that never prints.
//!
//! On Windows there is [`HostProcesses`] alone: engines are spoken to where they have sockets.

mod container;
#[cfg(unix)]
mod docker;
mod error;
mod host;
#[cfg(unix)]
mod policy;
mod runtime;
mod spec;
mod tail;

pub use container::{Container, ContainerId, Exit, ExitReason, Phase};
#[cfg(unix)]
pub use docker::{
    BridgeNetwork, CredentialsError, DockerEngine, Endpoint, NetworkState, RegistryCredentials,
};
pub use error::RuntimeError;
pub use host::{HostProcesses, SuperviseError, supervise};
#[cfg(unix)]
pub use policy::{NetworkPolicy, PolicyError, name_servers};
pub use runtime::{Engine, LogStream, PullProgress, Runtime, Volume};
pub use secrecy::SecretString;
pub use spec::{
    ContainerSpec, EnvValue, Limits, Mount, MountSource, Network, Privileges, Restrictions,
};
