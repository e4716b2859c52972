//! The HTTP client of jci's programs, which may carry a secret to one server and nowhere else.
//!
//! - TLS is that of rustls on ring, with the roots that this machine trusts. Plain HTTP takes none,
//!   and so works where none are installed. What the process has set for TLS is not looked at.
//! - No redirect is followed: it would take the secret to a host that nobody configured.
//! - Whoever makes a client says whether it goes by the proxies of the environment.
//!
//! Names, headers and time limits are the caller's.
//!
//! # Example
//!
//! ```
//! use std::time::Duration;
//!
//! use jci_http::Proxies;
//!
//! let server = reqwest::Url::parse("http://ci:8080")?;
//! let client = jci_http::client(&server, Proxies::Ignored, |client| {
//!     client.user_agent("an-example").timeout(Duration::from_secs(10))
//! })?;
//! let request = client.get(server.join("/healthz")?);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod tls;

use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder, Url};

/// Fails because a client cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// TLS cannot be set up; perhaps the machine has no root certificates.
    #[error("could not set up TLS; are root certificates installed?")]
    Tls {
        /// What went wrong.
        #[from]
        source: rustls::Error,
    },
    /// What the caller has set cannot be.
    #[error("could not make the HTTP client")]
    Settings {
        /// What went wrong.
        source: reqwest::Error,
    },
}

/// What a client makes of the proxies that variables such as `HTTPS_PROXY` name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proxies {
    /// It uses none: a service reaches what was configured and nothing between.
    Ignored,
    /// It uses them, as people expect of a command that they type.
    OfEnvironment,
}

/// Makes a client for one server; nothing is sent yet.
///
/// `settings` sets what the caller decides, such as time limits; TLS, redirects and proxies are set
/// after it. A client that was made for plain HTTP trusts nobody, should it be used with TLS.
///
/// # Errors
///
/// Fails if TLS cannot be set up, and for settings that cannot be, such as a name of the client
/// that no header can carry.
pub fn client(
    server: &Url,
    proxies: Proxies,
    settings: impl FnOnce(ClientBuilder) -> ClientBuilder,
) -> Result<Client, ClientError> {
    let builder = settings(Client::builder())
        .tls_backend_preconfigured(tls::config(server.scheme() == "https")?)
        .redirect(Policy::none());
    let builder = match proxies {
        Proxies::Ignored => builder.no_proxy(),
        Proxies::OfEnvironment => builder,
    };
    builder.build().map_err(|source| ClientError::Settings { source })
}
