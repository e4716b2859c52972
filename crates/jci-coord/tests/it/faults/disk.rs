//! A disk that runs full.

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jci_coord::{JobFilter, SqliteStore, StoreError, SubmitError};
use jci_testkit::{SmallDisk, TestRepo};
use sqlx::{Connection as _, Row as _, SqliteConnection};

use crate::conformance::World;
use crate::names::push;

/// Names the folder for the test that is run where the disk is small.
const FOLDER: &str = "JCI_TEST_FOLDER";

/// What takes the room; emptied, it gives it back.
const BALLAST: &str = ".git/ballast";

#[test]
fn a_full_disk_is_said_and_nothing_is_lost() {
    let repo = TestRepo::new();
    let disk = SmallDisk::under(&repo, 16 << 20);
    disk.leave(200);
    // Only a process of its own sees the disk: SQLite follows any other way to it out again.
    let program = std::env::current_exe().unwrap();
    let ended = disk
        .command(program, repo.path())
        .args(["--exact", "--ignored", "faults::disk::child_fills_the_disk"])
        .env(FOLDER, repo.path())
        .output()
        .unwrap();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    assert!(String::from_utf8_lossy(&ended.stdout).contains("1 passed"));
}

#[tokio::test]
#[ignore = "started by a_full_disk_is_said_and_nothing_is_lost"]
async fn child_fills_the_disk() {
    let folder = PathBuf::from(std::env::var_os(FOLDER).expect("another test names the folder"));
    let path = folder.join("queue.db");
    let world = World::new(Arc::new(SqliteStore::open(&path).await.unwrap()));
    let mut accepted = 0;
    let error = loop {
        match world.server.submit(push("a", accepted)).await {
            Ok(_) => accepted += 1,
            Err(error) => break error,
        }
        assert!(accepted < 10_000, "the disk never ran full");
    };
    assert!(accepted > 0);
    assert!(matches!(error, SubmitError::Store(StoreError::Full { .. })), "{error:?}");
    assert_eq!(error.to_string(), "the disk of the database is full");
    let again = world.server.submit(push("b", 1)).await;
    assert!(again.is_err(), "there is still no room");
    OpenOptions::new().write(true).open(folder.join(BALLAST)).unwrap().set_len(0).unwrap();
    let after = world.server.submit(push("b", 2)).await.unwrap();
    assert!(after.is_new);
    let jobs = world.server.jobs(&JobFilter::default(), 10_000).await.unwrap();
    let of_a = jobs.iter().filter(|job| job.spec.repository.as_str() == "owner/a").count();
    assert_eq!((of_a, jobs.len()), (accepted as usize, accepted as usize + 1));
    check_integrity(&path).await;
}

async fn check_integrity(path: &Path) {
    let url = format!("sqlite:{}", path.display());
    let mut connection = SqliteConnection::connect(&url).await.unwrap();
    let row = sqlx::query("PRAGMA integrity_check").fetch_one(&mut connection).await.unwrap();
    assert_eq!(row.get::<String, _>(0), "ok");
    connection.close().await.unwrap();
}
