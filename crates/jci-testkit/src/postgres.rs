//! A PostgreSQL of a test's own: on a socket in a temporary folder, gone with the test.

use std::fs::{self, Permissions};
use std::io::{self, BufRead as _, BufReader, Read};
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use tempfile::TempDir;

use crate::user::{NOBODY, is_root};
use crate::{Finished, require};

/// Where Debian puts the programs of each version of PostgreSQL.
const VERSIONS: &str = "/usr/lib/postgresql";

/// What PostgreSQL says once it can be used.
const READY: &str = "ready to accept connections";

/// How it is run: on its socket alone, and without care for what survives a loss of power.
const SETTINGS: [&str; 6] = [
    "listen_addresses=",
    "fsync=off",
    "max_connections=120",
    "autovacuum=off",
    "log_min_messages=log",
    "logging_collector=off",
];

/// A running PostgreSQL with as many databases as are asked for.
///
/// It ends with this value, and also with the thread that started it, however that ends.
#[derive(Debug)]
pub struct Postgres {
    folder: TempDir,
    process: Child,
    user: User,
    databases: AtomicU32,
}

impl Postgres {
    /// Makes a cluster, starts it, and waits until it can be used.
    ///
    /// # Panics
    /// If it does not start.
    #[must_use]
    pub fn start() -> Self {
        // The path of a socket must be short.
        let folder = tempfile::Builder::new().prefix("jci-pg").tempdir_in("/tmp");
        let folder = folder.expect("a temporary folder can be made");
        let user = User::who_may_run_it();
        user.give(folder.path());
        let data = folder.path().join("data");
        let mut initdb = user.command("initdb");
        initdb.args(["--no-sync", "--auth=trust", "--username=jci", "--encoding=UTF8"]);
        let _ = Finished::of(initdb.args(["--locale=C", "--pgdata"]).arg(&data)).success();
        let mut postgres = user.command("postgres");
        postgres.arg("-D").arg(&data).arg("-k").arg(folder.path());
        postgres.args(SETTINGS.iter().flat_map(|setting| ["-c", setting]));
        postgres.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut process = postgres.spawn().expect("postgres can be started");
        wait_until_ready(process.stderr.take().expect("standard error is a pipe"));
        Self { folder, process, user, databases: AtomicU32::new(0) }
    }

    /// Makes an empty database and returns its URL.
    ///
    /// # Panics
    /// If it cannot be made.
    #[must_use]
    pub fn database(&self) -> String {
        let name = format!("jci{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let mut createdb = self.user.command("createdb");
        createdb.arg("--host").arg(self.folder.path()).args(["--username=jci", &name]);
        let _ = Finished::of(&mut createdb).success();
        format!("postgres://jci@localhost/{name}?host={}", self.folder.path().display())
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // Told to stop and not killed, it takes its shared memory with it.
        let pid = self.process.id().to_string();
        let _ = Command::new("kill").args(["-INT", &pid]).status();
        let _ = self.process.wait();
    }
}

/// Reads what PostgreSQL says until it is ready, and lets the rest pass unread, so that it never
/// waits for a reader.
fn wait_until_ready(stderr: impl Read + Send + 'static) {
    let mut stderr = BufReader::new(stderr);
    let mut said = String::new();
    while !said.contains(READY) {
        let read = stderr.read_line(&mut said).expect("PostgreSQL says what it does");
        assert_ne!(read, 0, "PostgreSQL has ended:\n{said}");
    }
    std::thread::spawn(move || io::copy(&mut stderr, &mut io::sink()));
}

/// Who runs it: this user, or nobody in place of root, as whom PostgreSQL refuses to run.
#[derive(Debug)]
struct User {
    setpriv: Option<PathBuf>,
}

impl User {
    fn who_may_run_it() -> Self {
        Self { setpriv: is_root().then(|| require("setpriv", "util-linux")) }
    }

    fn give(&self, folder: &Path) {
        if self.setpriv.is_some() {
            chown(folder, Some(NOBODY), Some(NOBODY)).expect("root gives folders away");
        }
        fs::set_permissions(folder, Permissions::from_mode(0o700)).expect("it is ours");
    }

    /// Prepares a program of PostgreSQL that ends with this thread, however that ends.
    fn command(&self, name: &str) -> Command {
        let program = program(name);
        let mut command = match &self.setpriv {
            None => Command::new(program),
            Some(setpriv) => {
                let mut command = Command::new(setpriv);
                command.args([format!("--reuid={NOBODY}"), format!("--regid={NOBODY}")]);
                command.args(["--clear-groups", "--pdeathsig=INT", "--"]).arg(program);
                command
            }
        };
        command.current_dir("/").env_clear().env("PATH", "/usr/bin:/bin").env("LC_ALL", "C");
        command
    }
}

/// Finds a program of the newest PostgreSQL that is installed.
fn program(name: &str) -> PathBuf {
    let mut found: Vec<(u32, PathBuf)> = fs::read_dir(VERSIONS)
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let folder = entry.ok()?.path();
            let version = folder.file_name()?.to_str()?.parse().ok()?;
            Some((version, folder.join("bin").join(name)))
        })
        .filter(|(_, program)| program.is_file())
        .collect();
    found.sort();
    found.pop().map_or_else(|| require(name, "postgresql"), |(_, program)| program)
}
