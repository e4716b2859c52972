//! Where the bytes of a log come from.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;

use axum::body::Bytes;
use jci_coord::{AttemptId, Job};
use jci_forge::FilePath;

use crate::http::app::App;
use crate::http::problem::{Refusal, chain};
use crate::jobs::find_run;

/// So many bytes are in memory for each who reads a log.
const PIECE: usize = 32 * 1024;

/// The file of a run that holds its log.
const LOG: &str = "run.output.txt";

/// The bytes of a log, some of which may still come.
#[derive(Debug, Clone)]
pub(crate) enum Source {
    /// What the runner sent.
    File(Arc<File>),
    /// What the run holds.
    Whole(Bytes),
}

impl Source {
    /// Opens what there is of a log: what the runner sent, or, if it sent nothing, as those of the
    /// original do not, what the run holds that the job pushed.
    pub(crate) async fn open(
        app: &App,
        job: &Job,
        attempt: &AttemptId,
    ) -> Result<Option<Self>, Refusal> {
        if let Some(sent) = Self::sent(app, attempt).await? {
            return Ok(Some(sent));
        }
        if job.state.is_final() && job.attempt == Some(attempt.number) && job.run.is_some() {
            return of_run(app, job).await;
        }
        Ok(None)
    }

    /// Opens what the runner sent, if it sent anything.
    pub(super) async fn sent(app: &App, attempt: &AttemptId) -> Result<Option<Self>, Refusal> {
        let file = app.logs().open(attempt).await;
        let file = file.map_err(|error| Refusal::failed("opening a log", &error))?;
        Ok(file.map(|file| Self::File(Arc::new(file))))
    }

    /// Tells how many bytes there are now.
    pub(super) async fn length(&self) -> io::Result<u64> {
        match self {
            Self::File(file) => {
                let file = Arc::clone(file);
                blocking(move || file.metadata().map(|metadata| metadata.len())).await
            }
            Self::Whole(bytes) => Ok(bytes.len() as u64),
        }
    }

    /// Reads a piece from an offset on; none where nothing is.
    pub(super) async fn read(&self, offset: u64) -> io::Result<Bytes> {
        match self {
            Self::File(file) => {
                let file = Arc::clone(file);
                blocking(move || {
                    let mut piece = vec![0; PIECE];
                    let length = file.read_at(&mut piece, offset)?;
                    piece.truncate(length);
                    Ok(piece.into())
                })
                .await
            }
            Self::Whole(bytes) => {
                let begin = usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
                Ok(bytes.slice(begin..bytes.len().min(begin + PIECE)))
            }
        }
    }
}

async fn blocking<T: Send + 'static>(
    read: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(read).await.map_err(io::Error::other)?
}

/// Reads the log out of the run that a job pushed.
async fn of_run(app: &App, job: &Job) -> Result<Option<Source>, Refusal> {
    let away = |error: &dyn std::error::Error| {
        tracing::warn!(job = %job.id, error = %chain(error), "the log of a run cannot be read");
        Refusal::unavailable("the forge, which has the log, does not give it")
    };
    let Some(run) = find_run(app.forge(), job).await.map_err(|error| away(&error))? else {
        return Ok(None);
    };
    let path = FilePath::new(LOG).map_err(|error| away(&error))?;
    let repository = app.forge().repository(&run.repository);
    let found = repository.file(&run.object, &path).send().await.map_err(|error| away(&error))?;
    Ok(found.map(|bytes| Source::Whole(bytes.into())))
}
