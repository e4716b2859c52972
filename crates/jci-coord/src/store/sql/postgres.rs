//! The queue in PostgreSQL, for several servers at once.

use std::fmt;
use std::str::FromStr as _;
use std::time::Duration;

use async_trait::async_trait;
use sqlx::ConnectOptions as _;
use sqlx::postgres::{PgConnectOptions, PgListener, PgPool, PgPoolOptions};
use tokio::sync::Mutex;

use super::connection::Connection;
use super::error::classify;
use super::{CHANNEL, SqlTransaction, migrations};
use crate::store::{Change, Store, StoreResult, Transaction};

/// So long a free connection is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// So many connections one server uses, and one more to listen.
const CONNECTIONS: u32 = 16;

/// A store in PostgreSQL.
///
/// Rows are locked one by one: two servers that look for work at once get different jobs, without
/// waiting for each other. Changes are told to the other servers by `NOTIFY`.
pub struct PostgresStore {
    pool: PgPool,
    listener: Mutex<Option<PgListener>>,
}

impl PostgresStore {
    /// Connects by a URL such as `postgres://user@host/database`, and brings the database to the
    /// newest version; several servers may do so at once.
    ///
    /// # Errors
    ///
    /// If the URL is wrong, the database does not answer, or a newer program has written it. No
    /// error holds the URL, which may have a password in it.
    pub async fn connect(url: &str) -> StoreResult<Self> {
        let options = PgConnectOptions::from_str(url)
            .map_err(|error| classify(error, "reading the URL of the database"))?
            .disable_statement_logging();
        let pool = PgPoolOptions::new()
            .max_connections(CONNECTIONS)
            .acquire_timeout(PATIENCE)
            .connect_with(options)
            .await
            .map_err(|error| classify(error, "connecting to the database"))?;
        let mut connection =
            pool.acquire().await.map_err(|error| classify(error, "connecting to the database"))?;
        migrations::run_postgres(&mut connection).await?;
        drop(connection);
        Ok(Self { pool, listener: Mutex::new(None) })
    }

    /// Closes all connections.
    pub async fn close(&self) {
        self.listener.lock().await.take();
        self.pool.close().await;
    }

    async fn listen(&self) -> Result<Option<Change>, sqlx::Error> {
        let mut listener = self.listener.lock().await;
        let listening = match &mut *listener {
            Some(listening) => listening,
            none => {
                let mut fresh = PgListener::connect_with(&self.pool).await?;
                fresh.listen(CHANNEL).await?;
                *none = Some(fresh);
                // What happened before this moment, nobody has told.
                return Ok(None);
            }
        };
        // `None` says that the connection was lost and is there again.
        let heard = listening.try_recv().await?;
        Ok(heard.and_then(|heard| serde_json::from_str(heard.payload()).ok()))
    }
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresStore").finish_non_exhaustive()
    }
}

#[async_trait]
impl Store for PostgresStore {
    async fn write(&self) -> StoreResult<Box<dyn Transaction>> {
        let tx = self.pool.begin().await;
        let tx = tx.map_err(|error| classify(error, "beginning a transaction"))?;
        Ok(Box::new(SqlTransaction { connection: Connection::Postgres(tx), may_write: true }))
    }

    async fn read(&self) -> StoreResult<Box<dyn Transaction>> {
        let tx = self.pool.begin().await;
        let tx = tx.map_err(|error| classify(error, "beginning a transaction"))?;
        Ok(Box::new(SqlTransaction { connection: Connection::Postgres(tx), may_write: false }))
    }

    async fn foreign_change(&self) -> StoreResult<Change> {
        let heard = self.listen().await.map_err(|error| classify(error, "listening"))?;
        Ok(heard.unwrap_or(Change::Missed))
    }
}
