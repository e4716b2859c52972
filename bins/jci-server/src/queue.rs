//! The queue, set up as the settings say.

use std::sync::Arc;
use std::time::Duration;

use jci_coord::{
    Coordinator, PostgresStore, Retention, Settings, SqliteStore, Store, StoreError, SystemClock,
    SystemRandom,
};
use secrecy::ExposeSecret as _;

use crate::config::{Config, Database};
use crate::server::FORGE_TIMEOUT;

/// A runner is asked to be heard of so many times in a lease: some may be lost on the way.
const BEATS: u32 = 6;

/// So long a status belongs to the server that sends it, which knows within less how it went.
const CLAIM: Duration = FORGE_TIMEOUT.saturating_add(Duration::from_secs(3));

/// Opens the database, which is made or brought up to date if need be, and the queue on it.
pub(crate) async fn open(config: &Config) -> Result<Coordinator, StoreError> {
    let store: Arc<dyn Store> = match &config.keeping.database {
        Database::Sqlite(path) => Arc::new(SqliteStore::open(path).await?),
        Database::Postgres(url) => Arc::new(PostgresStore::connect(url.expose_secret()).await?),
    };
    let random = Arc::new(SystemRandom::new());
    Ok(Coordinator::new(store, settings(config), Arc::new(SystemClock::new()), random))
}

fn settings(config: &Config) -> Settings {
    let usual = Settings::default();
    Settings {
        max_jobs: config.jobs.max,
        timeout: config.jobs.timeout,
        lease: config.jobs.lease,
        renew_every: config.jobs.lease / BEATS,
        claim: CLAIM,
        max_attempts: config.jobs.attempts,
        retention: Retention {
            jobs: config.keeping.history_age,
            job_count: Some(config.keeping.history_jobs.into()),
            ..usual.retention.clone()
        },
        ..usual
    }
}
