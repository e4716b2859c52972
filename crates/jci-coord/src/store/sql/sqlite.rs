//! The queue in a file.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use sqlx::ConnectOptions as _;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use tokio::runtime::Handle;
use tokio::sync::Mutex;

use super::connection::Connection;
use super::error::classify;
use super::writer::{Member, Writer};
use super::{SqlTransaction, migrations};
use crate::store::{Store, StoreResult, Transaction};

/// So long another program may hold the database before that is an error.
const PATIENCE: Duration = Duration::from_secs(10);

/// So many may read at once.
const READERS: u32 = 4;

/// A store in a file of SQLite, for one server.
///
/// What is committed survives the loss of power: the log that is written ahead is synced at every
/// commit, and transactions that come at the same time share one sync. Readers hold up no writer
/// and no writer a reader.
pub struct SqliteStore {
    path: PathBuf,
    writer: Arc<Mutex<Writer>>,
    readers: SqlitePool,
    runtime: Handle,
}

impl SqliteStore {
    /// Opens the file, making it if it is not there, and brings it to the newest version.
    ///
    /// # Errors
    ///
    /// If the file cannot be opened, or a newer program has written it.
    pub async fn open(path: impl AsRef<Path>) -> StoreResult<Self> {
        Self::open_with(path, PATIENCE).await
    }

    /// Opens the file, and waits about so long whenever another program holds it, however many
    /// transactions wait.
    ///
    /// # Errors
    ///
    /// As [`SqliteStore::open`] does.
    pub async fn open_with(path: impl AsRef<Path>, patience: Duration) -> StoreResult<Self> {
        let path = path.as_ref().to_owned();
        let options = options(&path, patience);
        let mut writer =
            options.connect().await.map_err(|error| classify(error, "opening the database"))?;
        migrations::run_sqlite(&mut writer).await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .acquire_timeout(patience.max(PATIENCE))
            .connect_with(options.read_only(true).create_if_missing(false))
            .await
            .map_err(|error| classify(error, "opening the database to read it"))?;
        let writer = Arc::new(Mutex::new(Writer::new(writer, patience)));
        Ok(Self { path, writer, readers, runtime: Handle::current() })
    }

    /// Closes the file, so that nothing is left beside it. To be called when nothing uses the store
    /// any more; a store that is only dropped loses nothing.
    ///
    /// # Errors
    ///
    /// If what is left cannot be written.
    pub async fn close(self) -> StoreResult<()> {
        self.readers.close().await;
        // A task that closes a group may still hold it; it ends by itself.
        let mut writer = self.writer;
        loop {
            match Arc::try_unwrap(writer) {
                Ok(writer) => {
                    let shut = writer.into_inner().shut().await;
                    return shut.map_err(|error| classify(error, "closing the database"));
                }
                Err(shared) => {
                    drop(shared.lock().await);
                    tokio::task::yield_now().await;
                    writer = shared;
                }
            }
        }
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore").field("path", &self.path).finish_non_exhaustive()
    }
}

fn options(path: &Path, patience: Duration) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // With less, a commit can be lost with the power, although the file stays sound.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(patience)
        .disable_statement_logging()
}

#[async_trait]
impl Store for SqliteStore {
    async fn write(&self) -> StoreResult<Box<dyn Transaction>> {
        let member = Member::begin(&self.writer, &self.runtime).await?;
        let connection = Connection::SqliteWrite(member);
        Ok(Box::new(SqlTransaction { connection, may_write: true }))
    }

    async fn read(&self) -> StoreResult<Box<dyn Transaction>> {
        let tx = self.readers.begin().await.map_err(|error| classify(error, "reading"))?;
        Ok(Box::new(SqlTransaction { connection: Connection::SqliteRead(tx), may_write: false }))
    }
}
