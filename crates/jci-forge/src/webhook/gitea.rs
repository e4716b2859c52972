//! Webhooks of Gitea and Forgejo.

use http::HeaderMap;

use super::event::{Delivery, Event};
use super::wire::{WireDelete, WirePull, WirePush};
use super::{ParseError, body, text};
use crate::ids::ForgeKind;

pub(super) fn parse(
    forge: ForgeKind,
    headers: &HeaderMap,
    json: &[u8],
) -> Result<Delivery, ParseError> {
    let name = text(headers, &["x-gitea-event", "x-forgejo-event"])?;
    let id = text(headers, &["x-gitea-delivery", "x-forgejo-delivery"])?;
    let event = match name.as_str() {
        "push" => Event::Push(body::<WirePush>(&name, json)?.into()),
        "delete" => Event::RefDeleted(body::<WireDelete>(&name, json)?.into()),
        "pull_request" => {
            let wire: WirePull = body(&name, json)?;
            Event::PullRequest(Box::new(wire.into_event("synchronized")))
        }
        "ping" => Event::Ping,
        // `create` among them: a push says the same with more words.
        _ => Event::Unknown,
    };
    Ok(Delivery { forge, id, name, event })
}
