//! Refs, of every folder but `refs/remotes/`.

use serde_json::{Value, json};

use super::asked::{Asked, Outcome, Refusal, ok};
use crate::forge::describe;
use crate::forge::objects::Ref;

pub(super) fn all(asked: &Asked<'_>) -> Outcome {
    list(asked, "refs/")
}

/// Lists by the start of the text: `jci-runs/1` finds `jci-runs/10` too, and one ref is a list.
pub(super) fn below(asked: &Asked<'_>) -> Outcome {
    list(asked, &format!("refs/{}", asked.last()))
}

fn list(asked: &Asked<'_>, prefix: &str) -> Outcome {
    let refs = asked.objects().refs();
    let found: Vec<_> = refs
        .iter()
        .filter(|found| found.name.starts_with(prefix) && !found.name.starts_with("refs/remotes/"))
        .map(|found| describe(asked, found))
        .collect();
    if found.is_empty() { Err(Refusal::absent()) } else { Ok(ok(&found.into())) }
}

fn describe(asked: &Asked<'_>, found: &Ref) -> Value {
    let git = format!("{}/git", describe::api_of(asked.world, asked.repository()));
    let Ref { name, id, kind } = found;
    json!({
        "ref": name, "url": format!("{git}/{name}"),
        "object": {"type": kind, "sha": id, "url": format!("{git}/{kind}s/{id}")},
    })
}
