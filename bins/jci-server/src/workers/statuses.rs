//! Tells the forge how jobs are, from the outbox, until it knows.

use std::time::Duration;

use futures_util::future::join_all;
use jci_coord::{Change, JobState, OutboxError, Retry, Status};
use jci_forge::{Failure, NameError, ObjectId, RepoName, RequestError, State, StatusError};
use tokio::sync::broadcast::error::RecvError;
use url::Url;

use super::Shared;
use crate::forge_check;
use crate::health::ForgeHealth;
use crate::http::chain;

/// The name under which the statuses of jci stand at the forge.
const CONTEXT: &str = "jci";
/// So many statuses are on their way at once.
const AT_ONCE: u32 = 8;
/// So often the outbox is looked at without news: something may have become due.
const EVERY: Duration = Duration::from_secs(1);
/// So often a repository that is not there is tried before its status is given up.
const TRIES_WITHOUT_REPOSITORY: u32 = 20;

/// Sends what is due until the server stops.
pub(super) async fn send(shared: Shared) {
    let mut changes = shared.queue.changes();
    while !shared.stop.is_requested() {
        let due = match shared.queue.due_statuses(AT_ONCE).await {
            Ok(due) => due,
            Err(error) => {
                tracing::error!(error = %chain(&error), "the outbox cannot be read");
                Vec::new()
            }
        };
        if !due.is_empty() {
            join_all(due.iter().map(|status| send_one(&shared, status))).await;
            continue;
        }
        let news = async {
            loop {
                match changes.recv().await {
                    Ok(Change::Status | Change::Missed) | Err(RecvError::Lagged(_)) => return,
                    Ok(Change::Job { .. }) => {}
                    Err(RecvError::Closed) => std::future::pending().await,
                }
            }
        };
        tokio::select! {
            _ = shared.stop.pause(EVERY) => {}
            () = news => {}
        }
    }
}

/// Sends a status, and notes what became of it.
#[tracing::instrument(name = "job", skip_all, fields(id = %status.what.job))]
async fn send_one(shared: &Shared, status: &Status) {
    let noted = match tell(shared, status).await {
        Ok(()) => {
            shared.health.note_forge(&ForgeHealth::Fine);
            tracing::debug!(state = %status.what.state, "the forge knows");
            shared.metrics.status("sent");
            shared.queue.status_sent(status).await
        }
        Err(error) => {
            let verdict = verdict(&error, status.failures);
            note_health(shared, &error);
            let never = matches!(verdict, Retry::Never { .. });
            shared.metrics.status(if never { "given_up" } else { "failed" });
            if never {
                tracing::error!(error = %chain(&error), "a status is given up");
            } else {
                tracing::debug!(error = %chain(&error), "a status is sent again later");
            }
            shared.queue.status_failed(status, &verdict).await
        }
    };
    match noted {
        // The job was forgotten meanwhile, and its statuses with it.
        Ok(()) | Err(OutboxError::Unknown { .. }) => {}
        Err(error) => tracing::error!(error = %chain(&error), "the outbox cannot be written"),
    }
}

/// Fails because a status did not reach the forge.
#[derive(Debug, thiserror::Error)]
enum TellError {
    #[error("the status names what is not on any forge")]
    Name(#[from] NameError),
    #[error(transparent)]
    Forge(#[from] StatusError),
}

async fn tell(shared: &Shared, status: &Status) -> Result<(), TellError> {
    let what = &status.what;
    let name = RepoName::parse(what.repository.as_str())?;
    let commit = ObjectId::new(what.commit.as_str())?;
    let repository = shared.forge.repository(&name);
    let url = page(shared, status).await;
    let mut call = repository.create_status(&commit, state(what.state), CONTEXT);
    call = call.description(&what.description);
    if let Some(url) = &url {
        call = call.target_url(url);
    }
    Ok(call.send().await?)
}

/// Returns the address of the job's page, with the key that opens it.
async fn page(shared: &Shared, status: &Status) -> Option<Url> {
    let mut url = shared.config.public_url.clone()?;
    let job = shared.queue.job(&status.what.job).await.ok()??;
    url.path_segments_mut().ok()?.pop_if_empty().push("jobs").push(job.id.as_str());
    url.query_pairs_mut().append_pair("key", job.view_key.reveal());
    Some(url)
}

fn state(state: JobState) -> State {
    match state {
        JobState::Queued | JobState::Assigned => State::Pending,
        JobState::Running => State::Running,
        JobState::Ok => State::Success,
        JobState::Err | JobState::TimedOut => State::Failure,
        JobState::Cancelled => State::Cancelled,
        JobState::InfraError => State::Error,
    }
}

/// Judges what to do with a status that did not get through.
///
/// What somebody can mend at the forge or in the settings is waited for, however long it takes.
fn verdict(error: &TellError, failures: u32) -> Retry {
    let why = chain(error);
    let TellError::Forge(error) = error else { return Retry::Never { why } };
    let status = match error {
        StatusError::Request(error) => error.status().map(|status| status.as_u16()),
        StatusError::Context { .. } | StatusError::UnknownCommit { .. } => None,
    };
    match (status, error.retry()) {
        (Some(401 | 403), _) => Retry::Later { why },
        (Some(404), _) if failures < TRIES_WITHOUT_REPOSITORY => Retry::Later { why },
        (_, jci_forge::Retry::Never) => Retry::Never { why },
        (_, jci_forge::Retry::After(wait)) => Retry::After { wait, why },
        (_, jci_forge::Retry::Backoff) => Retry::Later { why },
    }
}

/// Notes what a failure says of the forge as a whole, if it says anything.
fn note_health(shared: &Shared, error: &TellError) {
    if let TellError::Forge(StatusError::Request(error)) = error
        && concerns_all(error)
    {
        shared.health.note_forge(&forge_check::judge(error, &shared.config.forge));
    }
}

/// Tells whether a failure would meet any other request too.
fn concerns_all(error: &RequestError) -> bool {
    match (&*error.failure, error.status().map(|status| status.as_u16())) {
        (_, Some(401 | 429 | 502 | 503 | 504)) => true,
        (failure, None) => matches!(
            failure,
            Failure::Connect { .. } | Failure::Timeout | Failure::Interrupted { .. }
        ),
        _ => false,
    }
}
