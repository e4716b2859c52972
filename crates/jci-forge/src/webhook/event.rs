//! What a webhook says, whichever forge it comes from.

use crate::ids::{ForgeKind, InstallationId, ObjectId, RepoId, RepoName, UserId};
use crate::refname::GitRef;

/// One webhook: who sent it, what it is called there, and what happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The forge.
    pub forge: ForgeKind,
    /// The id that the forge gave to this delivery.
    ///
    /// Gitea gives a new one to a redelivery, so that it does not suffice to know a webhook again:
    /// compare repository, ref and commit.
    pub id: String,
    /// The name of the event as the forge has it.
    pub name: String,
    /// What happened.
    pub event: Event,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A branch or a tag was created, moved or deleted.
    Push(Push),
    /// A branch or a tag was deleted, in the words of the separate event for it.
    ///
    /// Gitea and Forgejo send no [`Push`] for a branch that is deleted, but this. GitHub sends
    /// both, and so do Gitea and Forgejo for tags.
    RefDeleted(RefDeleted),
    /// Something happened to a pull request, or a merge request.
    PullRequest(Box<PullRequest>),
    /// The forge tries whether the webhook arrives.
    Ping,
    /// A GitHub App was installed somewhere, or its installation changed.
    Installation(Installation),
    /// Any other event; [`Delivery::name`] says which.
    Unknown,
}

/// A repository, as far as every webhook describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repo {
    /// Its number, which stays the same when it is renamed.
    pub id: RepoId,
    /// Its owner and name at this time.
    pub name: RepoName,
    /// The name of its default branch, if the webhook says it.
    pub default_branch: Option<String>,
}

/// An account; forges leave out now the one, now the other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// Its number.
    pub id: Option<UserId>,
    /// Its name.
    pub login: Option<String>,
}

/// The commit that a ref leads to after a push.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeadCommit {
    /// Its id.
    pub id: ObjectId,
    /// Its message, if the webhook has it.
    pub message: Option<String>,
}

/// What a push did to its ref.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// The ref was not there before.
    Created,
    /// The ref led somewhere else before.
    Updated,
    /// The ref is gone.
    Deleted,
}

/// A branch or a tag was created, moved or deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Push {
    /// Where.
    pub repository: Repo,
    /// What was pushed.
    pub reference: GitRef,
    /// Where the ref led before, if it was there.
    ///
    /// Gitea does not say it for a tag that is moved, which so looks as if it were new.
    pub before: Option<ObjectId>,
    /// Where the ref leads now, if it is still there: for an annotated tag the tag object.
    pub after: Option<ObjectId>,
    /// The commit that it leads to in the end.
    pub head_commit: Option<HeadCommit>,
    /// Who pushed.
    pub pusher: Account,
    /// On whose behalf the webhook was sent: mostly the same.
    pub sender: Account,
    /// The installation of the GitHub App that the webhook is for.
    pub installation: Option<InstallationId>,
}

impl Push {
    /// Says what happened to the ref.
    pub fn change(&self) -> Change {
        match (&self.before, &self.after) {
            (_, None) => Change::Deleted,
            (None, Some(_)) => Change::Created,
            (Some(_), Some(_)) => Change::Updated,
        }
    }

    /// Returns the commit to build: `after`, or the commit that an annotated tag leads to.
    ///
    /// There is none after a deletion, nor for a ref that is neither branch nor tag: refs of runs
    /// must not start runs, should a forge ever send them.
    pub fn commit(&self) -> Option<&ObjectId> {
        let after = self.after.as_ref()?;
        let head = self.head_commit.as_ref().map(|commit| &commit.id);
        match &self.reference {
            GitRef::Branch(_) => Some(after),
            GitRef::Tag(_) => Some(head.unwrap_or(after)),
            GitRef::Other(_) => None,
        }
    }
}

/// A branch or a tag was deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefDeleted {
    /// Where.
    pub repository: Repo,
    /// What was deleted.
    pub reference: GitRef,
    /// Who did it.
    pub sender: Account,
}

/// What happened to a pull request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// It was made.
    Opened,
    /// It was closed and is open again.
    Reopened,
    /// Its head has new commits.
    Synchronized,
    /// Its title, text or base was changed.
    Edited,
    /// It was closed.
    Closed {
        /// Whether its commits are in the base now.
        merged: bool,
    },
    /// Something else, in the word of the forge.
    Other(String),
}

/// One side of a pull request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Side {
    /// The number of the repository; a fork that is gone has none.
    pub repository: Option<RepoId>,
    /// The ref, mostly a branch.
    pub reference: GitRef,
}

/// Where the commits of a pull request come from, and so how far they are to be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// From the repository itself: somebody with the right to push made them.
    SameRepository,
    /// From another repository.
    Fork,
    /// The webhook does not say: to be treated as a fork.
    Unknown,
}

/// Something happened to a pull request.
///
/// How far to trust it follows from [`PullRequest::origin`] and [`PullRequest::author`]; never from
/// the sender, who may have done no more than put a label on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PullRequest {
    /// The repository that is asked to take the commits.
    pub repository: Repo,
    /// What happened.
    pub action: Action,
    /// The number of the pull request in that repository.
    pub number: u64,
    /// Where the commits come from.
    pub head: Side,
    /// The newest commit.
    pub head_commit: ObjectId,
    /// Where they are to go.
    pub base: Side,
    /// Who made the pull request.
    pub author: Account,
    /// Who caused this event.
    pub sender: Account,
    /// The installation of the GitHub App that the webhook is for.
    pub installation: Option<InstallationId>,
}

impl PullRequest {
    /// Says where the commits come from.
    pub fn origin(&self) -> Origin {
        match (self.head.repository, self.base.repository) {
            (Some(head), Some(base)) if head == base => Origin::SameRepository,
            (Some(_), Some(_)) => Origin::Fork,
            _ => Origin::Unknown,
        }
    }
}

/// A GitHub App was installed somewhere, or its installation changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installation {
    /// The installation.
    pub id: InstallationId,
    /// What happened, in the word of the forge: `created`, `deleted`, `suspend`.
    pub action: String,
    /// Whose repositories it is for.
    pub account: Account,
}
