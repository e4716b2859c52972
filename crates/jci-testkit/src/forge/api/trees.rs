//! Trees.

use hyper::StatusCode;
use serde_json::{Value, json};

use super::asked::{Asked, Outcome, Refusal, ok};
use crate::forge::describe;
use crate::forge::objects::Entry;

/// How many entries a page has at most.
const MOST: usize = 1000;

pub(super) fn get(asked: &Asked<'_>) -> Outcome {
    let objects = asked.objects();
    let recursive = matches!(asked.query("recursive"), Some("1" | "true"));
    let tree = objects.resolve(asked.last(), "tree");
    let entries = tree.as_ref().and_then(|tree| objects.tree(tree, recursive));
    let (Some(id), Some(entries)) = (tree, entries) else {
        let message = format!("sha not found: {}", asked.last());
        return Err(Refusal::new(StatusCode::BAD_REQUEST, &message));
    };
    let (page, size) = (asked.number("page", 1, usize::MAX), asked.number("per_page", MOST, MOST));
    let start = (page - 1).saturating_mul(size);
    let git = format!("{}/git", describe::api_of(asked.world, asked.repository()));
    let shown = entries.iter().skip(start).take(size).map(|entry| describe(&git, entry));
    let shown: Vec<Value> = shown.collect();
    // Past the end there is no list, not an empty one.
    let end = start + shown.len();
    let tree = if shown.is_empty() { Value::Null } else { shown.into() };
    Ok(ok(&json!({
        "sha": id, "url": format!("{git}/trees/{id}"), "tree": tree,
        "truncated": tree != Value::Null && end < entries.len(), "page": page,
        "total_count": entries.len(),
    })))
}

fn describe(git: &str, entry: &Entry) -> Value {
    let Entry { mode, kind, id, size, path } = entry;
    // A submodule lies elsewhere.
    let url = if kind == "commit" { String::new() } else { format!("{git}/{kind}s/{id}") };
    json!({"path": path, "mode": mode, "type": kind, "size": size, "sha": id, "url": url})
}
