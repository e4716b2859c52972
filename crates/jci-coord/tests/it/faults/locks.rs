//! Another program that holds the database.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join;
use jci_coord::{JobFilter, SqliteStore, StoreError, SubmitError};
use sqlx::{Connection as _, SqliteConnection};

use crate::conformance::World;
use crate::names::push;

/// Takes the lock of a database as a careless backup would.
async fn hold(folder: &Path) -> SqliteConnection {
    let url = format!("sqlite:{}", folder.join("queue.db").display());
    let mut connection = SqliteConnection::connect(&url).await.unwrap();
    sqlx::query("BEGIN EXCLUSIVE").execute(&mut connection).await.unwrap();
    connection
}

#[tokio::test]
async fn a_lock_is_waited_for_and_readers_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::new(crate::sqlite::open(folder.path()).await);
    let mut lock = hold(folder.path()).await;
    let release = async {
        // It can be read while it cannot be written.
        assert!(world.server.jobs(&JobFilter::default(), 1).await.unwrap().is_empty());
        sqlx::query("ROLLBACK").execute(&mut lock).await.unwrap();
    };
    let (submitted, ()) = join(world.server.submit(push("a", 1)), release).await;
    assert!(submitted.unwrap().is_new);
}

#[tokio::test]
async fn a_lock_that_lasts_is_said_and_nothing_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("queue.db");
    let patience = Duration::from_millis(20);
    let world = World::new(Arc::new(SqliteStore::open_with(&path, patience).await.unwrap()));
    let job = world.submit(push("a", 1)).await;
    let mut lock = hold(folder.path()).await;
    let refused = world.server.submit(push("a", 2)).await.expect_err("it is locked");
    assert!(matches!(refused, SubmitError::Store(StoreError::Busy { .. })), "{refused:?}");
    assert_eq!(refused.to_string(), "the database is locked by another program");
    assert_eq!(world.job(&job.id).await, job);
    sqlx::query("ROLLBACK").execute(&mut lock).await.unwrap();
    assert!(world.server.submit(push("a", 2)).await.unwrap().is_new);
    assert_eq!(world.server.jobs(&JobFilter::default(), 10).await.unwrap().len(), 2);
}
