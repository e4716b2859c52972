//! Contents of files.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hyper::StatusCode;
use serde_json::json;

use super::asked::{Asked, Outcome, Refusal, ok};
use crate::forge::objects::is_full_id;
use crate::forge::{Flavour, answer, describe};

/// The largest blob whose content is sent, `DEFAULT_MAX_BLOB_SIZE` of the real forge.
const MOST_BYTES: u64 = 10 * 1024 * 1024;

pub(super) fn blob(asked: &Asked<'_>) -> Outcome {
    let (objects, id) = (asked.objects(), asked.last());
    let found = if is_full_id(id) { objects.describe(id) } else { None };
    let Some(size) = found.filter(|(kind, _)| kind == "blob").map(|(_, size)| size) else {
        let message = format!("object does not exist [id: {id}, rel_path: ]");
        return Err(Refusal::new(StatusCode::BAD_REQUEST, &message));
    };
    let content = (size <= MOST_BYTES)
        .then(|| objects.bytes(&["cat-file", "blob", id]).unwrap_or_default())
        // One line, however long; GitHub breaks it.
        .map(|content| BASE64_STANDARD.encode(content));
    let url = format!("{}/git/blobs/{id}", describe::api_of(asked.world, asked.repository()));
    let encoding = content.as_ref().map(|_| "base64");
    Ok(ok(&json!({
        "content": content, "encoding": encoding, "url": url, "sha": id, "size": size,
    })))
}

/// Sends a file of a branch, a tag or a commit.
///
/// For any other name Gitea reads the default branch, without a word; Forgejo says that it is not
/// there, but knows all refs.
pub(super) fn raw(asked: &Asked<'_>) -> Outcome {
    let objects = asked.objects();
    let default = format!("refs/heads/{}", asked.repository().settings.default_branch);
    let name = asked.query("ref").unwrap_or_default();
    let named = match asked.world.flavour {
        _ if name.is_empty() => objects.resolve(&default, "commit"),
        Flavour::Gitea => known(asked, name).or_else(|| objects.resolve(&default, "commit")),
        Flavour::Forgejo => known(asked, name).or_else(|| objects.resolve(name, "commit")),
    };
    let commit = named.ok_or_else(Refusal::absent)?;
    let object = format!("{commit}:{}", asked.last());
    let content = objects.bytes(&["cat-file", "blob", &object]).ok_or_else(Refusal::absent)?;
    Ok(answer::bytes(StatusCode::OK, "text/plain; charset=utf-8", content))
}

/// Finds the commit of a branch, a tag or a full id.
fn known(asked: &Asked<'_>, name: &str) -> Option<String> {
    let objects = asked.objects();
    let branch = objects.resolve(&format!("refs/heads/{name}"), "commit");
    let tag = || objects.resolve(&format!("refs/tags/{name}"), "commit");
    let commit = || is_full_id(name).then(|| objects.resolve(name, "commit")).flatten();
    branch.or_else(tag).or_else(commit)
}
