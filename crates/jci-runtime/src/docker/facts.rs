//! What an engine can do.

use bollard::Docker;
use bollard::errors::Error;
use bollard::models::{SystemInfo, SystemVersion};

/// What is to be known of an engine before a container is given to it: what it cannot limit, it
/// leaves unlimited without an error.
#[derive(Debug, Clone)]
pub(super) struct Facts {
    pub(super) name: String,
    pub(super) warnings: Vec<String>,
    /// The name of what it is, for errors.
    pub(super) kind: &'static str,
    pub(super) memory: bool,
    pub(super) swap: bool,
    pub(super) cpus: bool,
    pub(super) processes: bool,
    /// Whether containers go on while the engine is restarted.
    pub(super) live_restore: bool,
    /// Where the engine keeps files of containers.
    pub(super) storage: Storage,
}

/// The storage driver, and what it lies on.
#[derive(Debug, Clone, Default)]
pub(super) struct Storage {
    pub(super) driver: String,
    pub(super) below: Option<String>,
}

/// What Podman is called.
const PODMAN: &str = "Podman";

impl Storage {
    /// Tells whether the file system of a container can have a size.
    pub(super) fn has_quota(&self) -> bool {
        match self.driver.as_str() {
            "btrfs" | "devicemapper" | "windowsfilter" | "zfs" => true,
            // Whether it is mounted with `pquota` too, only trying tells.
            "overlay2" | "overlay" => self.below.as_deref() == Some("xfs"),
            _ => false,
        }
    }
}

impl Facts {
    pub(super) async fn ask(docker: &Docker) -> Result<Self, Error> {
        let (version, info) = (docker.version().await?, docker.info().await?);
        Ok(Self::new(version, info, docker.client_version()))
    }

    /// Tells whether it is Podman, which does some things in ways of its own.
    pub(super) fn is_podman(&self) -> bool {
        self.kind == PODMAN
    }

    /// Tells whether a log that is followed is whole. Podman leaves out what is written while it
    /// reads.
    pub(super) fn follows_logs(&self) -> bool {
        !self.is_podman()
    }

    fn new(version: SystemVersion, info: SystemInfo, api: bollard::ClientVersion) -> Self {
        let components = version.components.unwrap_or_default();
        let is_podman = components.iter().any(|component| component.name.starts_with(PODMAN));
        let kind = if is_podman { PODMAN } else { "Docker Engine" };
        let number = version.version.or(info.server_version).unwrap_or_default();
        let below = info.driver_status.iter().flatten().find_map(|pair| match pair.as_slice() {
            [name, value] if name == "Backing Filesystem" => Some(value.clone()),
            _ => None,
        });
        Self {
            name: format!("{kind} {number}, API {}.{}", api.major_version, api.minor_version),
            warnings: info.warnings.unwrap_or_default(),
            kind,
            memory: info.memory_limit.unwrap_or(false),
            swap: info.swap_limit.unwrap_or(false),
            cpus: info.cpu_cfs_quota.unwrap_or(false),
            processes: info.pids_limit.unwrap_or(false),
            // Podman's containers have nobody above them.
            live_restore: is_podman || info.live_restore_enabled.unwrap_or(false),
            storage: Storage { driver: info.driver.unwrap_or_default(), below },
        }
    }
}
