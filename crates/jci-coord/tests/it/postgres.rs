//! A PostgreSQL of a test's own: on a socket in a temporary folder, gone with the test.

mod several_servers;

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use jci_coord::PostgresStore;
use sqlx::{Connection as _, PgConnection};
use tempfile::TempDir;

/// The user and group `nobody`, by number: PostgreSQL refuses to run as root.
const NOBODY: u32 = 65534;

/// Where Debian puts the programs of each version of PostgreSQL.
const VERSIONS: &str = "/usr/lib/postgresql";

pub(crate) struct Server {
    folder: TempDir,
    process: Child,
    databases: AtomicU32,
}

impl Server {
    /// Makes a cluster and starts it.
    pub(crate) fn start() -> Self {
        let folder = tempfile::Builder::new().prefix("jci-pg").tempdir_in("/tmp").unwrap();
        let user = User::who_may_run_it();
        user.give(folder.path());
        let data = folder.path().join("data");
        let made = user
            .command(&program("initdb"))
            .args(["--no-sync", "--auth=trust", "--username=jci", "--encoding=UTF8", "--locale=C"])
            .arg("--pgdata")
            .arg(&data)
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let process = user
            .command(&program("postgres"))
            .arg("-D")
            .arg(&data)
            .arg("-k")
            .arg(folder.path())
            .args(["-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=120"])
            .args(["-c", "autovacuum=off", "-c", "log_min_messages=panic"])
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        Self { folder, process, databases: AtomicU32::new(0) }
    }

    /// Makes an empty database and opens a store in it.
    pub(crate) async fn database(&self) -> Arc<PostgresStore> {
        let url = self.new_database().await;
        Arc::new(PostgresStore::connect(&url).await.unwrap())
    }

    /// Makes an empty database and returns its URL.
    pub(crate) async fn new_database(&self) -> String {
        let name = format!("jci{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let mut connection = self.connect().await;
        let sql = format!("CREATE DATABASE {name}");
        sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        self.url(&name)
    }

    fn url(&self, database: &str) -> String {
        format!("postgres://jci@localhost/{database}?host={}", self.folder.path().display())
    }

    /// Connects as soon as the server answers.
    async fn connect(&self) -> PgConnection {
        for _ in 0..600 {
            match PgConnection::connect(&self.url("postgres")).await {
                Ok(connection) => return connection,
                // It tells nobody when it is up, so that one can only ask.
                Err(_) => tokio::time::sleep(std::time::Duration::from_millis(50)).await,
            }
        }
        panic!("PostgreSQL does not answer");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Told to stop and not killed, it takes its shared memory with it.
        let pid = self.process.id().to_string();
        let _ = Command::new("kill").args(["-INT", &pid]).status();
        let _ = self.process.wait();
    }
}

/// Who runs the server: this user, or nobody in place of root.
struct User {
    setpriv: Option<PathBuf>,
}

impl User {
    fn who_may_run_it() -> Self {
        let probe = tempfile::NamedTempFile::new().unwrap();
        let is_root = chown(probe.path(), Some(NOBODY), None).is_ok();
        Self { setpriv: is_root.then(|| jci_testkit::require("setpriv", "util-linux")) }
    }

    fn give(&self, folder: &Path) {
        if self.setpriv.is_some() {
            chown(folder, Some(NOBODY), Some(NOBODY)).unwrap();
        }
        fs::set_permissions(folder, Permissions::from_mode(0o700)).unwrap();
    }

    /// Prepares a program that ends with this process, however that ends.
    fn command(&self, program: &Path) -> Command {
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
    match found.pop() {
        Some((_, program)) => program,
        None => jci_testkit::require(name, "postgresql"),
    }
}
