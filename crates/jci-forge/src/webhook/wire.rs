//! The parts of bodies that Gitea, Forgejo and GitHub have in common, and readers of fields.

use serde::{Deserialize, Deserializer, de};

use super::event::{Account, Action, HeadCommit, PullRequest, Push, RefDeleted, Repo, Side};
use crate::ids::{InstallationId, ObjectId, RepoId, RepoName, UserId};
use crate::refname::{GitRef, RefPart};

#[derive(Deserialize)]
struct WireRepo {
    id: RepoId,
    full_name: RepoName,
    default_branch: Option<String>,
}

impl From<WireRepo> for Repo {
    fn from(repo: WireRepo) -> Self {
        Self { id: repo.id, name: repo.full_name, default_branch: repo.default_branch }
    }
}

#[derive(Default, Deserialize)]
pub(super) struct WireUser {
    id: Option<UserId>,
    login: Option<String>,
    // What Gitea calls it beside `login`, and what GitHub calls it in `pusher`.
    username: Option<String>,
    name: Option<String>,
}

impl From<WireUser> for Account {
    fn from(user: WireUser) -> Self {
        Self { id: user.id, login: user.login.or(user.username).or(user.name) }
    }
}

#[derive(Deserialize)]
struct WireCommit {
    id: ObjectId,
    message: Option<String>,
}

impl From<WireCommit> for HeadCommit {
    fn from(commit: WireCommit) -> Self {
        Self { id: commit.id, message: commit.message }
    }
}

#[derive(Deserialize)]
struct WireId<T> {
    id: T,
}

fn id<T>(wire: Option<WireId<T>>) -> Option<T> {
    wire.map(|wire| wire.id)
}

/// The event `push`.
#[derive(Deserialize)]
pub(super) struct WirePush {
    #[serde(rename = "ref")]
    reference: GitRef,
    #[serde(deserialize_with = "or_zero")]
    before: Option<ObjectId>,
    #[serde(deserialize_with = "or_zero")]
    after: Option<ObjectId>,
    head_commit: Option<WireCommit>,
    repository: WireRepo,
    pusher: Option<WireUser>,
    sender: WireUser,
    installation: Option<WireId<InstallationId>>,
}

impl From<WirePush> for Push {
    fn from(wire: WirePush) -> Self {
        Self {
            repository: wire.repository.into(),
            reference: wire.reference,
            before: wire.before,
            after: wire.after,
            head_commit: wire.head_commit.map(Into::into),
            pusher: wire.pusher.unwrap_or_default().into(),
            sender: wire.sender.into(),
            installation: id(wire.installation),
        }
    }
}

/// The event `pull_request`.
#[derive(Deserialize)]
pub(super) struct WirePull {
    action: String,
    number: u64,
    pull_request: WirePullRequest,
    repository: WireRepo,
    sender: WireUser,
    installation: Option<WireId<InstallationId>>,
}

#[derive(Deserialize)]
struct WirePullRequest {
    head: WireHead,
    base: WireBase,
    user: WireUser,
    merged: Option<bool>,
}

#[derive(Deserialize)]
struct WireHead {
    #[serde(rename = "ref", deserialize_with = "head")]
    reference: GitRef,
    sha: ObjectId,
    repo: Option<WireId<RepoId>>,
}

#[derive(Deserialize)]
struct WireBase {
    #[serde(rename = "ref", deserialize_with = "head")]
    reference: GitRef,
    repo: Option<WireId<RepoId>>,
}

impl WirePull {
    /// Makes the event; the forges have different words for new commits.
    pub(super) fn into_event(self, synchronized: &str) -> PullRequest {
        let pull = self.pull_request;
        let action = match self.action.as_str() {
            "opened" => Action::Opened,
            "reopened" => Action::Reopened,
            "edited" => Action::Edited,
            "closed" => Action::Closed { merged: pull.merged.unwrap_or(false) },
            word if word == synchronized => Action::Synchronized,
            _ => Action::Other(self.action),
        };
        PullRequest {
            repository: self.repository.into(),
            action,
            number: self.number,
            head: Side { repository: id(pull.head.repo), reference: pull.head.reference },
            head_commit: pull.head.sha,
            base: Side { repository: id(pull.base.repo), reference: pull.base.reference },
            author: pull.user.into(),
            sender: self.sender.into(),
            installation: id(self.installation),
        }
    }
}

/// Whether a deleted ref is a branch or a tag.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum RefType {
    Branch,
    Tag,
}

/// The event `delete`, in which the ref has its short name.
#[derive(Deserialize)]
pub(super) struct WireDelete {
    #[serde(rename = "ref", deserialize_with = "part")]
    name: RefPart,
    ref_type: RefType,
    repository: WireRepo,
    sender: WireUser,
}

impl From<WireDelete> for RefDeleted {
    fn from(wire: WireDelete) -> Self {
        let reference = match wire.ref_type {
            RefType::Branch => GitRef::Branch(wire.name),
            RefType::Tag => GitRef::Tag(wire.name),
        };
        Self { repository: wire.repository.into(), reference, sender: wire.sender.into() }
    }
}

/// Reads an id that is all zeros where there is no object.
pub(super) fn or_zero<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<ObjectId>, D::Error> {
    ObjectId::or_zero(&String::deserialize(deserializer)?).map_err(de::Error::custom)
}

/// Reads the short name of a ref.
fn part<'de, D: Deserializer<'de>>(deserializer: D) -> Result<RefPart, D::Error> {
    RefPart::new(&String::deserialize(deserializer)?).map_err(de::Error::custom)
}

/// Reads the ref of one side of a pull request.
pub(super) fn head<'de, D: Deserializer<'de>>(deserializer: D) -> Result<GitRef, D::Error> {
    GitRef::parse_head(&String::deserialize(deserializer)?).map_err(de::Error::custom)
}
