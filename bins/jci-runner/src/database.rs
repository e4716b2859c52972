//! What the runner knows after a restart: its name, what it asked the server for, and why it
//! stopped what it stopped. No secret is in it: the token of an attempt is in its container's
//! environment.

use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::Row as _;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqliteLockingMode, SqlitePool, SqlitePoolOptions,
    SqliteSynchronous,
};

use crate::key::Key;
use crate::verdict::StopReason;

/// The tables, one step a version.
const STEPS: &[&str] = &["
CREATE TABLE runner (id TEXT NOT NULL);
CREATE TABLE request (
    name TEXT NOT NULL PRIMARY KEY,
    job TEXT,
    attempt INTEGER,
    stopped TEXT
);
"];

/// Fails because the file cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DatabaseError {
    /// It cannot be opened.
    #[error("failed to open the runner's database {path}; JCI_RUNNER_DB says which it is", path = path.display())]
    Open { path: PathBuf, source: sqlx::Error },
    /// Another process has it.
    #[error("the runner's database {path} is in use: does another jci-runner run? Each wants a JCI_RUNNER_DB of its own", path = path.display())]
    InUse { path: PathBuf },
    /// A later version of this program made it.
    #[error("the runner's database {path} is of version {found}, and this jci-runner knows {known}: install a later one", path = path.display())]
    TooNew { path: PathBuf, found: i64, known: usize },
    /// It cannot be read or written.
    #[error("failed to use the runner's database {path}", path = path.display())]
    Use { path: PathBuf, source: sqlx::Error },
}

/// A request for work, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Request {
    /// Its name, by which the server gives the same attempt again.
    pub(crate) name: String,
    /// The attempt that it brought, if any did.
    pub(crate) key: Option<Key>,
    /// Why the attempt was stopped, if it was.
    pub(crate) stopped: Option<StopReason>,
}

/// The file.
#[derive(Debug, Clone)]
pub(crate) struct Database {
    path: PathBuf,
    pool: SqlitePool,
}

impl Database {
    /// Opens the file, and makes it if need be. No other process can use it meanwhile.
    pub(crate) async fn open(path: &Path) -> Result<Self, DatabaseError> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .locking_mode(SqliteLockingMode::Exclusive)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(1));
        let pool = SqlitePoolOptions::new()
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(options)
            .await
            .map_err(|source| opening(path, source))?;
        let database = Self { path: path.to_owned(), pool };
        database.migrate().await?;
        Ok(database)
    }

    fn failed(&self) -> impl Fn(sqlx::Error) -> DatabaseError {
        let path = self.path.clone();
        move |source| DatabaseError::Use { path: path.clone(), source }
    }

    async fn migrate(&self) -> Result<(), DatabaseError> {
        let opening = |source| opening(&self.path, source);
        let mut transaction = self.pool.begin_with("BEGIN EXCLUSIVE").await.map_err(opening)?;
        let row = sqlx::query("PRAGMA user_version").fetch_one(&mut *transaction).await;
        let found: i64 = row.and_then(|row| row.try_get(0)).map_err(opening)?;
        let done = usize::try_from(found).ok().filter(|done| *done <= STEPS.len());
        let Some(done) = done else {
            return Err(DatabaseError::TooNew {
                path: self.path.clone(),
                found,
                known: STEPS.len(),
            });
        };
        for step in &STEPS[done..] {
            sqlx::raw_sql(*step).execute(&mut *transaction).await.map_err(opening)?;
        }
        let version = format!("PRAGMA user_version = {}", STEPS.len());
        sqlx::raw_sql(sqlx::AssertSqlSafe(version))
            .execute(&mut *transaction)
            .await
            .map_err(opening)?;
        transaction.commit().await.map_err(opening)
    }

    /// Returns the name of this runner, which is made once and stays.
    pub(crate) async fn identity(&self, wanted: Option<&str>) -> Result<String, DatabaseError> {
        let failed = self.failed();
        let row = sqlx::query("SELECT id FROM runner").fetch_optional(&self.pool).await;
        if let Some(row) = row.map_err(&failed)? {
            return row.try_get(0).map_err(failed);
        }
        let made = wanted.map_or_else(random_name, ToOwned::to_owned);
        sqlx::query("INSERT INTO runner (id) VALUES (?)")
            .bind(&made)
            .execute(&self.pool)
            .await
            .map_err(failed)?;
        Ok(made)
    }

    /// Returns the name of the next request, which is on disk then.
    pub(crate) async fn next_request(&self) -> Result<String, DatabaseError> {
        let failed = self.failed();
        let row = sqlx::query("SELECT name FROM request WHERE job IS NULL LIMIT 1")
            .fetch_optional(&self.pool)
            .await
            .map_err(&failed)?;
        if let Some(row) = row {
            return row.try_get(0).map_err(failed);
        }
        let name = format!("{:016x}", fastrand::u64(..));
        sqlx::query("INSERT INTO request (name) VALUES (?)")
            .bind(&name)
            .execute(&self.pool)
            .await
            .map_err(failed)?;
        Ok(name)
    }

    /// Notes what a request brought.
    pub(crate) async fn answered(&self, request: &str, key: &Key) -> Result<(), DatabaseError> {
        sqlx::query("UPDATE request SET job = ?, attempt = ?, stopped = NULL WHERE name = ?")
            .bind(&key.job)
            .bind(key.attempt)
            .bind(request)
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(self.failed())
    }

    /// Notes why an attempt is stopped, before it is.
    pub(crate) async fn stopped(
        &self,
        request: &str,
        reason: &StopReason,
    ) -> Result<(), DatabaseError> {
        let reason = serde_json::to_string(reason).unwrap_or_default();
        sqlx::query("UPDATE request SET stopped = ? WHERE name = ?")
            .bind(reason)
            .bind(request)
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(self.failed())
    }

    /// Forgets a request whose attempt is done with.
    pub(crate) async fn forget(&self, request: &str) -> Result<(), DatabaseError> {
        sqlx::query("DELETE FROM request WHERE name = ?")
            .bind(request)
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(self.failed())
    }

    /// Returns the requests that brought an attempt which is not done with.
    pub(crate) async fn in_hand(&self) -> Result<Vec<Request>, DatabaseError> {
        let failed = self.failed();
        let rows = sqlx::query(
            "SELECT name, job, attempt, stopped FROM request WHERE job IS NOT NULL ORDER BY rowid",
        )
        .fetch_all(&self.pool)
        .await
        .map_err(&failed)?;
        rows.iter().map(request).collect::<Result<_, _>>().map_err(failed)
    }

    /// Closes the file.
    pub(crate) async fn close(&self) {
        self.pool.close().await;
    }
}

fn request(row: &sqlx::sqlite::SqliteRow) -> Result<Request, sqlx::Error> {
    let job: Option<String> = row.try_get("job")?;
    let attempt: Option<u32> = row.try_get("attempt")?;
    let stopped: Option<String> = row.try_get("stopped")?;
    Ok(Request {
        name: row.try_get("name")?,
        key: job.map(|job| Key { job, attempt }),
        stopped: stopped.and_then(|text| serde_json::from_str(&text).ok()),
    })
}

fn opening(path: &Path, source: sqlx::Error) -> DatabaseError {
    // SQLITE_BUSY, with whatever says more of it in the upper bits.
    let code = source.as_database_error().and_then(|error| error.code()?.parse::<u32>().ok());
    if code.is_some_and(|code| code & 0xff == 5) {
        return DatabaseError::InUse { path: path.to_owned() };
    }
    DatabaseError::Open { path: path.to_owned(), source }
}

/// Makes a name that tells people where the runner is, and that no other has.
fn random_name() -> String {
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let plain = |char: &char| char.is_ascii_alphanumeric() || *char == '-' || *char == '.';
    let host: String = host.chars().filter(plain).take(32).collect();
    format!("{host}-{:08x}", fastrand::u32(..))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(job: &str, attempt: Option<u32>) -> Key {
        Key { job: job.to_owned(), attempt }
    }

    #[tokio::test]
    async fn what_was_noted_is_there_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("runner.db");
        let database = Database::open(&path).await.unwrap();
        let id = database.identity(None).await.unwrap();
        let first = database.next_request().await.unwrap();
        assert_eq!(database.next_request().await.unwrap(), first, "until it brings something");
        database.answered(&first, &key("a", Some(2))).await.unwrap();
        let second = database.next_request().await.unwrap();
        assert_ne!(second, first);
        database.answered(&second, &key("b", None)).await.unwrap();
        let reason = StopReason::NoSpool("full".to_owned());
        database.stopped(&second, &reason).await.unwrap();
        database.close().await;

        let database = Database::open(&path).await.unwrap();
        assert_eq!(database.identity(Some("other")).await.unwrap(), id);
        let of = |name: &str, key, stopped| Request { name: name.to_owned(), key, stopped };
        assert_eq!(
            database.in_hand().await.unwrap(),
            [
                of(&first, Some(key("a", Some(2))), None),
                of(&second, Some(key("b", None)), Some(reason)),
            ],
        );
        database.forget(&first).await.unwrap();
        database.forget(&second).await.unwrap();
        assert_eq!(database.in_hand().await.unwrap(), []);
    }

    #[tokio::test]
    async fn two_runners_do_not_share_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("runner.db");
        let _first = Database::open(&path).await.unwrap();
        let error = Database::open(&path).await.unwrap_err();
        assert!(matches!(error, DatabaseError::InUse { .. }), "{error:?}");
    }
}
