//! The server, as a runner talks to it: see `docs/runner-protocol.md`.

use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use jci_daemon::chain;
use jci_http::{ClientError, Proxies};
use jci_proto::{
    AttemptName, AttemptResult, Heartbeat, HeartbeatAnswer, Hidden, JobOffer, LogAcknowledged,
    PollAnswer, PollRequest, Problem,
};
use reqwest::{Method, RequestBuilder, Response, StatusCode, header};
use ring::digest::{SHA256, digest};
use secrecy::{ExposeSecret as _, SecretString};
use serde::de::DeserializeOwned;
use url::Url;

/// So long an answer may take that is not kept back.
const PATIENCE: Duration = Duration::from_secs(10);
/// So long the answer to a piece of a log may take: the server writes it to its disk first.
const PIECE_PATIENCE: Duration = Duration::from_secs(60);
/// The header that says how far the log has come.
const OFFSET: &str = "jci-log-offset";
/// The header that says that no more of the log will come.
const COMPLETE: &str = "jci-log-complete";

/// Fails because the server does not do what it is asked for.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    /// Nobody answers.
    #[error("cannot reach the server {server}: {cause}")]
    Reach { server: String, cause: String },
    /// The server says no.
    #[error("the server {server} answers {status}{}", told(.detail))]
    Refused {
        server: String,
        status: StatusCode,
        detail: String,
        retry_after: Option<Duration>,
        log_offset: Option<u64>,
    },
    /// What answers does not speak as a server of jci does.
    #[error("{server} does not answer as a jci-server does: {cause}")]
    Strange { server: String, cause: String },
}

fn told(detail: &str) -> String {
    if detail.is_empty() { String::new() } else { format!(": {detail}") }
}

impl ApiError {
    /// Returns the status, if there was an answer.
    pub(crate) fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Refused { status, .. } => Some(*status),
            Self::Reach { .. } | Self::Strange { .. } => None,
        }
    }

    /// Returns when to ask again, if the server said so.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Refused { retry_after, .. } => *retry_after,
            Self::Reach { .. } | Self::Strange { .. } => None,
        }
    }

    /// Tells whether the same request may be taken later.
    pub(crate) fn may_pass(&self) -> bool {
        self.status().is_none_or(|status| {
            status.is_server_error()
                || matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT)
        })
    }
}

/// What opens the routes of one attempt.
#[derive(Debug, Clone)]
pub(crate) struct Pass {
    /// Which attempt.
    pub(crate) name: AttemptName,
    /// Its token.
    pub(crate) token: SecretString,
}

/// The server. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Api {
    client: reqwest::Client,
    base: Url,
    secret: SecretString,
}

impl Api {
    /// Prepares to talk; nothing is asked yet.
    pub(crate) fn new(base: Url, secret: SecretString) -> Result<Self, ClientError> {
        let client = jci_http::client(&base, Proxies::Ignored, |client| {
            client
                .user_agent(concat!("jci-runner/", env!("CARGO_PKG_VERSION")))
                .connect_timeout(PATIENCE)
        })?;
        Ok(Self { client, base, secret })
    }

    /// Returns the address of the server.
    pub(crate) fn address(&self) -> &Url {
        &self.base
    }

    /// Asks for work, and waits for it so long.
    pub(crate) async fn poll(
        &self,
        ask: &PollRequest,
        wait: Duration,
    ) -> Result<Option<JobOffer>, ApiError> {
        let ask = PollRequest {
            secret: Hidden(self.secret.expose_secret().trim().to_owned()),
            ..ask.clone()
        };
        let request = self.request(Method::POST, "poll").timeout(wait + PATIENCE);
        let answer: PollAnswer = self.read(request.body(json(&ask))).await?;
        Ok(answer.job)
    }

    /// Says that the runner lives.
    pub(crate) async fn beat(&self, beat: &Heartbeat) -> Result<HeartbeatAnswer, ApiError> {
        let request = self.request(Method::POST, "api/v1/runners/heartbeat");
        let request = request.bearer_auth(self.secret.expose_secret().trim());
        // An answer that comes later is worth nothing: the next beat is due.
        self.read(request.timeout(PATIENCE / 2).body(json(beat))).await
    }

    /// Says that an attempt begins.
    pub(crate) async fn start(&self, pass: &Pass) -> Result<(), ApiError> {
        self.send(self.of_attempt(Method::POST, pass, "start")).await.map(drop)
    }

    /// Says how an attempt ended.
    pub(crate) async fn result(&self, pass: &Pass, result: &AttemptResult) -> Result<(), ApiError> {
        self.send(self.of_attempt(Method::POST, pass, "result").body(json(result))).await.map(drop)
    }

    /// Sends the piece of a log that begins at an offset, which may be the last; returns how far
    /// the server has it.
    pub(crate) async fn log(
        &self,
        pass: &Pass,
        offset: u64,
        piece: Bytes,
        last: bool,
    ) -> Result<u64, ApiError> {
        let hash = BASE64_STANDARD.encode(digest(&SHA256, &piece));
        let request = self
            .of_attempt(Method::PUT, pass, &format!("log?offset={offset}"))
            .header("content-digest", format!("sha-256=:{hash}:"))
            .header(header::CONTENT_TYPE, "application/octet-stream")
            .timeout(PIECE_PATIENCE);
        let request = if last { request.header(COMPLETE, "true") } else { request };
        let acknowledged: LogAcknowledged = self.read(request.body(piece)).await?;
        Ok(acknowledged.offset)
    }

    fn of_attempt(&self, method: Method, pass: &Pass, what: &str) -> RequestBuilder {
        let AttemptName { job, attempt } = &pass.name;
        let path = format!("api/v1/jobs/{job}/attempts/{attempt}/{what}");
        self.request(method, &path).bearer_auth(pass.token.expose_secret())
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client
            .request(method, format!("{}{path}", self.base))
            .header(header::CONTENT_TYPE, "application/json")
            .timeout(PATIENCE)
    }

    async fn read<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T, ApiError> {
        let response = self.send(request).await?;
        let bytes = response.bytes().await.map_err(|error| self.unreached(error))?;
        serde_json::from_slice(&bytes).map_err(|error| ApiError::Strange {
            server: self.base.to_string(),
            cause: error.to_string(),
        })
    }

    async fn send(&self, request: RequestBuilder) -> Result<Response, ApiError> {
        let response = request.send().await.map_err(|error| self.unreached(error))?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let number = |name: &str| response.headers().get(name)?.to_str().ok()?.parse().ok();
        let retry_after = number(header::RETRY_AFTER.as_str()).map(Duration::from_secs);
        let log_offset = number(OFFSET);
        // Whoever stands between may answer in any form.
        let body = response.bytes().await.unwrap_or_default();
        let problem = serde_json::from_slice::<Problem>(&body).ok();
        let detail = problem.map(|problem| problem.detail).unwrap_or_default();
        let server = self.base.to_string();
        Err(ApiError::Refused { server, status, detail, retry_after, log_offset })
    }

    fn unreached(&self, error: reqwest::Error) -> ApiError {
        ApiError::Reach { server: self.base.to_string(), cause: chain(&error.without_url()) }
    }
}

/// Types of the protocol can be written always.
fn json<T: serde::Serialize>(value: &T) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_default()
}
