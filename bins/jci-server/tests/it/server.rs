//! The server as a process of its own.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;

use jci_testkit::{Daemon, SmallDisk};
use tempfile::TempDir;

use crate::client::Client;

/// What the runners of a test show.
pub(crate) const RUNNER_SECRET: &str = "runner-s3cret";
/// What the forge of a test signs with.
pub(crate) const WEBHOOK_SECRET: &str = "h00k-s3cret";
/// What the people of a test show.
pub(crate) const API_TOKEN: &str = "people-t0ken";

/// How long a test waits for a line of the server's log.
const PATIENCE: Duration = Duration::from_secs(30);

/// A server with a folder of its own, which outlives the process.
pub(crate) struct Server {
    folder: TempDir,
    /// The program, and before it what puts it where it is to run.
    line: Vec<OsString>,
    variables: BTreeMap<String, String>,
    running: Option<Running>,
}

struct Running {
    process: Daemon,
    address: String,
}

impl Server {
    /// Starts a server for a forge.
    pub(crate) fn start(forge: &str, token: &str, more: &[(&str, &str)]) -> Self {
        Self::start_by(vec![env!("CARGO_BIN_EXE_jci-server").into()], forge, token, more)
    }

    /// Starts a server that has its database and its logs in a folder of a small disk, which only
    /// it sees.
    pub(crate) fn start_on(disk: &SmallDisk<'_>, folder: &Path, forge: &str, token: &str) -> Self {
        let entering = disk.command(env!("CARGO_BIN_EXE_jci-server"), folder);
        let arguments = entering.get_args().map(ToOwned::to_owned);
        let line = [entering.get_program().to_owned()].into_iter().chain(arguments).collect();
        let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
        let more = [("JCI_DB", &*path("jci.db")), ("JCI_DATA", &*path("data"))];
        Self::start_by(line, forge, token, &more)
    }

    fn start_by(line: Vec<OsString>, forge: &str, token: &str, more: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        let own = [
            ("GITEA_HOST", forge.to_owned()),
            ("GITEA_TOKEN", token.to_owned()),
            ("GITEA_WEBHOOK_SECRET", WEBHOOK_SECRET.to_owned()),
            ("JCI_RUNNER_SECRET", RUNNER_SECRET.to_owned()),
            ("JCI_API_TOKEN", API_TOKEN.to_owned()),
            ("JCI_LISTEN", "127.0.0.1:0".to_owned()),
            ("JCI_DB", path("jci.db")),
            ("JCI_DATA", path("data")),
            // No lease ends while a slow machine works: runners of most tests never say that they
            // live.
            ("JCI_LEASE", "10m".to_owned()),
            ("JCI_PUBLIC_URL", "https://ci.example.org".to_owned()),
            ("JCI_LOG", "info,jci_server=debug".to_owned()),
            ("PATH", std::env::var("PATH").unwrap()),
        ];
        let mut variables: BTreeMap<_, _> =
            own.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        for (name, value) in more {
            variables.insert((*name).to_owned(), (*value).to_owned());
        }
        let mut server = Self { folder, line, variables, running: None };
        server.start_again();
        server
    }

    /// Starts the process, which must not be running, on the same database.
    pub(crate) fn start_again(&mut self) {
        assert!(self.running.is_none(), "the server runs");
        let process = Daemon::start("the server", &mut self.command()).patience(PATIENCE);
        let line = process.wait_for("listening");
        // Behind the word, in a line of text as in one of JSON.
        let address = line.split("address").nth(1).unwrap();
        let address = address.trim_start_matches(['=', '"', ':']).trim_end();
        let address = address.split('"').next().unwrap().to_owned();
        self.running = Some(Running { process, address });
    }

    /// Prepares the program as this server runs it.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(&self.line[0]);
        command.args(&self.line[1..]);
        command.env_clear().envs(&self.variables).current_dir(self.folder.path());
        command.stdin(Stdio::null()).stdout(Stdio::null());
        command
    }

    fn running(&self) -> &Running {
        self.running.as_ref().expect("the server runs")
    }

    /// Returns the address that it listens on.
    pub(crate) fn address(&self) -> &str {
        &self.running().address
    }

    /// Returns the id of the process.
    pub(crate) fn id(&self) -> u32 {
        self.running().process.id()
    }

    pub(crate) fn client(&self) -> Client {
        Client::new(self.address())
    }

    /// Returns the folder of the logs of jobs.
    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Returns the file of the database.
    pub(crate) fn database(&self) -> PathBuf {
        PathBuf::from(&self.variables["JCI_DB"])
    }

    /// Waits until the server has said something.
    #[track_caller]
    pub(crate) fn wait_for_log(&self, part: &str) -> String {
        self.running().process.wait_for(part)
    }

    /// Returns all that the server has said.
    pub(crate) fn log(&self) -> String {
        self.running().process.said()
    }

    /// Asks the server to stop, as services are stopped, and waits until it has.
    pub(crate) fn stop(&mut self) -> ExitStatus {
        self.ending().stop()
    }

    /// Kills the server.
    pub(crate) fn kill(&mut self) {
        self.ending().kill();
    }

    /// Takes the process of the server, which is about to end.
    fn ending(&mut self) -> Daemon {
        self.running.take().expect("the server runs").process
    }
}
