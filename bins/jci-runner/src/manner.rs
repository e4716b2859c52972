//! Whether the server is one of the original, which knows less.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::api::Api;
use crate::checks::{self, CheckError, Reached};

/// How long a server counts as one of the original before it is asked again: what said that it
/// knows no heartbeats may have been something in front of it.
const BELIEVED: Duration = Duration::from_secs(60);

/// What is known of the server. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Manner(Arc<Mutex<Option<(Reached, Instant)>>>);

impl Manner {
    /// Asks the server, if it is not known what it is.
    pub(crate) async fn of(&self, api: &Api, runner: &str) -> Result<Reached, CheckError> {
        let known = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match known {
            Some((Reached::Fine, _)) => return Ok(Reached::Fine),
            Some((Reached::Original, at)) if at.elapsed() < BELIEVED => {
                return Ok(Reached::Original);
            }
            _ => {}
        }
        let reached = checks::server(api, runner).await?;
        if reached == Reached::Original && known.is_none() {
            tracing::warn!(server = %api.address(), "the server knows no heartbeats: jobs have no \
                lease, and their logs stay here");
        }
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((reached, Instant::now()));
        Ok(reached)
    }
}
