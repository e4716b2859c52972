//! Sends a request, again if that makes sense, and judges the answer before reading it.

use std::sync::Arc;

use http::header::{ACCEPT, CONTENT_TYPE, LOCATION};
use http::{HeaderMap, Method, StatusCode};
use serde::de::DeserializeOwned;
use url::Url;

use super::base_url::BaseUrl;
use super::error::{Failure, Refusal, RequestError};
use super::retry::{Pace, Repeat, Retry, RetryPolicy, of_status, retry_after};
use crate::ids::ForgeKind;

/// How much of a forge's own words goes into an error.
const MESSAGE_LENGTH: usize = 500;

/// What all requests to one forge share.
#[derive(Debug)]
pub(crate) struct Transport {
    pub(crate) client: reqwest::Client,
    pub(crate) kind: ForgeKind,
    pub(crate) api: BaseUrl,
    pub(crate) body_limit: usize,
    pub(crate) policy: RetryPolicy,
    pub(crate) pace: Arc<dyn Pace>,
}

/// A request that can be sent any number of times.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) accept: &'static str,
    pub(crate) body: Option<String>,
    pub(crate) repeat: Repeat,
}

impl Call {
    /// Makes an error of this request.
    pub(crate) fn failed(&self, failure: Failure) -> RequestError {
        RequestError {
            method: self.method.clone(),
            path: self.url.path().to_owned(),
            failure: Box::new(failure),
        }
    }
}

/// A successful answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// Reads the body as JSON.
    pub(crate) fn json<T: DeserializeOwned>(&self, call: &Call) -> Result<T, RequestError> {
        crate::json::from_slice(&self.body).map_err(|error| {
            let (path, source) = error.into_parts();
            call.failed(Failure::Decode { path, source })
        })
    }
}

impl Transport {
    /// Makes a request that only reads.
    pub(crate) fn get(&self, segments: &[&str], query: &[(&str, &str)]) -> Call {
        Call {
            method: Method::GET,
            url: self.api.join(segments, query),
            accept: "application/json",
            body: None,
            repeat: Repeat::Read,
        }
    }

    /// Makes a request that writes what it may write twice.
    pub(crate) fn post(&self, segments: &[&str], body: &serde_json::Value) -> Call {
        Call {
            method: Method::POST,
            body: Some(body.to_string()),
            repeat: Repeat::SameAgain,
            ..self.get(segments, &[])
        }
    }

    /// Makes a request that makes something new each time.
    pub(crate) fn create(&self, segments: &[&str], body: &serde_json::Value) -> Call {
        Call { repeat: Repeat::Once, ..self.post(segments, body) }
    }

    /// Makes a request that removes something.
    pub(crate) fn delete(&self, segments: &[&str]) -> Call {
        Call { method: Method::DELETE, repeat: Repeat::Once, ..self.get(segments, &[]) }
    }

    /// Sends a request and reads the answer as JSON.
    pub(crate) async fn json<T: DeserializeOwned>(&self, call: &Call) -> Result<T, RequestError> {
        self.send(call).await?.json(call)
    }

    /// Sends a request until it succeeds or trying again makes no sense.
    pub(crate) async fn send(&self, call: &Call) -> Result<Answer, RequestError> {
        let mut made = 0;
        loop {
            let error = match self.attempt(call).await {
                Ok(answer) => return Ok(answer),
                Err(failure) => call.failed(failure),
            };
            made += 1;
            if call.repeat == Repeat::Once {
                return Err(error);
            }
            match self.policy.wait(error.retry(), made, self.pace.random()) {
                Some(wait) => self.pace.sleep(wait).await,
                None => return Err(error),
            }
        }
    }

    async fn attempt(&self, call: &Call) -> Result<Answer, Failure> {
        let request = self.client.request(call.method.clone(), call.url.clone());
        let mut request = request.header(ACCEPT, call.accept);
        if let Some(body) = &call.body {
            request = request.header(CONTENT_TYPE, "application/json").body(body.clone());
        }
        let mut response = request.send().await.map_err(failure)?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = self.body(&mut response).await;
        if status.is_success() {
            return Ok(Answer { headers, body: body? });
        }
        // What a proxy sends along may be broken or endless: the status is what counts.
        let now = self.pace.now();
        let retry = of_status(status, retry_after(&headers, now), call.repeat);
        Err(Failure::Refused(refusal(status, &headers, &body.unwrap_or_default(), retry)))
    }

    async fn body(&self, response: &mut reqwest::Response) -> Result<Vec<u8>, Failure> {
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(failure)? {
            if body.len() + chunk.len() > self.body_limit {
                return Err(Failure::TooLarge { limit: self.body_limit });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }
}

/// Tells what kind of failure it was that sending or receiving ended with.
fn failure(error: reqwest::Error) -> Failure {
    if error.is_timeout() {
        return Failure::Timeout;
    }
    let connect = error.is_connect();
    // The URL is in our own error; here it would bring host and query along.
    let error = error.without_url();
    let mut reason = error.to_string();
    let mut source = std::error::Error::source(&error);
    while let Some(error) = source {
        reason = format!("{reason}: {error}");
        source = error.source();
    }
    if connect { Failure::Connect { reason } } else { Failure::Interrupted { reason } }
}

fn refusal(status: StatusCode, headers: &HeaderMap, body: &[u8], retry: Retry) -> Refusal {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let html = text("content-type").is_some_and(|kind| kind.trim().starts_with("text/html"));
    let request_id = ["x-request-id", "x-github-request-id"].iter().find_map(|name| text(name));
    let redirect = status.is_redirection().then(|| text(LOCATION.as_str())).flatten();
    Refusal {
        status,
        message: if html { None } else { message(body) },
        html,
        request_id: request_id.map(printable),
        redirect: redirect.map(host),
        retry,
    }
}

/// Returns the host of a location: the rest may hold secrets.
fn host(location: &str) -> String {
    let url = Url::parse(location).ok();
    url.and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_else(|| "itself".to_owned())
}

/// Finds what the forge says: `message` with most, `error` with GitLab now and then.
fn message(body: &[u8]) -> Option<String> {
    let value: serde_json::Value = serde_json::from_slice(body).ok()?;
    let said = value.get("message").or_else(|| value.get("error"))?;
    let said = said.as_str().map_or_else(|| said.to_string(), str::to_owned);
    let said = printable(&said);
    (!said.is_empty()).then_some(said)
}

/// Makes a text from outside fit for one line of a log.
fn printable(text: &str) -> String {
    let shown = text.chars().map(|char| if char.is_control() { ' ' } else { char });
    shown.take(MESSAGE_LENGTH).collect::<String>().trim().to_owned()
}
