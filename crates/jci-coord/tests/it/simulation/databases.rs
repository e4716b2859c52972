//! The same worlds on databases: fewer, as each commit takes a moment there.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::runtime::{Builder, Runtime};

use super::world::Ground;
use super::{run_seeds, times};

/// One thread, so that nothing happens but what the simulation waits for.
fn runtime() -> Arc<Runtime> {
    Arc::new(Builder::new_current_thread().enable_all().build().unwrap())
}

#[test]
fn schedules_on_sqlite() {
    let (runtime, folder) = (runtime(), tempfile::tempdir().unwrap());
    let count = AtomicU32::new(0);
    let ground = |is_told| {
        let folder = folder.path().join(count.fetch_add(1, Ordering::Relaxed).to_string());
        std::fs::create_dir(&folder).unwrap();
        let store = runtime.block_on(crate::sqlite::open(&folder));
        Ground { store, database: Some(Arc::clone(&runtime)), mutation: None, is_told }
    };
    assert!(times(&run_seeds(20_000..20_040, ground), "the forge heard a last word") > 0);
}

#[test]
fn schedules_on_postgres() {
    let (runtime, server) = (runtime(), crate::postgres::Server::start());
    let ground = |is_told| {
        let store = runtime.block_on(server.database());
        Ground { store, database: Some(Arc::clone(&runtime)), mutation: None, is_told }
    };
    assert!(times(&run_seeds(30_000..30_006, ground), "the forge heard a last word") > 0);
}
