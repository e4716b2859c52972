//! What is to be run, as data.

use std::collections::BTreeMap;
use std::path::PathBuf;

use secrecy::SecretString;

use crate::ContainerId;

/// A container to be run.
///
/// The default limits nothing and takes nothing away: whoever runs what they do not trust sets
/// [`Limits`] and [`Privileges::Only`].
#[derive(Debug, Clone, Default)]
pub struct ContainerSpec {
    /// Its name, if it is to have one of its own. Two of one name cannot be.
    pub name: Option<String>,
    /// The image. It has to be there: starting fetches nothing.
    pub image: String,
    /// The program and its arguments, in place of what the image says.
    pub command: Vec<String>,
    /// Variables.
    pub environment: BTreeMap<String, EnvValue>,
    /// The folder that the program starts in; that of the image if absent.
    pub working_folder: Option<String>,
    /// The user, as a name or `<uid>[:<gid>]`; that of the image if absent.
    pub user: Option<String>,
    /// Labels, by which [`crate::Runtime::list`] finds it.
    pub labels: BTreeMap<String, String>,
    /// What of elsewhere it sees.
    pub mounts: Vec<Mount>,
    /// What it may use.
    pub limits: Limits,
    /// What it may do.
    pub restrictions: Restrictions,
    /// What it can reach.
    pub network: Network,
}

/// The value of a variable.
#[derive(Debug, Clone)]
pub enum EnvValue {
    /// One that anybody may see.
    Plain(String),
    /// One that is never printed.
    Secret(SecretString),
}

/// Something of elsewhere that a container sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount {
    /// What it is.
    pub source: MountSource,
    /// Where the container sees it: an absolute path.
    pub target: String,
    /// Whether the container may only read it.
    pub read_only: bool,
}

/// What is mounted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MountSource {
    /// A file, a folder or a socket of the host. It has to be there.
    Host(PathBuf),
    /// A volume, by its name.
    Volume(String),
    /// An empty file system in memory, of so many bytes at most.
    Memory {
        /// Its size in bytes.
        bytes: u64,
    },
}

/// What a container may use; what is absent is not limited.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Limits {
    /// Bytes of memory, swap included.
    pub memory: Option<u64>,
    /// Processors: 1.5 is one and a half.
    pub cpus: Option<f64>,
    /// Processes and threads.
    pub processes: Option<u64>,
    /// Open files of one process.
    pub open_files: Option<u64>,
    /// Bytes that it may write into its own file system. Few storage drivers can limit that; one
    /// that cannot refuses.
    pub disk: Option<u64>,
}

/// What a container may do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Restrictions {
    /// The rights of root that it has.
    pub privileges: Privileges,
    /// Whether its own file system is read-only.
    pub read_only_root: bool,
    /// Whether a small init process is its first, which reaps orphans and passes signals on.
    pub init: bool,
}

/// The rights of root that a container has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Privileges {
    /// Those that the runtime gives by default.
    #[default]
    Default,
    /// Only the capabilities named here (`CHOWN`, say), and no program gives itself more
    /// (no-new-privileges).
    Only(Vec<String>),
}

/// What a container can reach.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Network {
    /// What the runtime gives by default.
    #[default]
    Default,
    /// Nothing but itself.
    None,
    /// A network of this name, which has to be there.
    Named(String),
    /// All that another container has of the network, which has to run: addresses, ports, and what
    /// listens on them.
    Of(ContainerId),
}
