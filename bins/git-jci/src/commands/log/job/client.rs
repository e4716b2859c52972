//! The HTTP client for a server, made when a command talks to one and not before.

use std::sync::Arc;
use std::time::Duration;

use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};

use super::address::JobAddress;
use crate::error::CommandError;

/// So long a connection may take to be made.
const TO_CONNECT: Duration = Duration::from_secs(10);
/// So long nothing may come: the server says something every 15 s where there is nothing to tell.
const SILENCE: Duration = Duration::from_secs(45);

/// Makes a client that follows no redirect: a token goes where it was meant to go.
pub(super) fn client(address: &JobAddress) -> Result<reqwest::Client, CommandError> {
    let mut builder = reqwest::Client::builder();
    if address.is_encrypted() {
        // A second client of this process, of which there is none, would find it there already.
        let _ = ring::default_provider().install_default();
    } else {
        builder = builder.tls_backend_preconfigured(without_roots()?);
    }
    let builder = builder
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(TO_CONNECT)
        .read_timeout(SILENCE)
        .user_agent(concat!("git-jci/", env!("CARGO_PKG_VERSION")));
    builder.build().map_err(|error| {
        CommandError::failed("failed to set up TLS").because(error).hint(
            "install the certificates that this machine is to trust, the package ca-certificates",
        )
    })
}

/// Plain HTTP needs no roots, and so works where none are installed.
fn without_roots() -> Result<ClientConfig, CommandError> {
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| CommandError::failed("failed to set up TLS").because(error))?;
    Ok(builder.with_root_certificates(RootCertStore::empty()).with_no_client_auth())
}
