//! The queue, set up as the settings say.

use std::sync::Arc;

use jci_coord::{
    Coordinator, MemoryStore, Retention, Settings, Store, StoreError, SystemClock, SystemRandom,
};

use crate::config::{Config, Database};

/// A runner is asked to be heard of so many times in a lease: some may be lost on the way.
const BEATS: u32 = 6;

/// Opens the database, which is made or brought up to date if need be, and the queue on it.
pub(crate) async fn open(config: &Config) -> Result<Coordinator, StoreError> {
    let store: Arc<dyn Store> = match &config.keeping.database {
        Database::Sqlite(_) | Database::Postgres(_) => Arc::new(MemoryStore::new()),
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
        max_attempts: config.jobs.attempts,
        retention: Retention {
            jobs: config.keeping.history_age,
            job_count: Some(config.keeping.history_jobs.into()),
            ..usual.retention.clone()
        },
        ..usual
    }
}
