//! The client: one forge, one token, and what all requests have in common.

pub(crate) mod base_url;
pub(crate) mod error;
pub(crate) mod pages;
pub(crate) mod retry;
pub(crate) mod transport;

use std::sync::Arc;
use std::time::Duration;

use http::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use jci_http::{ClientError, Proxies};

use self::base_url::BaseUrl;
use self::retry::{Pace, RealPace, RetryPolicy};
use self::transport::Transport;
use crate::endpoint::{
    CheckToken, CreateInstallationToken, CurrentUser, GetToken, GetVersion, RepoHandle, RevokeToken,
};
use crate::ids::{ForgeKind, InstallationId, RepoId, RepoName};
use crate::secret::Token;

/// Fails because a client cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The HTTP client cannot be made; perhaps the machine has no root certificates.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The name by which the client calls itself does not fit into a header.
    #[error("{user_agent:?} cannot be the name of a client")]
    UserAgent {
        /// The name.
        user_agent: String,
    },
}

/// Sets a client up; see [`Forge::builder`].
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until it builds"]
pub struct ForgeBuilder {
    kind: ForgeKind,
    base: BaseUrl,
    token: Option<Token>,
    user_agent: String,
    connect_timeout: Duration,
    timeout: Duration,
    body_limit: usize,
    retry: RetryPolicy,
    pace: Arc<dyn Pace>,
}

impl ForgeBuilder {
    /// Sets the token; without one only what is public can be read.
    pub fn token(mut self, token: Token) -> Self {
        self.token = Some(token);
        self
    }

    /// Sets the name by which the client calls itself, `jci-forge/<version>` by default.
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.user_agent = user_agent.into();
        self
    }

    /// Sets how long a connection may take, 10 seconds by default.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Sets how long one attempt may take until the answer is whole, 30 seconds by default.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets how many bytes an answer may have, 32 MiB by default.
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.body_limit = bytes;
        self
    }

    /// Sets how often and how long to try again.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// Sets clock, randomness and timer; for tests.
    pub fn pace(mut self, pace: Arc<dyn Pace>) -> Self {
        self.pace = pace;
        self
    }

    /// Makes the client; nothing is sent yet.
    ///
    /// # Errors
    ///
    /// Fails if TLS cannot be set up, and for a user agent that no header can carry.
    pub fn build(self) -> Result<Forge, BuildError> {
        let Ok(user_agent) = HeaderValue::from_str(&self.user_agent) else {
            return Err(BuildError::UserAgent { user_agent: self.user_agent });
        };
        let client = jci_http::client(self.base.as_url(), Proxies::Ignored, |client| {
            client
                .connect_timeout(self.connect_timeout)
                .timeout(self.timeout)
                .user_agent(user_agent)
                .default_headers(authorization(self.kind, self.token.as_ref()))
        })?;
        Ok(Forge(Arc::new(Transport {
            client,
            kind: self.kind,
            api: self.base.api(self.kind),
            body_limit: self.body_limit,
            policy: self.retry,
            pace: self.pace,
        })))
    }
}

fn authorization(kind: ForgeKind, token: Option<&Token>) -> HeaderMap {
    let (name, scheme) = match kind {
        ForgeKind::Gitea | ForgeKind::Forgejo => (AUTHORIZATION, "token "),
        ForgeKind::GitHub => (AUTHORIZATION, "Bearer "),
        ForgeKind::GitLab => (HeaderName::from_static("private-token"), ""),
    };
    let value = token.map(|token| format!("{scheme}{}", token.expose()));
    let mut headers = HeaderMap::new();
    // A token is printable ASCII, so that it always fits.
    if let Some(mut value) = value.and_then(|value| HeaderValue::from_str(&value).ok()) {
        value.set_sensitive(true);
        headers.insert(name, value);
    }
    headers
}

/// A forge as seen through one token. Cheap to clone; clones share their connections.
#[derive(Clone, Debug)]
pub struct Forge(pub(crate) Arc<Transport>);

impl Forge {
    /// Begins a client for a forge at an address.
    pub fn builder(kind: ForgeKind, base: BaseUrl) -> ForgeBuilder {
        ForgeBuilder {
            kind,
            base,
            token: None,
            user_agent: concat!("jci-forge/", env!("CARGO_PKG_VERSION")).to_owned(),
            connect_timeout: Duration::from_secs(10),
            timeout: Duration::from_secs(30),
            body_limit: 32 * 1024 * 1024,
            retry: RetryPolicy::default(),
            pace: Arc::new(RealPace),
        }
    }

    /// Returns whose API is spoken.
    pub fn kind(&self) -> ForgeKind {
        self.0.kind
    }

    /// Asks which version the forge has.
    pub fn version(&self) -> GetVersion<'_> {
        GetVersion { transport: &self.0 }
    }

    /// Asks whose token it is; on Gitea and Forgejo the token needs `read:user` for it.
    pub fn current_user(&self) -> CurrentUser<'_> {
        CurrentUser { transport: &self.0 }
    }

    /// Asks whether the token is accepted, with no more rights than it needs anyway.
    pub fn check_token(&self) -> CheckToken<'_> {
        CheckToken { transport: &self.0 }
    }

    /// Asks what the token itself is and may.
    pub fn token(&self) -> GetToken<'_> {
        GetToken { transport: &self.0 }
    }

    /// Ends the validity of the token itself.
    pub fn revoke_token(&self) -> RevokeToken<'_> {
        RevokeToken { transport: &self.0 }
    }

    /// Makes a token for one installation of a GitHub App, which reads these repositories.
    pub fn create_installation_token<'a>(
        &'a self,
        installation: InstallationId,
        repositories: &'a [RepoId],
    ) -> CreateInstallationToken<'a> {
        CreateInstallationToken { transport: &self.0, installation, repositories }
    }

    /// Turns to one repository; nothing is sent yet.
    pub fn repository(&self, name: &RepoName) -> RepoHandle {
        RepoHandle::new(self.0.clone(), name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn builder(base: &str) -> ForgeBuilder {
        Forge::builder(ForgeKind::Gitea, BaseUrl::parse(base).unwrap())
    }

    #[test]
    fn tls_finds_the_roots_of_this_machine() {
        let built = builder("git.example.org").build();
        assert!(built.is_ok(), "install the package ca-certificates: {built:?}");
    }

    #[test]
    fn a_name_that_no_header_carries_is_refused() {
        let error = builder("git.example.org").user_agent("a\nb").build().unwrap_err();
        assert_eq!(error.to_string(), "\"a\\nb\" cannot be the name of a client");
    }

    #[test]
    fn each_forge_gets_the_token_as_it_wants_it() {
        let token = Token::new("t0ken").unwrap();
        let header = |kind, name: &str| {
            let headers = authorization(kind, Some(&token));
            assert!(headers.values().all(HeaderValue::is_sensitive));
            headers[name].to_str().unwrap().to_owned()
        };
        assert_eq!(header(ForgeKind::Gitea, "authorization"), "token t0ken");
        assert_eq!(header(ForgeKind::GitHub, "authorization"), "Bearer t0ken");
        assert_eq!(header(ForgeKind::GitLab, "private-token"), "t0ken");
        assert!(authorization(ForgeKind::Gitea, None).is_empty());
    }
}
