//! A server that serves for as long as a test needs it.

use std::io::{BufReader, Read as _};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStdout, Stdio};

use jci_testkit::TestRepo;
use rustix::process::{Pid, Signal, kill_process};

use super::http::{Response, get, send};
use crate::jci::BINARY;
use crate::running::line;

/// `git jci web` on a port of its own.
pub(crate) struct Server {
    child: Child,
    stdout: BufReader<ChildStdout>,
    pub(crate) address: SocketAddr,
}

impl Server {
    /// Serves the repository of a test.
    pub(crate) fn start(repo: &TestRepo) -> Self {
        Self::start_in(repo, repo.path(), &[])
    }

    /// Serves the repository of a test on a port that another server had.
    pub(crate) fn start_at(repo: &TestRepo, port: u16) -> Self {
        Self::launch(repo, repo.path(), port, &[])
    }

    /// Serves the repository that a folder is in, with more arguments.
    pub(crate) fn start_in(repo: &TestRepo, folder: &Path, arguments: &[&str]) -> Self {
        Self::launch(repo, folder, 0, arguments)
    }

    fn launch(repo: &TestRepo, folder: &Path, port: u16, arguments: &[&str]) -> Self {
        let mut command = repo.environment.command_heeding_signals(BINARY, folder);
        command.args(["web", &port.to_string()]).args(arguments);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let printed = line(&mut stdout);
        let address = printed.trim().strip_prefix("http://").and_then(|it| it.strip_suffix('/'));
        let address = address.unwrap_or_else(|| panic!("printed {printed:?}")).parse().unwrap();
        Self { child, stdout, address }
    }

    /// Returns the address of the page, `http://127.0.0.1:<port>/`.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// Asks for something as our own page does.
    #[track_caller]
    pub(crate) fn get(&self, path: &str) -> Response {
        get(self.address, path, &[])
    }

    /// Asks for something with more headers.
    #[track_caller]
    pub(crate) fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Response {
        get(self.address, path, headers)
    }

    /// Sends bytes as they are and reads what comes back until the other side closes.
    #[track_caller]
    pub(crate) fn send(&self, bytes: &[u8]) -> Response {
        send(self.address, bytes)
    }

    /// Asks for JSON.
    #[track_caller]
    pub(crate) fn json<T: serde::de::DeserializeOwned>(&self, path: &str) -> T {
        let response = self.get(path);
        assert_eq!(response.status, 200, "{path}: {}", response.text());
        assert_eq!(response.header("content-type"), Some("application/json"), "{path}");
        serde_json::from_slice(&response.body).unwrap()
    }

    /// Asks for something that is refused, and returns the status and why, in one line.
    #[track_caller]
    pub(crate) fn problem(&self, path: &str) -> String {
        self.get(path).problem()
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Presses Ctrl-C once, and returns how the program ended and what it printed.
    pub(crate) fn interrupt(mut self) -> (std::process::ExitStatus, String) {
        kill_process(Pid::from_child(&self.child), Signal::INT).unwrap();
        let status = self.child.wait().unwrap();
        let mut printed = String::new();
        self.stdout.read_to_string(&mut printed).unwrap();
        self.child.stderr.take().unwrap().read_to_string(&mut printed).unwrap();
        (status, printed)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
