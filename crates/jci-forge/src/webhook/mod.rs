//! Webhooks: whether they are genuine, and what they say. Nothing here reaches the network.

mod event;
mod gitea;
mod github;
mod gitlab;
mod verify;
mod wire;

use http::HeaderMap;
use serde::de::DeserializeOwned;

pub use event::{
    Account, Action, Change, Delivery, Event, HeadCommit, Installation, Origin, PullRequest, Push,
    RefDeleted, Repo, Side,
};
pub use verify::{MAX_BODY, Request, Verified, VerifyError, verify};

use crate::ids::ForgeKind;

/// Fails because a genuine webhook is not as it should be.
#[derive(Debug, thiserror::Error)]
pub enum ParseError {
    /// A header that tells what the webhook is, is missing or not text.
    #[error("the header {header} is missing or is not text")]
    Header {
        /// The header.
        header: &'static str,
    },
    /// The body is not JSON, or something in it is not what it should be.
    #[error("the event {event} has something unexpected at {path}")]
    Body {
        /// The name of the event.
        event: String,
        /// The JSON path of what is wrong, such as `repository.id`.
        path: String,
        /// What is wrong with it.
        source: serde_json::Error,
    },
}

fn parse(forge: ForgeKind, headers: &HeaderMap, json: &[u8]) -> Result<Delivery, ParseError> {
    match forge {
        ForgeKind::Gitea | ForgeKind::Forgejo => gitea::parse(forge, headers, json),
        ForgeKind::GitHub => github::parse(headers, json),
        ForgeKind::GitLab => gitlab::parse(headers, json),
    }
}

/// Returns the first of some headers that is there, which names the event or the delivery.
fn text(headers: &HeaderMap, names: &[&'static str]) -> Result<String, ParseError> {
    let found = names.iter().find_map(|name| headers.get(*name));
    let text = found.and_then(|value| value.to_str().ok()).filter(|text| text.len() <= 255);
    text.map(str::to_owned).ok_or(ParseError::Header { header: names[0] })
}

/// Reads the body; what is wrong is named by its path.
fn body<T: DeserializeOwned>(event: &str, json: &[u8]) -> Result<T, ParseError> {
    crate::json::from_slice(json).map_err(|error| {
        let (path, source) = error.into_parts();
        ParseError::Body { event: event.to_owned(), path, source }
    })
}

#[cfg(test)]
mod tests;
