//! Webhooks of GitHub.

use http::HeaderMap;
use serde::Deserialize;

use super::event::{Delivery, Event, Installation};
use super::wire::{WireDelete, WirePull, WirePush, WireUser};
use super::{ParseError, body, text};
use crate::ids::{ForgeKind, InstallationId};

pub(super) fn parse(headers: &HeaderMap, json: &[u8]) -> Result<Delivery, ParseError> {
    let name = text(headers, &["x-github-event"])?;
    let id = text(headers, &["x-github-delivery"])?;
    let event = match name.as_str() {
        "push" => Event::Push(body::<WirePush>(&name, json)?.into()),
        "delete" => Event::RefDeleted(body::<WireDelete>(&name, json)?.into()),
        "pull_request" => {
            let wire: WirePull = body(&name, json)?;
            Event::PullRequest(Box::new(wire.into_event("synchronize")))
        }
        "installation" => Event::Installation(body::<WireInstalled>(&name, json)?.into()),
        "ping" => Event::Ping,
        _ => Event::Unknown,
    };
    Ok(Delivery { forge: ForgeKind::GitHub, id, name, event })
}

#[derive(Deserialize)]
struct WireInstalled {
    action: String,
    installation: WireInstallation,
}

#[derive(Deserialize)]
struct WireInstallation {
    id: InstallationId,
    account: WireUser,
}

impl From<WireInstalled> for Installation {
    fn from(wire: WireInstalled) -> Self {
        Self {
            id: wire.installation.id,
            action: wire.action,
            account: wire.installation.account.into(),
        }
    }
}
