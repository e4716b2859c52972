//! The forge, as git sees it: the server's own token, one host, no redirects.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use jci_forge::{BaseUrl, RepoName};
use jci_http::{ClientError, Proxies};
use reqwest::{Body, Client, RequestBuilder, Response};
use secrecy::{ExposeSecret as _, SecretString};

use super::asked::Service;

/// The header by which git says which version of its protocol it wants.
const GIT_PROTOCOL: HeaderName = HeaderName::from_static("git-protocol");

/// Fails because the forge does not do what git asks for; worded for whoever reads a job's log.
///
/// No host, no path and no words of the forge: what it says may be meant for the server alone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ForgeError {
    /// No connection comes about.
    #[error("the forge cannot be reached at the moment; try again later")]
    Unreachable,
    /// It takes too long.
    #[error("the forge has been silent for {limit:?}; try again later")]
    Silent {
        /// How long it was waited for.
        limit: Duration,
    },
    /// The connection breaks.
    #[error("the forge broke off in the middle of its answer; try again")]
    BrokeOff,
    /// The server's own token is not accepted.
    #[error("the forge does not accept the server's token; whoever runs the server must renew it")]
    Token,
    /// The server may not do it.
    #[error(
        "the forge does not let the server do this; whoever runs the server can give it rights"
    )]
    Forbidden,
    /// There is no such repository, or the server cannot see it.
    #[error("the forge has no such repository, or shows none to the server")]
    Missing,
    /// The forge has too much to do.
    #[error("the forge has too much to do; try again later")]
    Busy {
        /// In how many seconds to come again, if it says so.
        retry_after: Option<u64>,
    },
    /// Any other status.
    #[error("the forge failed with HTTP status {status}; try again later")]
    Failed {
        /// The status.
        status: u16,
    },
    /// The answer is not git's.
    #[error("what the forge answered is not git's protocol; is its address right?")]
    NotGit,
}

impl ForgeError {
    /// Tells whether the forge may have done what it was asked for all the same.
    pub(crate) fn leaves_doubt(&self) -> bool {
        matches!(self, Self::Silent { .. } | Self::BrokeOff | Self::NotGit)
    }

    /// Returns the status by which the failure is passed on.
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::Silent { .. } => StatusCode::GATEWAY_TIMEOUT,
            Self::Missing => StatusCode::NOT_FOUND,
            Self::Busy { .. } => StatusCode::SERVICE_UNAVAILABLE,
            Self::Unreachable
            | Self::BrokeOff
            | Self::Token
            | Self::Forbidden
            | Self::Failed { .. }
            | Self::NotGit => StatusCode::BAD_GATEWAY,
        }
    }
}

/// Git's side of one forge.
#[derive(Debug)]
pub(crate) struct ForgeGit {
    client: Client,
    base: BaseUrl,
    authorization: HeaderValue,
}

impl ForgeGit {
    /// Sets up the way to a forge; nothing is sent yet.
    ///
    /// # Errors
    ///
    /// Fails if TLS cannot be set up.
    pub(crate) fn new(
        base: BaseUrl,
        user: &str,
        token: &SecretString,
    ) -> Result<Self, ClientError> {
        let client = jci_http::client(base.as_url(), Proxies::Ignored, |client| {
            client
                .connect_timeout(Duration::from_secs(10))
                // A connection that the forge is about to close looks like a good one, and a push
                // cannot be sent twice; a new one costs little beside what git has to do.
                .pool_max_idle_per_host(0)
                .user_agent(concat!("jci-server/", env!("CARGO_PKG_VERSION")))
        })?;
        // Computed once, so that the token need not be at hand with each request.
        let pair = format!("{user}:{}", token.expose_secret().trim());
        let basic = format!("Basic {}", STANDARD.encode(pair));
        // Base64 fits into every header, so that there is no other case to speak of.
        let mut authorization =
            HeaderValue::try_from(basic).unwrap_or_else(|_| HeaderValue::from_static("Basic"));
        authorization.set_sensitive(true);
        Ok(Self { client, base, authorization })
    }

    /// Asks for the list of refs.
    ///
    /// # Errors
    ///
    /// Fails unless the answer is such a list, or begins as one.
    pub(crate) async fn discover(
        &self,
        repository: &RepoName,
        service: Service,
        from_git: &HeaderMap,
    ) -> Result<Response, ForgeError> {
        let url = format!("{}/{repository}.git/info/refs?service={service}", self.base);
        let request = self.client.get(url).header(ACCEPT, service.advertisement_type());
        let answer = self.send(request, service, from_git).await?;
        checked(answer, service.advertisement_type())
    }

    /// Sends a request with a body that is still coming.
    ///
    /// # Errors
    ///
    /// Fails unless the answer is git's, or begins as such.
    pub(crate) async fn call(
        &self,
        repository: &RepoName,
        service: Service,
        from_git: &HeaderMap,
        body: Body,
    ) -> Result<Response, ForgeError> {
        let url = format!("{}/{repository}.git/{service}", self.base);
        let mut request = self
            .client
            .post(url)
            .header(CONTENT_TYPE, service.request_type())
            .header(ACCEPT, service.result_type());
        if let (Service::Fetch, Some(encoding)) = (service, from_git.get(CONTENT_ENCODING)) {
            request = request.header(CONTENT_ENCODING, encoding);
        }
        let answer = self.send(request.body(body), service, from_git).await?;
        checked(answer, service.result_type())
    }

    async fn send(
        &self,
        mut request: RequestBuilder,
        service: Service,
        from_git: &HeaderMap,
    ) -> Result<Response, ForgeError> {
        if let Some(version) = protocol(service, from_git) {
            request = request.header(GIT_PROTOCOL, version);
        }
        let request = request.header(AUTHORIZATION, self.authorization.clone());
        request.send().await.map_err(|error| failure(&error))
    }
}

/// Returns the version of the protocol to ask for.
///
/// Only a fetch has versions that differ in more than a greeting; and a push is read here, so it
/// is spoken in the one version that every forge knows.
fn protocol(service: Service, from_git: &HeaderMap) -> Option<&'static str> {
    let asked = from_git.get(GIT_PROTOCOL).filter(|_| service == Service::Fetch)?;
    ["version=2", "version=1", "version=0"].into_iter().find(|known| asked == known)
}

/// Judges an answer by its status before its type, and never by its body.
fn checked(answer: Response, expected: &str) -> Result<Response, ForgeError> {
    let headers = answer.headers();
    match answer.status() {
        StatusCode::OK => {
            let is_git = headers.get(CONTENT_TYPE).is_some_and(|found| found == expected);
            let plain = headers.get(CONTENT_ENCODING).is_none();
            if is_git && plain { Ok(answer) } else { Err(ForgeError::NotGit) }
        }
        StatusCode::UNAUTHORIZED => Err(ForgeError::Token),
        StatusCode::FORBIDDEN => Err(ForgeError::Forbidden),
        StatusCode::NOT_FOUND => Err(ForgeError::Missing),
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
            let retry_after = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok());
            Err(ForgeError::Busy { retry_after: retry_after.and_then(|text| text.parse().ok()) })
        }
        status => Err(ForgeError::Failed { status: status.as_u16() }),
    }
}

/// Tells what kind of failure it was, and leaves the details to the log.
pub(crate) fn failure(error: &reqwest::Error) -> ForgeError {
    let mut reason = String::new();
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        reason = format!("{reason}: {error}");
        source = error.source();
    }
    tracing::warn!(reason = reason.trim_start_matches(": "), "git's way to the forge is broken");
    let never_began = error.is_connect() || error.is_timeout();
    if never_began { ForgeError::Unreachable } else { ForgeError::BrokeOff }
}
