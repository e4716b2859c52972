//! An engine of a test's own, which can be restarted and killed.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::Docker;
use crate::{Daemon, ip, require};

/// An engine beside that of the machine, with files, a socket and a bridge of its own. It touches
/// no rule of the machine's firewall, so its containers reach nothing but each other.
///
/// All of it goes with this value.
#[derive(Debug)]
pub struct OwnEngine {
    daemon: Option<Daemon>,
    bridge: String,
    folder: TempDir,
}

impl OwnEngine {
    /// Starts an engine.
    ///
    /// # Panics
    /// If it does not start.
    #[must_use]
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        // Names of interfaces are short, and two tests run in one process never have one folder.
        let name = folder.path().file_name().unwrap_or_default().to_string_lossy();
        let bridge = format!("jci{}", name.trim_start_matches(".tmp"));
        let _ = ip(&["link", "add", "name", &bridge, "type", "bridge"]).success();
        let mut engine = Self { daemon: None, bridge, folder };
        // Of a range that engines take last, and no two tests the same part of it.
        let part = engine
            .bridge
            .bytes()
            .fold(0_u16, |part, byte| part.wrapping_mul(31).wrapping_add(byte.into()));
        let address = format!("10.{}.{}.1/24", 128 + (part >> 8 & 127), part & 255);
        let _ = ip(&["address", "add", &address, "dev", &engine.bridge]).success();
        let _ = ip(&["link", "set", &engine.bridge, "up"]).success();
        engine.start();
        engine
    }

    /// Returns its address, as `DOCKER_HOST` holds it.
    #[must_use]
    pub fn host(&self) -> String {
        format!("unix://{}", self.folder.path().join("docker.sock").display())
    }

    /// Returns the program `docker` for it.
    #[must_use]
    pub fn docker(&self) -> Docker {
        Docker::at(&self.host())
    }

    /// Starts it again, after it was stopped or killed.
    ///
    /// # Panics
    /// If it does not start.
    pub fn start(&mut self) {
        let path = |name: &str| self.folder.path().join(name).display().to_string();
        let mut command = Command::new(require("dockerd", "docker.io"));
        command.args(["--iptables=false", "--ip6tables=false", "--ip-forward=false"]);
        command.args(["--storage-driver", &storage_driver(), "--bridge", &self.bridge]);
        // A bare configuration, whatever that of the machine says.
        std::fs::write(path("daemon.json"), "{}").expect("the folder is ours");
        command.args(["--config-file", &path("daemon.json"), "--data-root", &path("data")]);
        command.args(["--exec-root", &path("exec"), "--pidfile", &path("docker.pid")]);
        command.args(["--host", &self.host()]);
        let daemon = Daemon::start("dockerd", &mut command);
        daemon.wait_for("API listen on");
        self.daemon = Some(daemon);
    }

    /// Asks it to stop, as services are asked, and waits until it has.
    pub fn stop(&mut self) {
        if let Some(mut daemon) = self.daemon.take() {
            daemon.stop();
        }
    }

    /// Kills it. Its containers do not notice.
    pub fn kill(&mut self) {
        if let Some(mut daemon) = self.daemon.take() {
            daemon.kill();
            // The kernel has killed its containerd with it. An engine that finds it as a zombie
            // takes it for alive, and gives up; where services are restarted the next one does not.
            let _ = std::fs::remove_file(self.folder.path().join("exec/containerd/containerd.pid"));
        }
    }
}

impl Default for OwnEngine {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for OwnEngine {
    fn drop(&mut self) {
        if self.daemon.is_none() {
            // Only an engine finds what one that was killed has left.
            self.start();
        }
        let docker = self.docker();
        let left = docker.run(&["ps", "--all", "--quiet"]).stdout();
        for container in left.split_whitespace() {
            let _ = docker.run(&["rm", "--force", "--volumes", container]);
        }
        self.stop();
        let _ = ip(&["link", "delete", &self.bridge]);
        for mounted in mounts_below(self.folder.path()) {
            let _ = Command::new("umount").arg(mounted).status();
        }
    }
}

/// What the machine's own engine keeps its files with, which works here.
fn storage_driver() -> String {
    Docker::of_machine().words(&["info", "--format={{.Driver}}"]).concat()
}

/// The mount points in a folder, innermost first.
fn mounts_below(folder: &Path) -> Vec<PathBuf> {
    let mounts = std::fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    let points = mounts.lines().filter_map(|line| line.split(' ').nth(1)).map(PathBuf::from);
    let mut points: Vec<_> = points.filter(|point| point.starts_with(folder)).collect();
    points.reverse();
    points
}
