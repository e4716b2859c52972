//! The three kinds of connection on which statements are run.

use sqlx::postgres::PgArguments;
use sqlx::query::Query;
use sqlx::sqlite::SqliteArguments;
use sqlx::{AssertSqlSafe, Postgres, Sqlite, Transaction};

use super::error::classify;
use super::row::{Row, Value};
use super::writer::Member;
use crate::store::StoreResult;

/// A connection in a transaction. Dropped, the transaction is undone.
pub(super) enum Connection {
    SqliteRead(Transaction<'static, Sqlite>),
    SqliteWrite(Member),
    Postgres(Transaction<'static, Postgres>),
}

impl Connection {
    /// Tells whether rows are locked one by one, and others may write at the same time.
    pub(super) fn has_row_locks(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }

    /// Runs a statement of which nobody needs to know more than that it does not fail.
    pub(super) async fn write(&mut self, sql: &str, values: Vec<Value>) -> StoreResult<()> {
        match self {
            Self::SqliteWrite(member) => member.write(sql, values),
            _ => self.execute(sql, values).await.map(|_| ()),
        }
    }

    /// Runs a statement, and returns how many rows it has changed.
    pub(super) async fn execute(&mut self, sql: &str, values: Vec<Value>) -> StoreResult<u64> {
        let done = match self {
            Self::SqliteRead(tx) => {
                for_sqlite(sql, values).execute(&mut **tx).await.map(|done| done.rows_affected())
            }
            Self::SqliteWrite(member) => return member.execute(sql, values).await,
            Self::Postgres(tx) => {
                for_postgres(sql, values).execute(&mut **tx).await.map(|done| done.rows_affected())
            }
        };
        done.map_err(|error| classify(error, "writing"))
    }

    /// Runs a statement, and returns the rows that it finds.
    pub(super) async fn fetch(&mut self, sql: &str, values: Vec<Value>) -> StoreResult<Vec<Row>> {
        let sqlite = |rows: Vec<_>| rows.into_iter().map(Row::Sqlite).collect();
        let rows = match self {
            Self::SqliteRead(tx) => for_sqlite(sql, values).fetch_all(&mut **tx).await.map(sqlite),
            Self::SqliteWrite(member) => {
                return member.fetch(sql, values).await.map(sqlite);
            }
            Self::Postgres(tx) => for_postgres(sql, values)
                .fetch_all(&mut **tx)
                .await
                .map(|rows| rows.into_iter().map(Row::Postgres).collect()),
        };
        rows.map_err(|error| classify(error, "reading"))
    }

    pub(super) async fn commit(self) -> StoreResult<()> {
        match self {
            Self::SqliteRead(tx) => tx.commit().await,
            Self::SqliteWrite(member) => return member.commit().await,
            Self::Postgres(tx) => tx.commit().await,
        }
        .map_err(|error| classify(error, "committing"))
    }
}

/// Makes a statement for SQLite. The text is put together from constants of this crate only;
/// what comes from outside is a value.
pub(super) fn for_sqlite(sql: &str, values: Vec<Value>) -> Query<'static, Sqlite, SqliteArguments> {
    let statement = sqlx::query(AssertSqlSafe(sql.to_owned()));
    values.into_iter().fold(statement, |statement, value| match value {
        Value::Int(number) => statement.bind(number),
        Value::Text(text) => statement.bind(text),
    })
}

/// Makes the same statement for PostgreSQL.
fn for_postgres(sql: &str, values: Vec<Value>) -> Query<'static, Postgres, PgArguments> {
    let statement = sqlx::query(AssertSqlSafe(sql.to_owned()));
    values.into_iter().fold(statement, |statement, value| match value {
        Value::Int(number) => statement.bind(number),
        Value::Text(text) => statement.bind(text),
    })
}
