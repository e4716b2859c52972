//! What holds whatever the queue is kept in.

mod claims;
mod world;

use std::sync::Arc;

use jci_coord::MemoryStore;

use world::World;

/// Runs every test of the suite on a new store each.
macro_rules! suite {
    ($($module:ident :: $test:ident),* $(,)?) => {
        mod memory {
            $(#[tokio::test]
            async fn $test() {
                super::$module::$test(&super::World::new(super::memory_store())).await;
            })*
        }
    };
}

fn memory_store() -> Arc<MemoryStore> {
    Arc::new(MemoryStore::new())
}

suite! {
    claims::a_job_goes_from_submission_to_its_result,
    claims::a_lost_runner_is_replaced_and_comes_too_late,
}
