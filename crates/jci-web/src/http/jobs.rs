//! Work that waits for a disk or takes a while, away from the threads that serve connections.

use std::sync::Arc;

use axum::http::StatusCode;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use super::problem::Fault;

/// So many such jobs go on at once for each processor; whoever comes then waits without a thread.
const JOBS_PER_PROCESSOR: usize = 2;
/// Jobs of which each only reads the next piece of something may be more: they are short.
const PIECES_AT_ONCE: usize = 8;

/// Takes jobs, so many at once.
#[derive(Clone)]
pub(crate) struct Jobs {
    whole: Arc<Semaphore>,
    pieces: Arc<Semaphore>,
}

impl Jobs {
    pub(crate) fn new() -> Self {
        let processors = std::thread::available_parallelism().map_or(2, Into::into);
        Self {
            whole: Arc::new(Semaphore::new(processors * JOBS_PER_PROCESSOR)),
            pieces: Arc::new(Semaphore::new(PIECES_AT_ONCE)),
        }
    }

    /// Does a job that answers a request.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Fault> {
        run(&self.whole, job).await
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
