//! The bodies of webhooks.

use serde_json::{Value, json};

use crate::forge::account::Right;
use crate::forge::describe::{self, Sight};
use crate::forge::git_http::Changed;
use crate::forge::objects::{Objects, is_zero};
use crate::forge::pulls::{self, Pull, PullSight};
use crate::forge::repository::Repository;
use crate::forge::world::World;

/// How many commits a push shows; the rest is only counted.
const MOST_COMMITS: usize = 5;

fn account(world: &World, id: u64) -> Value {
    let account = world.state().account_of(id).clone();
    describe::account(world, &account)
}

/// The repository as its owner sees it, whoever gets the webhook.
fn described(world: &World, repository: &Repository) -> Value {
    let sight = Sight::of(world, repository, Some(Right::Admin));
    describe::repository(world, &world.state(), repository, sight)
}

/// A branch that is new or leads elsewhere.
pub(super) fn branch_push(
    world: &World,
    repository: &Repository,
    sender: u64,
    changed: &Changed,
) -> Value {
    let objects = Objects::new(world, &repository.path);
    let default = repository.settings.default_branch;
    let default_ref = format!("refs/heads/{default}");
    let after = changed.after.as_str();
    let (from, commits) = if !is_zero(&changed.before) {
        let without = format!("^{}", changed.before);
        (changed.before.as_str(), objects.range(&[after, &without]))
    } else if changed.name == default_ref {
        (changed.before.as_str(), objects.range(&["--max-count=10", after]))
    } else {
        let without = format!("^{default_ref}");
        let known = objects.resolve(&default_ref, "commit").is_some();
        let range = if known { vec![after, &without] } else { vec!["--max-count=10", after] };
        (default, objects.range(&range))
    };
    let page = describe::page_of(world, repository);
    let shown: Vec<_> = commits.iter().take(MOST_COMMITS).collect();
    let shown: Vec<_> = shown.into_iter().map(|id| commit(world, repository, id)).collect();
    push(
        world,
        repository,
        sender,
        changed,
        &json!({
            "compare_url": format!("{page}/compare/{from}...{after}"), "commits": shown,
            "total_commits": commits.len(), "head_commit": commit(world, repository, after),
        }),
    )
}

/// A tag that is new, moved or gone: what was before is only said of one that is gone.
pub(super) fn tag_push(
    world: &World,
    repository: &Repository,
    sender: u64,
    changed: &Changed,
) -> Value {
    let gone = is_zero(&changed.after);
    let mut changed = changed.clone();
    if !gone {
        changed.before = "0".repeat(changed.after.len());
    }
    let Changed { before, after, .. } = &changed;
    let page = describe::page_of(world, repository);
    let compare = format!("{page}/compare/{before}...{after}");
    let head = (!gone).then(|| commit(world, repository, after));
    push(
        world,
        repository,
        sender,
        &changed,
        &json!({
            "compare_url": if gone { format!("{}/", world.url) } else { compare },
            "commits": [], "total_commits": 0, "head_commit": head,
        }),
    )
}

fn push(
    world: &World,
    repository: &Repository,
    sender: u64,
    changed: &Changed,
    commits: &Value,
) -> Value {
    let sender = account(world, sender);
    json!({
        "ref": changed.name, "before": changed.before, "after": changed.after,
        "compare_url": commits["compare_url"], "commits": commits["commits"],
        "total_commits": commits["total_commits"], "head_commit": commits["head_commit"],
        "repository": described(world, repository), "pusher": sender, "sender": sender,
    })
}

/// The commit that an object leads to; an annotated tag leads to one that is not itself.
fn commit(world: &World, repository: &Repository, id: &str) -> Value {
    let objects = Objects::new(world, &repository.path);
    let found = objects.resolve(id, "commit").and_then(|id| objects.commit(&id));
    found.map_or(Value::Null, |found| describe::payload_commit(world, repository, objects, &found))
}

pub(super) fn created(
    world: &World,
    repository: &Repository,
    sender: u64,
    name: &str,
    kind: &str,
    id: &str,
) -> Value {
    json!({
        "sha": id, "ref": name, "ref_type": kind,
        "repository": described(world, repository), "sender": account(world, sender),
    })
}

pub(super) fn deleted(
    world: &World,
    repository: &Repository,
    sender: u64,
    name: &str,
    kind: &str,
) -> Value {
    json!({
        "ref": name, "ref_type": kind, "pusher_type": "user",
        "repository": described(world, repository), "sender": account(world, sender),
    })
}

pub(super) fn pull(world: &World, pull: &Pull, action: &str, sender: u64) -> Value {
    let sight = PullSight::of(world, pull);
    let base = world.state().repository_of(pull.repository).clone();
    let described_pull = pulls::describe(world, &world.state(), pull, &sight);
    json!({
        "action": action, "number": pull.number, "pull_request": described_pull,
        "requested_reviewer": null, "repository": described(world, &base),
        "sender": account(world, sender), "commit_id": "", "review": null,
    })
}
