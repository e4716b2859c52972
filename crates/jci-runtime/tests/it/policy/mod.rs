//! What containers may reach, with real packets: behind a bridge of Docker's, and behind a router
//! of the test's own that has what a machine should not be given for a test.

mod bridge;
mod podman;
mod router;

use std::fmt::Write as _;
use std::net::{SocketAddr, TcpListener};
use std::process::Command;
use std::time::{Duration, Instant};

use jci_testkit::Finished;
use jci_testkit::docker::Docker;

/// How long a test waits for something to be reached.
const PATIENCE: Duration = Duration::from_secs(30);

/// Tries each address of its arguments, and says which were reached.
const TRY: &str = r#"for target; do (exec 3<>"/dev/tcp/$target") 2>&1 && echo "$target"; done"#;

/// Somewhere to connect from.
trait Client {
    /// Prepares a program that is run there.
    fn command(&self, arguments: &[&str]) -> Command;

    /// Tries to connect to each address, and returns those that were reached, by their names.
    fn reached(&self, targets: &[(&'static str, String)]) -> Vec<&'static str> {
        let mut command = self.command(&["bash", "-c", TRY, "try"]);
        let printed = Finished::of(command.args(targets.iter().map(|target| &target.1))).stdout();
        let reached = |target: &str| printed.lines().any(|line| line == target);
        targets.iter().filter(|target| reached(&target.1)).map(|target| target.0).collect()
    }

    /// Waits until all are reached: who listens may have just begun.
    #[track_caller]
    fn wait_until_all_reached(&self, targets: &[(&'static str, String)]) {
        let begin = Instant::now();
        while self.reached(targets).len() < targets.len() {
            assert!(begin.elapsed() < PATIENCE, "only {:?} were reached", self.reached(targets));
        }
    }
}

/// Listens on this machine.
fn listen(address: SocketAddr) -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind(address).unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// Returns where the git daemon in a container with one network listens.
fn daemon_of(docker: &Docker, container: &str) -> SocketAddr {
    let format = "--format={{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}";
    let address = docker.words(&["inspect", format, container]).remove(0);
    SocketAddr::new(address.parse().unwrap(), 9418)
}

/// Writes an address as bash connects to it.
fn written(address: SocketAddr) -> String {
    let mut text = address.ip().to_string();
    write!(text, "/{}", address.port()).unwrap();
    text
}
