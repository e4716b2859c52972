//! What a run that was pushed says of its job.

use jci_coord::{Coordinator, JobId, Outcome, SettleError, Verdict};
use jci_daemon::value::told_size;
use jci_forge::{FilePath, Forge, NameError, RequestError};
use serde::Deserialize;

use super::reason::sentence;
use super::run::RunOnForge;
use crate::http::chain;

/// Fails because a run could not be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadRunError {
    /// The forge did not answer as it should.
    #[error(transparent)]
    Forge(#[from] RequestError),
    /// A name is none.
    #[error(transparent)]
    Name(#[from] NameError),
}

/// What is of interest of `run.json`, which the original does not write.
#[derive(Debug, Default, Deserialize)]
struct Record {
    #[serde(default)]
    exit_code: Option<i32>,
    #[serde(default)]
    reason: Option<String>,
    #[serde(default)]
    memory_limit: Option<u64>,
}

impl Record {
    fn reason(&self) -> Option<String> {
        let reason = sentence(self.reason.as_deref()?)?;
        match self.memory_limit {
            Some(limit) => Some(format!("{reason}: {} is the limit", told_size(limit))),
            None => Some(reason),
        }
    }
}

/// Reads how a run ended; nothing if it goes on, or is none.
pub(crate) async fn read(forge: &Forge, run: &RunOnForge) -> Result<Option<Outcome>, ReadRunError> {
    let repository = forge.repository(&run.repository);
    let path = FilePath::new("status.txt")?;
    let Some(status) = repository.file(&run.object, &path).send().await? else { return Ok(None) };
    let verdict = match status.trim_ascii() {
        b"ok" => Verdict::Ok,
        b"err" => Verdict::Err,
        _ => return Ok(None),
    };
    let mut outcome = Outcome { run: Some(run.id.clone()), ..Outcome::new(verdict) };
    if verdict == Verdict::Err {
        let path = FilePath::new("run.json")?;
        let record = repository.file(&run.object, &path).send().await?.unwrap_or_default();
        // A record that is none says nothing; the status has said what counts.
        let record: Record = serde_json::from_slice(&record).unwrap_or_default();
        outcome.exit_code = record.exit_code;
        outcome.reason = record.reason();
    }
    Ok(Some(outcome))
}

/// Reads a run and settles its job by it; tells whether that ended the look for it.
#[tracing::instrument(name = "job", skip_all, fields(id = %job))]
pub(crate) async fn settle(
    queue: &Coordinator,
    forge: &Forge,
    job: &JobId,
    run: &RunOnForge,
) -> bool {
    let outcome = match read(forge, run).await {
        Ok(Some(outcome)) => outcome,
        Ok(None) => return false,
        Err(error) => {
            tracing::warn!(run = run.id, error = %chain(&error), "a run cannot be read");
            return false;
        }
    };
    match queue.settle(job, &outcome).await {
        Ok(reported) => {
            tracing::info!(run = run.id, state = %reported.job().state,
                "a pushed run says how the job ended");
            true
        }
        Err(SettleError::Store(error)) => {
            tracing::error!(error = %chain(&error), "a result cannot be kept");
            false
        }
        Err(
            error @ (SettleError::Unknown { .. }
            | SettleError::Contradicts { .. }
            | SettleError::NotBegun { .. }),
        ) => {
            tracing::warn!(run = run.id, "a pushed run changes nothing: {}", chain(&error));
            true
        }
    }
}
