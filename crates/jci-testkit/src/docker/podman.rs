//! Podman as a service, which speaks like a Docker Engine.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;
use std::{fs, io};

use tempfile::TempDir;

use super::Docker;
use crate::{Daemon, require};

/// A hook that takes the limits that Podman sets by itself, a million of open files and of
/// processes, out of what it asks of its runtime: on machines where not even root may raise a limit
/// no container would start.
const HOOK: &str = r##"#!/bin/sh
own='\{"type":"RLIMIT_[A-Z]*","hard":1048576,"soft":1048576\}'
exec sed -E "s/,$own//g; s/$own,?//g"
"##;

/// A service for the containers, images and networks that Podman has on this machine, at a socket
/// of a test's own. It can be killed, which no container notices.
#[derive(Debug)]
pub struct Podman {
    service: Daemon,
    folder: TempDir,
}

impl Podman {
    /// Starts the service.
    ///
    /// # Panics
    /// If it does not start.
    #[must_use]
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        write_hook(&folder).expect("the folder is ours");
        let service = start(&folder);
        Self { service, folder }
    }

    /// Returns its address, as `DOCKER_HOST` holds it.
    #[must_use]
    pub fn host(&self) -> String {
        host(&self.folder)
    }

    /// Returns the program `docker` for it.
    #[must_use]
    pub fn docker(&self) -> Docker {
        Docker::at(&self.host())
    }

    /// Kills the service and starts another.
    ///
    /// # Panics
    /// If that does not start.
    pub fn restart(&mut self) {
        self.service.kill();
        self.service = start(&self.folder);
    }
}

impl Default for Podman {
    fn default() -> Self {
        Self::new()
    }
}

fn host(folder: &TempDir) -> String {
    format!("unix://{}", folder.path().join("podman.sock").display())
}

fn start(folder: &TempDir) -> Daemon {
    let mut command = Command::new(require("podman", "podman"));
    // The one runtime that starts containers whatever mixture of control groups there is.
    command.arg("--runtime").arg(require("runc", "runc")).args(["--cgroup-manager", "cgroupfs"]);
    command.arg("--hooks-dir").arg(folder.path().join("hooks")).args(["--log-level", "info"]);
    // It leaves files where it is started.
    command.args(["system", "service", "--time=0"]).current_dir(folder);
    command.arg(host(folder));
    let service = Daemon::start("podman", &mut command);
    service.wait_for("API service listening");
    service
}

fn write_hook(folder: &TempDir) -> io::Result<()> {
    let hooks = folder.path().join("hooks");
    fs::create_dir(&hooks)?;
    let program = hooks.join("no-limits");
    fs::write(&program, HOOK)?;
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755))?;
    let hook = serde_json::json!({
        "version": "1.0.0",
        "hook": { "path": program },
        "when": { "always": true },
        "stages": ["precreate"],
    });
    fs::write(hooks.join("no-limits.json"), hook.to_string())
}
