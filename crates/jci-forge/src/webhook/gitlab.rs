//! Webhooks of GitLab, whose bodies are like nobody else's.

use http::HeaderMap;
use serde::Deserialize;

use super::event::{Account, Action, Delivery, Event, HeadCommit, PullRequest, Push, Repo, Side};
use super::wire::{head, or_zero};
use super::{ParseError, body, text};
use crate::ids::{ForgeKind, ObjectId, RepoId, RepoName, UserId};
use crate::refname::GitRef;

pub(super) fn parse(headers: &HeaderMap, json: &[u8]) -> Result<Delivery, ParseError> {
    let name = text(headers, &["x-gitlab-event"])?;
    let id = text(headers, &["x-gitlab-event-uuid", "idempotency-key", "webhook-id"])?;
    let event = match name.as_str() {
        "Push Hook" | "Tag Push Hook" => Event::Push(body::<WirePush>(&name, json)?.into()),
        "Merge Request Hook" => {
            Event::PullRequest(Box::new(body::<WireMergeRequest>(&name, json)?.into()))
        }
        _ => Event::Unknown,
    };
    Ok(Delivery { forge: ForgeKind::GitLab, id, name, event })
}

#[derive(Deserialize)]
struct WireProject {
    id: RepoId,
    path_with_namespace: RepoName,
    default_branch: Option<String>,
}

impl From<WireProject> for Repo {
    fn from(project: WireProject) -> Self {
        Self {
            id: project.id,
            name: project.path_with_namespace,
            default_branch: project.default_branch,
        }
    }
}

#[derive(Deserialize)]
struct WirePush {
    #[serde(rename = "ref")]
    reference: GitRef,
    #[serde(deserialize_with = "or_zero")]
    before: Option<ObjectId>,
    #[serde(deserialize_with = "or_zero")]
    after: Option<ObjectId>,
    // The commit, also where `after` is a tag object; null where the ref is gone.
    checkout_sha: Option<ObjectId>,
    #[serde(default)]
    commits: Vec<WireCommit>,
    user_id: Option<UserId>,
    user_username: Option<String>,
    project: WireProject,
}

#[derive(Deserialize)]
struct WireCommit {
    id: ObjectId,
    message: Option<String>,
}

impl From<WirePush> for Push {
    fn from(wire: WirePush) -> Self {
        let commits = wire.commits;
        let head_commit = wire.checkout_sha.map(|id| {
            let commit = commits.into_iter().find(|commit| commit.id == id);
            HeadCommit { id, message: commit.and_then(|commit| commit.message) }
        });
        let pusher = Account { id: wire.user_id, login: wire.user_username };
        Self {
            repository: wire.project.into(),
            reference: wire.reference,
            before: wire.before,
            after: wire.after,
            head_commit,
            sender: pusher.clone(),
            pusher,
            installation: None,
        }
    }
}

#[derive(Deserialize)]
struct WireMergeRequest {
    user: WireUser,
    project: WireProject,
    object_attributes: WireAttributes,
}

#[derive(Deserialize)]
struct WireUser {
    id: Option<UserId>,
    username: Option<String>,
}

#[derive(Deserialize)]
struct WireAttributes {
    iid: u64,
    action: Option<String>,
    // There only if an update brought new commits.
    oldrev: Option<ObjectId>,
    author_id: Option<UserId>,
    source_project_id: Option<RepoId>,
    target_project_id: Option<RepoId>,
    #[serde(deserialize_with = "head")]
    source_branch: GitRef,
    #[serde(deserialize_with = "head")]
    target_branch: GitRef,
    last_commit: WireCommit,
}

impl From<WireMergeRequest> for PullRequest {
    fn from(wire: WireMergeRequest) -> Self {
        let attributes = wire.object_attributes;
        let sender = Account { id: wire.user.id, login: wire.user.username };
        // The author has a number only; their name is known where they caused the event.
        let same = attributes.author_id.is_some() && attributes.author_id == sender.id;
        let login = sender.login.clone().filter(|_| same);
        Self {
            repository: wire.project.into(),
            action: action(attributes.action, attributes.oldrev.is_some()),
            number: attributes.iid,
            head: Side {
                repository: attributes.source_project_id,
                reference: attributes.source_branch,
            },
            head_commit: attributes.last_commit.id,
            base: Side {
                repository: attributes.target_project_id,
                reference: attributes.target_branch,
            },
            author: Account { id: attributes.author_id, login },
            sender,
            installation: None,
        }
    }
}

fn action(word: Option<String>, new_commits: bool) -> Action {
    let word = word.unwrap_or_default();
    match word.as_str() {
        "open" => Action::Opened,
        "reopen" => Action::Reopened,
        "update" if new_commits => Action::Synchronized,
        "update" => Action::Edited,
        "close" => Action::Closed { merged: false },
        "merge" => Action::Closed { merged: true },
        _ => Action::Other(word),
    }
}
