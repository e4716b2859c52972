//! Bringing a database to the version that this program writes.

use sqlx::migrate::{Migrate, MigrateError, Migration, MigrationType, Migrator};
use sqlx::{PgConnection, SqlSafeStr as _, SqliteConnection};

use super::error::classify;
use crate::store::{StoreError, StoreResult};

/// A version: its number, what it brings, and the statements for each database.
struct Version {
    number: i64,
    name: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

/// All versions. One that was released never changes; a new one is added at the end.
const VERSIONS: &[Version] = &[Version {
    number: 1,
    name: "queue",
    sqlite: include_str!("../../../migrations/sqlite/0001_queue.sql"),
    postgres: include_str!("../../../migrations/postgres/0001_queue.sql"),
}];

/// The table in which sqlx keeps what was done.
const DONE: &str = "_sqlx_migrations";

pub(super) async fn run_sqlite(connection: &mut SqliteConnection) -> StoreResult<()> {
    run(connection, |version| version.sqlite).await
}

pub(super) async fn run_postgres(connection: &mut PgConnection) -> StoreResult<()> {
    run(connection, |version| version.postgres).await
}

/// Each version is one transaction, the note that it was done included: whenever this is killed,
/// it goes on at the next start.
async fn run(
    connection: &mut impl Migrate,
    statements: fn(&Version) -> &'static str,
) -> StoreResult<()> {
    check_not_newer(connection).await?;
    let migrations = VERSIONS.iter().map(|version| {
        let statements = statements(version).into_sql_str();
        let kind = MigrationType::Simple;
        Migration::new(version.number, version.name.into(), kind, statements, false)
    });
    let migrator = Migrator::with_migrations(migrations.collect());
    migrator.run_direct(None, connection, false).await.map_err(meaning)
}

async fn check_not_newer(connection: &mut impl Migrate) -> StoreResult<()> {
    connection.lock().await.map_err(meaning)?;
    let listed = list(connection).await;
    connection.unlock().await.map_err(meaning)?;
    let found = listed?.into_iter().max().unwrap_or(0);
    let known = VERSIONS.last().map_or(0, |version| version.number);
    if found > known { Err(StoreError::TooNew { found, known }) } else { Ok(()) }
}

async fn list(connection: &mut impl Migrate) -> StoreResult<Vec<i64>> {
    connection.ensure_migrations_table(DONE).await.map_err(meaning)?;
    let applied = connection.list_applied_migrations(DONE).await.map_err(meaning)?;
    Ok(applied.into_iter().map(|applied| applied.version).collect())
}

fn meaning(error: MigrateError) -> StoreError {
    let what = "bringing the database to the newest version";
    match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => {
            classify(error, what)
        }
        error => StoreError::Refused { what, source: error.into() },
    }
}
