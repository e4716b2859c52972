//! Following the log of a job over whatever happens to the connection.

use std::io::Write;
use std::time::Instant;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jci_proto::{JobState, LogEnd};

use super::api::{Api, Failure};
use super::events::{Event, EventReader};
use super::patience::{LIMIT, Patience};
use crate::error::CommandError;
use crate::exit_code::{self, ExitCode};
use crate::stderr::tell;

/// Where to go on.
enum Place {
    /// At the begin of the first attempt after this one.
    After(u32),
    /// Behind the event of this id.
    Behind(String),
}

/// Why a connection ended before the log did.
enum Broken {
    /// It is worth another one.
    Cut(Failure),
    /// It is not.
    Final(CommandError),
}

impl From<Failure> for Broken {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Final(error) => Self::Final(error),
            Failure::Away(_) | Failure::Later { .. } => Self::Cut(failure),
        }
    }
}

/// Prints the log of a job as it grows, attempt after attempt, until the job has ended.
pub(super) async fn follow(
    api: &mut Api<'_>,
    out: &mut impl Write,
) -> Result<ExitCode, CommandError> {
    let mut place = Place::After(0);
    let mut patience = Patience::default();
    let (mut reached, mut missed) = (false, false);
    loop {
        match listen(api, &mut place, &mut patience, &mut reached, out).await {
            Ok(end) => {
                let attempt = end.attempt.attempt;
                // While nobody listened there may have been another attempt, from begin to end.
                if end.state.is_final() && (!missed || attempt == 0) {
                    return Ok(ended(&end));
                }
                if !end.state.is_final() {
                    tell!("jci: attempt {attempt} is over, another one follows");
                }
                place = Place::After(attempt);
            }
            Err(Broken::Final(error)) => return Err(error),
            // Whoever was never there may never be: the address may be wrong.
            Err(Broken::Cut(failure @ Failure::Away(_))) if !reached => {
                return Err(failure.into_error(api.address()));
            }
            Err(Broken::Cut(failure)) => {
                missed = true;
                wait(api, &mut patience, &failure).await?;
            }
        }
    }
}

/// Prints what comes over one connection, until it says how the job is.
async fn listen(
    api: &mut Api<'_>,
    place: &mut Place,
    patience: &mut Patience,
    reached: &mut bool,
    out: &mut impl Write,
) -> Result<LogEnd, Broken> {
    let (query, behind) = match place {
        Place::After(attempt) => (vec![("after", attempt.to_string())], None),
        Place::Behind(event) => (Vec::new(), Some(event.as_str())),
    };
    let mut answer = api.get("/log/events", &query, behind).await?;
    *reached = true;
    let mut reader = EventReader::default();
    while let Some(bytes) = answer.chunk().await.map_err(Failure::Away)? {
        patience.restore();
        for event in reader.take(&bytes).map_err(|error| not_understood(api, error))? {
            if event.name == "end" {
                return serde_json::from_str(&event.data)
                    .map_err(|error| not_understood(api, error));
            }
            if event.name == "log" {
                print(event, place, out).map_err(|error| match error {
                    PrintError::Data(error) => not_understood(api, error),
                    PrintError::Output(error) => Broken::Final(error.into()),
                })?;
            }
        }
    }
    let why = "it ended the connection".to_owned();
    Err(Broken::Cut(Failure::Later { why, wait: None }))
}

enum PrintError {
    Data(base64::DecodeError),
    Output(std::io::Error),
}

/// Prints a piece of the log, and notes that it is printed.
fn print(event: Event, place: &mut Place, out: &mut impl Write) -> Result<(), PrintError> {
    let piece = BASE64_STANDARD.decode(&event.data).map_err(PrintError::Data)?;
    out.write_all(&piece).and_then(|()| out.flush()).map_err(PrintError::Output)?;
    *place = Place::Behind(event.id);
    Ok(())
}

fn not_understood(
    api: &Api<'_>,
    error: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> Broken {
    let message = format!("{} is not understood", api.address().server());
    Broken::Final(CommandError::failed(message).because(error).hint("is it a jci-server?"))
}

/// Waits before the next try; says so at the first, and gives up after many.
async fn wait(
    api: &Api<'_>,
    patience: &mut Patience,
    failure: &Failure,
) -> Result<(), CommandError> {
    let server = api.address().server();
    let asked = match failure {
        Failure::Later { wait, .. } => *wait,
        Failure::Away(_) | Failure::Final(_) => None,
    };
    let Some(wait) = patience.next(Instant::now(), asked, fastrand::f64()) else {
        let minutes = LIMIT.as_secs() / 60;
        let message = format!("{server} has given nothing for {minutes} minutes");
        return Err(CommandError::failed(message)
            .because(failure.phrase())
            .hint("the job goes on: follow it again when the server is back"));
    };
    if patience.is_first() {
        tell!("jci: waiting for {server}: {}", failure.phrase());
    }
    tokio::time::sleep(wait).await;
    Ok(())
}

/// Says how the job ended, unless it passed, and returns what that is as an exit code.
fn ended(end: &LogEnd) -> ExitCode {
    let how = match end.state {
        JobState::Ok => return exit_code::OK,
        JobState::TimedOut => "took too long",
        JobState::Cancelled => "was cancelled",
        JobState::InfraError => "could not be run",
        JobState::Err | JobState::Queued | JobState::Assigned | JobState::Running => "failed",
    };
    let code = end.exit_code.map(|code| format!(" with exit code {code}")).unwrap_or_default();
    let reason = end.reason.as_deref().map(|reason| format!(": {reason}")).unwrap_or_default();
    tell!("jci: the job {how}{code}{reason}");
    exit_code::JOB_FAILED
}
