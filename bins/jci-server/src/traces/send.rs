//! Sending the spans of jobs as they end.

use std::collections::BTreeSet;
use std::time::Duration;

use jci_coord::{Change, JobId, StoreError};
use jci_http::{ClientError, Proxies};
use serde_json::json;
use tokio::sync::broadcast::error::RecvError;
use url::Url;

use super::span::{Span, spans};
use crate::http::chain;
use crate::workers::Shared;

/// So long spans are gathered before they are sent together.
const GATHER: Duration = Duration::from_secs(1);
/// So long sending may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// So many jobs wait at most to be sent; of more, the oldest are left out.
const MOST: usize = 1000;
/// So often the same spans are sent in vain before they are left out.
const TRIES: u32 = 5;

/// Fails because spans did not arrive.
#[derive(Debug, thiserror::Error)]
enum SendError {
    #[error("the queue cannot be read")]
    Queue(#[from] StoreError),
    #[error("the collector of traces cannot be reached")]
    Reach(#[source] reqwest::Error),
    #[error("the collector of traces answers {status}")]
    Refused { status: reqwest::StatusCode },
}

/// Sends the spans of jobs that end until the server stops, the last of them after that.
pub(crate) async fn send(shared: Shared) {
    let Some(endpoint) = shared.config.otlp_endpoint.clone() else {
        return shared.stop.requested().await;
    };
    let sender = match Sender::new(&endpoint) {
        Ok(sender) => sender,
        Err(error) => {
            tracing::error!(error = %chain(&error), "traces cannot be sent");
            return shared.stop.requested().await;
        }
    };
    let mut changes = shared.queue.changes();
    let mut ended = BTreeSet::new();
    let mut failures = 0;
    loop {
        let stopping = shared.stop.is_requested();
        tokio::select! {
            change = changes.recv(), if !stopping => match change {
                Ok(Change::Job { job, state, .. }) if state.is_final() => {
                    ended.insert(job);
                    if ended.len() > MOST {
                        ended.pop_first();
                    }
                    continue;
                }
                Ok(_) | Err(RecvError::Lagged(_)) => continue,
                Err(RecvError::Closed) => return,
            },
            () = tokio::time::sleep(GATHER), if !stopping && !ended.is_empty() => {}
            () = shared.stop.requested() => {}
        }
        match sender.send(&shared, &ended).await {
            Ok(()) => (ended, failures) = (BTreeSet::new(), 0),
            Err(error) => {
                failures += 1;
                tracing::warn!(jobs = ended.len(), failures, error = %chain(&error),
                    "traces are not sent");
                if failures >= TRIES {
                    (ended, failures) = (BTreeSet::new(), 0);
                }
            }
        }
        if shared.stop.is_requested() {
            return;
        }
    }
}

struct Sender {
    client: reqwest::Client,
    url: String,
}

impl Sender {
    fn new(endpoint: &Url) -> Result<Self, ClientError> {
        let client =
            jci_http::client(endpoint, Proxies::Ignored, |client| client.timeout(PATIENCE))?;
        let url = format!("{}/v1/traces", endpoint.as_str().trim_end_matches('/'));
        Ok(Self { client, url })
    }

    async fn send(&self, shared: &Shared, jobs: &BTreeSet<JobId>) -> Result<(), SendError> {
        let mut all = Vec::new();
        for id in jobs {
            // A job that was forgotten meanwhile has no trace.
            if let Some(job) = shared.queue.job(id).await? {
                all.extend(spans(&job, &shared.queue.attempts(id).await?));
            }
        }
        if all.is_empty() {
            return Ok(());
        }
        let request = self.client.post(&self.url).header("content-type", "application/json");
        let response = request.body(document(&all)).send().await.map_err(SendError::Reach)?;
        let status = response.status();
        if status.is_success() { Ok(()) } else { Err(SendError::Refused { status }) }
    }
}

/// Writes spans as a request of OTLP.
fn document(spans: &[Span]) -> String {
    let named = |key: &str, value: &str| json!({ "key": key, "value": { "stringValue": value } });
    let resource =
        [named("service.name", "jci-server"), named("service.version", env!("CARGO_PKG_VERSION"))];
    json!({ "resourceSpans": [{
        "resource": { "attributes": resource },
        "scopeSpans": [{ "scope": { "name": "jci" }, "spans": spans }],
    }] })
    .to_string()
}
