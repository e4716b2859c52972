//! The queue in a database: the same statements for SQLite and PostgreSQL.

mod attempts;
mod batch;
mod connection;
mod error;
mod jobs;
mod lanes;
mod migrations;
mod postgres;
mod records;
mod row;
mod schedules;
mod sqlite;
mod statuses;
mod writer;

use async_trait::async_trait;

pub use postgres::PostgresStore;
pub use sqlite::SqliteStore;

use super::{Change, StoreError, StoreResult, Transaction};
use connection::Connection;
use row::{Row, Value};

/// The channel on which servers on one PostgreSQL tell each other of changes.
const CHANNEL: &str = "jci_change";

/// A transaction in a database.
struct SqlTransaction {
    connection: Connection,
    may_write: bool,
}

impl SqlTransaction {
    async fn write(&mut self, sql: &str, values: Vec<Value>) -> StoreResult<()> {
        self.connection.write(sql, values).await
    }

    async fn execute(&mut self, sql: &str, values: Vec<Value>) -> StoreResult<u64> {
        self.connection.execute(sql, values).await
    }

    async fn fetch(&mut self, sql: &str, values: Vec<Value>) -> StoreResult<Vec<Row>> {
        self.connection.fetch(sql, values).await
    }

    async fn fetch_one(&mut self, sql: &str, values: Vec<Value>) -> StoreResult<Option<Row>> {
        Ok(self.fetch(sql, values).await?.into_iter().next())
    }

    /// Reads rows that nobody else changes before this transaction ends. SQLite has one writer at
    /// a time anyway.
    async fn fetch_locked(&mut self, sql: &str, values: Vec<Value>) -> StoreResult<Vec<Row>> {
        self.fetch_with(sql, "FOR UPDATE", values).await
    }

    /// Reads rows like [`Self::fetch_locked`], without those that are locked by another.
    async fn fetch_free(&mut self, sql: &str, values: Vec<Value>) -> StoreResult<Vec<Row>> {
        self.fetch_with(sql, "FOR UPDATE SKIP LOCKED", values).await
    }

    async fn fetch_with(
        &mut self,
        sql: &str,
        lock: &str,
        values: Vec<Value>,
    ) -> StoreResult<Vec<Row>> {
        if self.may_write && self.connection.has_row_locks() {
            return self.fetch(&format!("{sql} {lock}"), values).await;
        }
        self.fetch(sql, values).await
    }

    async fn count(&mut self, sql: &str) -> StoreResult<u64> {
        let row = self.fetch_one(sql, vec![]).await?;
        row.map_or(Ok(0), |row| row.number("count"))
    }
}

#[async_trait]
impl Transaction for SqlTransaction {
    async fn commit(self: Box<Self>) -> StoreResult<()> {
        self.connection.commit().await
    }

    async fn announce(&mut self, change: &Change) -> StoreResult<()> {
        if !self.connection.has_row_locks() {
            return Ok(());
        }
        let change = serde_json::to_string(change)
            .map_err(|source| StoreError::Refused { what: "announcing", source: source.into() })?;
        self.fetch("SELECT pg_notify($1, $2)", vec![CHANNEL.into(), change.into()]).await?;
        Ok(())
    }
}
