//! A plain HTTP client for tests.

use std::time::Duration;

use http::{HeaderMap, Method, StatusCode};
use jci_http::Proxies;
use jci_proto::Problem;
use serde::de::DeserializeOwned;
use tokio::runtime::Runtime;

/// Sends requests and waits for their answers.
pub(crate) struct Client {
    runtime: Runtime,
    client: reqwest::Client,
    base: String,
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Client {
    pub(crate) fn new(address: &str) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let base = format!("http://{address}");
        let client = jci_http::client(&base.parse().unwrap(), Proxies::Ignored, |client| {
            // Between requests nothing runs here that could see the server close what nobody uses.
            client.timeout(Duration::from_secs(60)).pool_max_idle_per_host(0)
        });
        Self { runtime, client: client.unwrap(), base }
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.client.request(method, format!("{}{path}", self.base))
    }

    pub(crate) fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        self.try_send(request).expect("the server answers")
    }

    /// Sends a request that may meet a server that is gone.
    pub(crate) fn try_send(
        &self,
        request: reqwest::RequestBuilder,
    ) -> Result<Answer, reqwest::Error> {
        self.runtime.block_on(async {
            let response = request.send().await?;
            let (status, headers) = (response.status(), response.headers().clone());
            Ok(Answer { status, headers, body: response.bytes().await?.to_vec() })
        })
    }

    /// Sends a request that was built, and perhaps changed since.
    pub(crate) fn send_built(&self, request: reqwest::Request) -> Answer {
        self.send(reqwest::RequestBuilder::from_parts(self.client.clone(), request))
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path))
    }
}

impl Answer {
    /// Reads the body, which must come with this status.
    #[track_caller]
    pub(crate) fn json<T: DeserializeOwned>(&self, status: u16) -> T {
        assert_eq!(self.status.as_u16(), status, "{self}");
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self}"))
    }

    /// Reads the problem that the body must be.
    #[track_caller]
    pub(crate) fn problem(&self, status: u16) -> Problem {
        assert_eq!(self.headers["content-type"], "application/problem+json", "{self}");
        let problem: Problem = self.json(status);
        assert_eq!(problem.status, status);
        problem
    }
}

impl std::fmt::Display for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.status, String::from_utf8_lossy(&self.body))
    }
}
