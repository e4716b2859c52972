//! Databases of other versions.

use std::sync::Arc;

use jci_coord::{Attempt, JobFilter, JobState, SqliteStore, StoreError};
use sqlx::{Connection as _, SqliteConnection};

use crate::conformance::World;
use crate::names::{claim, push, repository};

/// What the first version has written, a job in every state.
const VERSION_1: &str = include_str!("version-1.sql");

#[tokio::test]
async fn what_the_first_version_has_written_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("queue.db");
    let url = format!("sqlite:{}?mode=rwc", path.display());
    let mut connection = SqliteConnection::connect(&url).await.unwrap();
    sqlx::raw_sql(VERSION_1).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    let world = World::new(Arc::new(SqliteStore::open(&path).await.unwrap()));
    let jobs = world.server.jobs(&JobFilter::default(), 20).await.unwrap();
    for state in JobState::ALL {
        assert!(jobs.iter().any(|job| job.state == state), "{state}");
    }
    for job in &jobs {
        let attempts = world.server.attempts(&job.id).await.unwrap();
        assert_eq!(attempts.iter().any(Attempt::is_live), job.state.is_live());
        assert!(!world.server.statuses(&job.id).await.unwrap().is_empty());
    }
    assert_eq!(world.server.schedules(&repository("a")).await.unwrap().len(), 2);
    // And it goes on from there.
    world.pass(3600);
    let given = world.take(&claim("r")).await;
    assert_eq!(given.job.state, JobState::Assigned);
    world.submit(push("z", 99)).await;
}

#[tokio::test]
async fn what_a_newer_program_has_written_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("queue.db");
    SqliteStore::open(&path).await.unwrap().close().await.unwrap();
    let url = format!("sqlite:{}", path.display());
    let mut connection = SqliteConnection::connect(&url).await.unwrap();
    let sql =
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
        VALUES (7, 'of the future', 1, x'00', 0)";
    sqlx::query(sql).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    let error = SqliteStore::open(&path).await.expect_err("it is newer");
    assert!(matches!(error, StoreError::TooNew { found: 7, known: 1 }), "{error:?}");
    insta::assert_snapshot!(error, @"the database has version 7, and this program knows versions up to 1 only: start a newer program");
}

#[tokio::test]
async fn what_is_no_database_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("queue.db");
    let content = "this is a letter\n".repeat(100);
    std::fs::write(&path, &content).unwrap();
    let error = SqliteStore::open(&path).await.expect_err("it is a letter");
    assert!(matches!(error, StoreError::Refused { .. }), "{error:?}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), content);
}
