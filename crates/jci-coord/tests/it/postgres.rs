//! Stores in a PostgreSQL of the test's own.

mod several_servers;

use std::sync::Arc;

use jci_coord::PostgresStore;
use jci_testkit::Postgres;

/// A PostgreSQL that ends with the test.
pub(crate) struct Server(Postgres);

impl Server {
    pub(crate) fn start() -> Self {
        Self(Postgres::start())
    }

    /// Makes an empty database and opens a store in it.
    pub(crate) async fn database(&self) -> Arc<PostgresStore> {
        Arc::new(PostgresStore::connect(&self.new_database()).await.unwrap())
    }

    /// Makes an empty database and returns its URL.
    pub(crate) fn new_database(&self) -> String {
        self.0.database()
    }
}
