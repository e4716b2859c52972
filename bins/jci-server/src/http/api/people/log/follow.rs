//! A log as it grows, piece by piece, at the pace of who reads it.

use std::io;
use std::time::Duration;

use axum::body::Bytes;
use jci_coord::{AttemptId, AttemptNumber, Change, Job, JobId, StoreError};
use jci_proto::LogEnd;
use serde::Deserialize;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{OwnedSemaphorePermit, futures::Notified};
use tokio::time::sleep;

use super::source::Source;
use super::{Completeness, CompletenessError, Place, end};
use crate::http::app::App;
use crate::http::problem::{Refusal, chain};

/// Which log is to be followed, and from where on.
#[derive(Debug, Default, Deserialize)]
pub(super) struct From {
    attempt: Option<u32>,
    offset: Option<u64>,
    /// The log of the first attempt that comes after this one is meant, which may not be there yet.
    after: Option<u32>,
}

impl From {
    /// Goes on behind a piece of one attempt's log, by the name that the piece has among events.
    pub(super) fn behind(event: &str) -> Option<Self> {
        let (attempt, offset) = event.split_once(':')?;
        let (attempt, offset) = (attempt.parse().ok()?, offset.parse().ok()?);
        Some(Self { attempt: Some(attempt), offset: Some(offset), after: None })
    }

    fn attempt(&self, job: &Job) -> Result<Option<AttemptId>, Refusal> {
        match self.after {
            Some(after) => Ok(newest_after(after, job)),
            None => Place { attempt: self.attempt, offset: self.offset }.attempt(job),
        }
    }
}

/// Names the newest attempt at a job, if it came after another.
fn newest_after(after: u32, job: &Job) -> Option<AttemptId> {
    let number = job.attempt.filter(|number| number.get() > after)?;
    Some(AttemptId { job: job.id.clone(), number })
}

/// Somebody who follows the log of one attempt, or of the next one if that is not there yet.
pub(super) struct Follow {
    app: App,
    job: JobId,
    after: u32,
    attempt: Option<AttemptId>,
    source: Option<Source>,
    offset: u64,
    /// The job as it was when nothing more could come.
    ended: Option<Job>,
    changes: Receiver<Change>,
    #[expect(dead_code, reason = "held, and given back when it is dropped")]
    place: OwnedSemaphorePermit,
}

/// What comes next.
pub(super) enum Next {
    /// A piece of the log of an attempt, and the offset after it.
    Piece { attempt: AttemptNumber, piece: Bytes, offset: u64 },
    /// Nothing more comes.
    End(Box<LogEnd>),
    /// The server ends or cannot read on: whoever asks again from the offset misses nothing.
    Cut,
}

impl Follow {
    /// Begins to follow.
    pub(super) fn begin(app: App, job: &Job, from: &From) -> Result<Self, Refusal> {
        let Some(seat) = app.watcher() else {
            return Err(Refusal::unavailable("as many logs are followed as may be at once"));
        };
        Ok(Self {
            attempt: from.attempt(job)?,
            after: from.after.unwrap_or(0),
            // Listening begins before the first look, so that nothing falls between.
            changes: app.queue().changes(),
            app,
            job: job.id.clone(),
            source: None,
            offset: from.offset.unwrap_or(0),
            ended: None,
            place: seat,
        })
    }

    /// Waits for what comes next. Nothing is lost if that is given up and asked again.
    pub(super) async fn next(&mut self) -> Next {
        match self.try_next().await {
            Ok(next) => next,
            Err(error) => {
                tracing::warn!(job = %self.job, error = %chain(&error), "a log is not followed on");
                Next::Cut
            }
        }
    }

    async fn try_next(&mut self) -> Result<Next, FollowError> {
        let app = self.app.clone();
        loop {
            // Whoever is woken was told so before the look that finds nothing.
            let attempt = self.attempt.clone();
            let grown = attempt.as_ref().map(|attempt| app.logs().grown(attempt).notified());
            if let (Some(attempt), Some(piece)) = (&attempt, self.read().await?) {
                self.offset += piece.len() as u64;
                let (attempt, offset) = (attempt.number, self.offset);
                return Ok(Next::Piece { attempt, piece, offset });
            }
            if let Some(job) = &self.ended {
                let end = end::end(job, self.attempt.as_ref(), self.offset);
                return Ok(Next::End(Box::new(end)));
            }
            let patience = match self.look().await? {
                Found::More => continue,
                Found::Nothing { patience } => patience,
            };
            if !wait(&mut self.changes, &self.job, grown, patience, &app).await {
                return Ok(Next::Cut);
            }
        }
    }

    async fn read(&mut self) -> Result<Option<Bytes>, FollowError> {
        let Some(source) = &self.source else { return Ok(None) };
        let piece = source.read(self.offset).await?;
        Ok(Some(piece).filter(|piece| !piece.is_empty()))
    }

    /// Looks at the job, and whether there is something new that may have brought more to read.
    async fn look(&mut self) -> Result<Found, FollowError> {
        let Some(job) = self.app.queue().job(&self.job).await? else {
            return Err(FollowError::Forgotten);
        };
        let mut is_new = false;
        if self.attempt.is_none() {
            self.attempt = newest_after(self.after, &job);
            is_new = self.attempt.is_some();
        }
        // Judged before the log is opened and read on: what is complete is there by then.
        let completeness = Completeness::of(&self.app, &job, self.attempt.as_ref()).await?;
        if let (None, Some(attempt)) = (&self.source, &self.attempt) {
            // The run has another log than a runner that may still send. Without either, what
            // there is to follow is how the job ends.
            let opened = match completeness {
                Completeness::Complete => Source::open(&self.app, &job, attempt).await,
                _ => Source::sent(&self.app, attempt).await,
            };
            self.source = opened.unwrap_or(None);
            is_new |= self.source.is_some();
        }
        let over = self.attempt.as_ref().is_none_or(|attempt| Place::is_over(&job, attempt));
        let patience = match completeness {
            Completeness::Complete if over => {
                self.ended = Some(job);
                return Ok(Found::More);
            }
            Completeness::Behind(patience) => Some(patience),
            Completeness::Complete | Completeness::Growing => None,
        };
        Ok(if is_new { Found::More } else { Found::Nothing { patience } })
    }
}

/// What a look at a job has found.
enum Found {
    /// There may be more to read, or an end to tell.
    More,
    /// There is nothing new, and after so long another look may find an end.
    Nothing { patience: Option<Duration> },
}

/// Fails because a log cannot be followed on.
#[derive(Debug, thiserror::Error)]
enum FollowError {
    #[error("the log cannot be read")]
    Read(#[from] io::Error),
    #[error("the queue cannot be read")]
    Queue(#[from] StoreError),
    #[error(transparent)]
    Completeness(#[from] CompletenessError),
    #[error("the job was forgotten meanwhile")]
    Forgotten,
}

/// Waits until there may be more; tells whether to go on, which is so until it is time to stop.
async fn wait(
    changes: &mut Receiver<Change>,
    job: &JobId,
    grown: Option<Notified<'_>>,
    patience: Option<Duration>,
    app: &App,
) -> bool {
    let grown = async {
        match grown {
            Some(grown) => grown.await,
            None => std::future::pending().await,
        }
    };
    let patience = async {
        match patience {
            Some(patience) => sleep(patience).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        () = grown => true,
        () = patience => true,
        () = changed(changes, job) => true,
        () = app.stop().requested() => false,
    }
}

/// Returns once a job may have changed.
async fn changed(changes: &mut Receiver<Change>, ours: &JobId) {
    loop {
        match changes.recv().await {
            Ok(Change::Job { job, .. }) if job == *ours => return,
            Ok(Change::Job { .. } | Change::Status) => {}
            Ok(Change::Missed) | Err(RecvError::Lagged(_)) => return,
            // The queue is gone with the server.
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}
