//! The HTTP client for a server, made when a command talks to one and not before.

use std::time::Duration;

use jci_http::Proxies;

use super::address::JobAddress;
use crate::error::CommandError;

/// So long a connection may take to be made.
const TO_CONNECT: Duration = Duration::from_secs(10);
/// So long nothing may come: the server says something every 15 s where there is nothing to tell.
const SILENCE: Duration = Duration::from_secs(45);

/// Makes a client that follows no redirect: a token goes where it was meant to go.
pub(super) fn client(address: &JobAddress) -> Result<reqwest::Client, CommandError> {
    let client = jci_http::client(address.server_url(), Proxies::OfEnvironment, |client| {
        client
            .connect_timeout(TO_CONNECT)
            .read_timeout(SILENCE)
            .user_agent(concat!("git-jci/", env!("CARGO_PKG_VERSION")))
    });
    client.map_err(|error| {
        CommandError::failed("failed to set up the client of the server").because(error).hint(
            "install the certificates that this machine is to trust, the package ca-certificates",
        )
    })
}
