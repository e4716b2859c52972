//! Another program that holds the database.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::{join, join_all};
use jci_coord::{JobFilter, Renewal, SqliteStore, StoreError, SubmitError, Why};
use sqlx::{Connection as _, SqliteConnection};

use crate::conformance::World;
use crate::names::{claim, push, runner};

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

#[tokio::test]
async fn a_lock_that_outlasts_a_lease_costs_no_lease() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("queue.db");
    let patience = Duration::from_millis(20);
    let world = World::new(Arc::new(SqliteStore::open_with(&path, patience).await.unwrap()));
    world.submit(push("a", 1)).await;
    let ids = [world.take(&claim("r")).await.attempt.id];
    let mut lock = hold(folder.path()).await;
    // The runner says that it lives, three leases long, and nothing of it can be written.
    for _ in 0..9 {
        world.pass(10);
        let renewed = world.server.renew(&runner("r"), &ids).await;
        assert!(matches!(renewed, Err(StoreError::Busy { .. })), "{renewed:?}");
        assert!(world.expire().await.is_empty());
    }
    sqlx::query("ROLLBACK").execute(&mut lock).await.unwrap();
    assert!(world.expire().await.is_empty());
    assert_eq!(world.renew("r", &ids[0]).await, Renewal::Kept { cancel: false });
    // Who is silent is lost, now as ever.
    world.pass(30);
    assert_eq!(world.expire().await, [Why::LeaseLost]);
}

#[tokio::test]
async fn many_that_wait_for_a_lock_wait_no_longer_than_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("queue.db");
    let patience = Duration::from_millis(200);
    let world = World::new(Arc::new(SqliteStore::open_with(&path, patience).await.unwrap()));
    let lock = hold(folder.path()).await;
    let begun = Instant::now();
    let refused = join_all((1..=50).map(|number| world.server.submit(push("a", number)))).await;
    assert!(refused.iter().all(Result::is_err));
    // One after another they would need ten seconds.
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    lock.close().await.unwrap();
    // What one has waited for is not held against who comes later.
    assert!(world.server.submit(push("a", 1)).await.unwrap().is_new);
}
