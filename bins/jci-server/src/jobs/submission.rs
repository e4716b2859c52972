//! From what a webhook says to the job that it asks for.

use jci_coord::{Actor, NameError, NewJob, Trigger, Trust};
use jci_forge::webhook::{Account, Action, Delivery, Event, Origin, PullRequest, Push};
use jci_forge::{GitRef, ObjectId};

/// Fails because a webhook names what cannot be a job.
#[derive(Debug, thiserror::Error)]
#[error("the webhook names what no job can be of")]
pub(crate) struct Unfit(#[from] NameError);

/// What a webhook asks for.
#[derive(Debug)]
pub(crate) enum Asked {
    /// A job.
    Job(Box<NewJob>),
    /// Nothing; why, in a phrase.
    Nothing(&'static str),
}

/// Returns the object that a tag was pushed for, where the webhook does not say which commit that
/// leads to: an annotated tag is an object of its own.
pub(crate) fn tag(delivery: &Delivery) -> Option<(&Push, &ObjectId)> {
    match &delivery.event {
        Event::Push(push) if matches!(push.reference, GitRef::Tag(_)) => {
            push.commit().filter(|_| push.head_commit.is_none()).map(|object| (push, object))
        }
        _ => None,
    }
}

/// Finds the job that a webhook asks for; `tag` is the commit that a [`tag`] leads to.
///
/// Branches and tags that came or moved are run, and commits of pull requests; those from
/// elsewhere have to be approved first.
pub(crate) fn asked(delivery: &Delivery, tag: Option<&ObjectId>) -> Result<Asked, Unfit> {
    let job = match &delivery.event {
        Event::Push(push) => match tag.or_else(|| push.commit()) {
            Some(commit) => pushed(push, commit)?,
            None if push.after.is_none() => return Ok(Asked::Nothing("the ref is gone")),
            None => return Ok(Asked::Nothing("neither a branch nor a tag")),
        },
        Event::PullRequest(request) => match request.action {
            Action::Opened | Action::Reopened | Action::Synchronized => proposed(request)?,
            Action::Edited | Action::Closed { .. } | Action::Other(_) => {
                return Ok(Asked::Nothing("no new commits"));
            }
        },
        Event::RefDeleted(_) => return Ok(Asked::Nothing("the ref is gone")),
        Event::Ping => return Ok(Asked::Nothing("the webhook arrives")),
        _ => return Ok(Asked::Nothing("not a push")),
    };
    // Ids are told apart by forge, and by the repository: some forges count them by themselves.
    let delivery = format!("{} {} {}", delivery.forge, job.repository, delivery.id);
    Ok(Asked::Job(Box::new(NewJob { delivery: Some(delivery), ..job })))
}

fn pushed(push: &Push, commit: &ObjectId) -> Result<NewJob, Unfit> {
    let by = actor([&push.pusher, &push.sender]);
    let repository = push.repository.name.to_string().parse()?;
    Ok(NewJob::new(repository, commit.as_str().parse()?, &push.reference.to_string(), by))
}

/// Takes a pull request. How far it is trusted follows from where its commits are, never from who
/// caused the event: anybody may put a label on it.
fn proposed(request: &PullRequest) -> Result<NewJob, Unfit> {
    let trust = match request.origin() {
        Origin::SameRepository => Trust::Trusted,
        Origin::Fork | Origin::Unknown => Trust::Untrusted,
    };
    let repository = request.repository.name.to_string().parse()?;
    let reference = match request.origin() {
        Origin::SameRepository => request.head.reference.to_string(),
        Origin::Fork | Origin::Unknown => format!("refs/pull/{}/head", request.number),
    };
    let commit = request.head_commit.as_str().parse()?;
    let job = NewJob::new(repository, commit, &reference, actor([&request.author]));
    Ok(NewJob { trigger: Trigger::PullRequest { number: request.number }, trust, ..job })
}

/// Names who did it, as far as the forge says.
fn actor<const N: usize>(accounts: [&Account; N]) -> Actor {
    let login = accounts.iter().find_map(|account| account.login.clone());
    Actor::Webhook(login.unwrap_or_else(|| "somebody".to_owned()))
}
