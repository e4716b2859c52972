//! Stores in files.

use std::path::Path;
use std::sync::Arc;

use jci_coord::SqliteStore;

/// Opens the store of a folder.
pub(crate) async fn open(folder: &Path) -> Arc<SqliteStore> {
    Arc::new(SqliteStore::open(folder.join("queue.db")).await.unwrap())
}
