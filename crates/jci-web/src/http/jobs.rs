//! Work that waits for a disk or takes a while, away from the threads that serve connections.

use std::sync::Arc;

use axum::http::StatusCode;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use super::problem::Fault;

/// So many jobs that answer at once go on at a time for each processor; whoever comes then waits
/// without a thread.
const QUICK_PER_PROCESSOR: usize = 2;
/// So many that compute for a while: they keep nobody waiting but each other.
const LONG_PER_PROCESSOR: usize = 1;
/// Jobs of which each only reads the next piece of something may be more: they are short.
const PIECES_AT_ONCE: usize = 8;

/// Takes jobs, so many at once.
#[derive(Debug, Clone)]
pub(crate) struct Jobs {
    quick: Arc<Semaphore>,
    long: Arc<Semaphore>,
    pieces: Arc<Semaphore>,
}

impl Jobs {
    pub(crate) fn new() -> Self {
        let processors = std::thread::available_parallelism().map_or(2, Into::into);
        Self {
            quick: Arc::new(Semaphore::new(processors * QUICK_PER_PROCESSOR)),
            long: Arc::new(Semaphore::new(processors * LONG_PER_PROCESSOR)),
            pieces: Arc::new(Semaphore::new(PIECES_AT_ONCE)),
        }
    }

    /// Does a job that answers a request at once.
    pub(crate) async fn quick<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Fault> {
        run(&self.quick, job).await
    }

    /// Does a job that takes a while to answer.
    pub(crate) async fn long<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Fault> {
        run(&self.long, job).await
    }

    /// Does a job that only reads the next piece of an answer.
    pub(crate) async fn piece<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Fault> {
        run(&self.pieces, job).await
    }
}

async fn run<T: Send + 'static>(
    places: &Arc<Semaphore>,
    job: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Fault> {
    let broken = || {
        let detail = "something in jci broke while it answered; please report it";
        Fault::new(StatusCode::INTERNAL_SERVER_ERROR, "jci failed", detail)
    };
    let place = Arc::clone(places).acquire_owned().await.map_err(|_| broken())?;
    let done = spawn_blocking(move || {
        // Held until the job is done, even if nobody waits for it any more.
        let _place = place;
        job()
    });
    done.await.map_err(|_| broken())
}
