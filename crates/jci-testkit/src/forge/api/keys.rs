//! Deploy keys.

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD};
use ring::digest;
use serde_json::{Value, json};

use super::asked::{Asked, Kind, Outcome, Refusal, created, empty, flag, text};
use crate::forge::repository::ForgeRepo;

/// A key that may fetch from one repository, or push to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeployKey {
    /// Its number.
    pub id: u64,
    /// What people call it.
    pub title: String,
    /// The public key as SSH writes it: type and base64.
    pub key: String,
    /// Whether it may not push.
    pub read_only: bool,
    pub(in crate::forge) repository: u64,
    made: String,
}

impl ForgeRepo {
    /// Returns the deploy keys.
    #[must_use]
    pub fn deploy_keys(&self) -> Vec<DeployKey> {
        let state = self.world.state();
        state.keys.iter().filter(|key| key.repository == self.id).cloned().collect()
    }
}

pub(super) fn list(asked: &Asked<'_>) -> Outcome {
    let keys: Vec<_> = {
        let state = asked.world.state();
        let own = state.keys.iter().filter(|key| key.repository == asked.repository().id);
        own.map(describe).collect()
    };
    Ok(asked.page(&keys))
}

pub(super) fn create(asked: &Asked<'_>) -> Outcome {
    let known = [("title", Kind::Text), ("key", Kind::Text), ("read_only", Kind::Flag)];
    let fields = asked.fields(&known)?;
    let title = text(&fields, "title");
    let Some(key) = plain(&text(&fields, "key")) else {
        return Err(Refusal::unusable("Invalid key content: unable to parse key"));
    };
    let repository = asked.repository().id;
    let mut state = asked.world.state();
    let own = state.keys.iter().filter(|known| known.repository == repository);
    if own.clone().any(|known| known.key == key) {
        return Err(Refusal::unusable("This key has already been added to this repository"));
    }
    if own.clone().any(|known| known.title == title) {
        return Err(Refusal::unusable("Key title has been used"));
    }
    let (id, made) = (state.next_id(), state.clock.now());
    let read_only = flag(&fields, "read_only");
    let key = DeployKey { id, title, key, read_only, repository, made };
    state.keys.push(key.clone());
    Ok(created(&describe(&key)))
}

/// Removes a key; one that is not there is removed already.
pub(super) fn delete(asked: &Asked<'_>) -> Outcome {
    let (repository, id) = (asked.repository().id, asked.last());
    let same = |key: &DeployKey| key.repository == repository && key.id.to_string() == id;
    asked.world.state().keys.retain(|key| !same(key));
    Ok(empty())
}

/// Takes type and base64 of a public key, if the second says the same as the first.
fn plain(text: &str) -> Option<String> {
    let mut words = text.split_whitespace();
    let (kind, encoded) = (words.next()?, words.next()?);
    let blob = BASE64_STANDARD.decode(encoded).ok()?;
    let length = u32::from_be_bytes(blob.get(..4)?.try_into().ok()?) as usize;
    let inner = blob.get(4..4 + length)?;
    (inner == kind.as_bytes()).then(|| format!("{kind} {encoded}"))
}

fn describe(key: &DeployKey) -> Value {
    let encoded = key.key.split_once(' ').map_or("", |(_, encoded)| encoded);
    let blob = BASE64_STANDARD.decode(encoded).unwrap_or_default();
    let fingerprint = BASE64_STANDARD_NO_PAD.encode(digest::digest(&digest::SHA256, &blob));
    json!({
        "id": key.id, "key_id": key.id, "key": key.key, "url": "", "title": key.title,
        "fingerprint": format!("SHA256:{fingerprint}"), "created_at": key.made,
        "read_only": key.read_only,
    })
}
