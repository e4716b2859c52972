//! What a job may push: new runs of its own commit.

use std::collections::HashSet;

use jci_store::{RUNS_PREFIX, RunId};

use super::commands::{Command, CommandList};
use super::grant::{Grant, PushedRun};

/// Why a ref cannot be pushed, as git prints it in brackets behind the ref.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Wrong {
    /// The job may not push.
    #[error("this job may not push")]
    MayNotPush,
    /// The ref would be deleted.
    #[error("a job may not delete refs")]
    Delete,
    /// The ref would be moved.
    #[error("a job may not change refs")]
    Update,
    /// The ref is no run.
    #[error("a job may push nothing but runs")]
    NoRun,
    /// The run is of another commit.
    #[error("a job may push runs of its own commit only")]
    OtherCommit,
    /// The name is not that of a run.
    #[error("not a run id, which is <unix seconds>-<4 hex>")]
    NoRunId,
    /// The ref is named twice.
    #[error("named twice in one push")]
    Twice,
    /// The object has the id of another kind of repository.
    #[error("the id is not of the hash of this repository")]
    OtherHash,
    /// Another ref of the same push is wrong.
    #[error("not stored, because another ref of this push is refused")]
    InBadCompany,
}

/// Fails because of what a push asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusals {
    /// What is wrong with each ref, in the order of git.
    pub(crate) refs: Vec<Wrong>,
    /// What the job may do instead, a sentence.
    pub(crate) hint: String,
}

/// Checks all commands and returns the runs that would come to be.
///
/// # Errors
///
/// Fails for all of them if one is wrong: half a push is nothing that anybody asked for.
pub(crate) fn check(grant: &Grant, list: &CommandList) -> Result<Vec<PushedRun>, Refusals> {
    let mut names = HashSet::new();
    let results: Vec<_> = list
        .commands
        .iter()
        .map(|command| match run(grant, command) {
            Ok(_) if !names.insert(&command.name) => Err(Wrong::Twice),
            result => result,
        })
        .collect();
    if results.iter().all(Result::is_ok) {
        return Ok(results.into_iter().flatten().collect());
    }
    let refs = results.into_iter().map(|it| it.err().unwrap_or(Wrong::InBadCompany)).collect();
    let hint = format!(
        "a job may create {RUNS_PREFIX}{}/<run id> and nothing else; nothing was stored",
        grant.commit
    );
    Err(Refusals { refs, hint })
}

fn run(grant: &Grant, command: &Command) -> Result<PushedRun, Wrong> {
    if !grant.may_push {
        return Err(Wrong::MayNotPush);
    }
    let id = command.new.clone().ok_or(Wrong::Delete)?;
    let name = std::str::from_utf8(&command.name).map_err(|_| Wrong::NoRun)?;
    let below = name.strip_prefix(RUNS_PREFIX).ok_or(Wrong::NoRun)?;
    let (commit, run) = below.split_once('/').ok_or(Wrong::NoRun)?;
    if commit != grant.commit.as_str() {
        return Err(Wrong::OtherCommit);
    }
    let run: RunId = run.parse().map_err(|_| Wrong::NoRunId)?;
    if command.old.is_some() {
        return Err(Wrong::Update);
    }
    if id.as_str().len() != commit.len() {
        return Err(Wrong::OtherHash);
    }
    Ok(PushedRun { reference: name.to_owned(), run, id })
}

#[cfg(test)]
mod tests {
    use jci_coord::{AttemptId, AttemptNumber};
    use jci_forge::{ObjectId, RepoName};

    use super::super::capabilities::Capabilities;
    use super::*;

    const COMMIT: &str = "cccccccccccccccccccccccccccccccccccccccc";

    fn id(digit: &str, length: usize) -> Option<ObjectId> {
        Some(ObjectId::new(&digit.repeat(length)).unwrap())
    }

    fn grant(may_push: bool) -> Grant {
        Grant {
            attempt: AttemptId {
                job: "0".repeat(32).parse().unwrap(),
                number: AttemptNumber::FIRST,
            },
            repository: RepoName::parse("team/site").unwrap(),
            commit: ObjectId::new(COMMIT).unwrap(),
            may_push,
        }
    }

    fn create(name: &str) -> Command {
        Command { old: None, new: id("a", 40), name: name.as_bytes().to_vec() }
    }

    fn own(run: &str) -> Command {
        create(&format!("refs/jci-runs/{COMMIT}/{run}"))
    }

    fn wrongs(commands: Vec<Command>) -> Vec<Wrong> {
        let list = CommandList { commands, capabilities: Capabilities::default() };
        check(&grant(true), &list).map_or_else(|refusals| refusals.refs, |_| Vec::new())
    }

    #[test]
    fn new_runs_of_the_commit_pass() {
        let commands = vec![own("1795241966-cc77"), own("1795241967-0000")];
        let list = CommandList { commands, capabilities: Capabilities::default() };
        let runs = check(&grant(true), &list).unwrap();
        assert_eq!(runs[1].run.to_string(), "1795241967-0000");
        assert_eq!(runs[0].reference, format!("refs/jci-runs/{COMMIT}/1795241966-cc77"));
        let refused = check(&grant(false), &list).unwrap_err();
        assert_eq!(refused.refs, [Wrong::MayNotPush, Wrong::MayNotPush]);
    }

    #[test]
    fn every_other_name_is_refused() {
        for name in ["refs/heads/main", "refs/jci-runs", "refs/jci-runs/", "HEAD", "refs/jci-run/x"]
        {
            assert_eq!(wrongs(vec![create(name)]), [Wrong::NoRun], "{name}");
        }
        let other = format!("refs/jci-runs/{}/1-0000", "d".repeat(40));
        let upper = format!("refs/jci-runs/{}/1-0000", COMMIT.to_uppercase());
        for name in [&other, &upper, "refs/jci-runs/../heads/main", "refs/jci-runs//1-0000"] {
            assert_eq!(wrongs(vec![create(name)]), [Wrong::OtherCommit], "{name}");
        }
        for run in
            ["", "1", "1-000", "1-000G", "01-0000", "1-0000/x", "../x", "1-0000\n", "1-0000 "]
        {
            assert_eq!(wrongs(vec![own(run)]), [Wrong::NoRunId], "{run:?}");
        }
        let bytes = Command { name: b"refs/jci-runs/\xff/1".to_vec(), ..own("1-0000") };
        assert_eq!(wrongs(vec![bytes]), [Wrong::NoRun]);
    }

    #[test]
    fn nothing_is_changed_or_deleted() {
        assert_eq!(wrongs(vec![Command { old: id("b", 40), ..own("1-0000") }]), [Wrong::Update]);
        assert_eq!(wrongs(vec![Command { new: None, ..own("1-0000") }]), [Wrong::Delete]);
        assert_eq!(wrongs(vec![Command { new: id("b", 64), ..own("1-0000") }]), [Wrong::OtherHash]);
    }

    #[test]
    fn one_bad_ref_spoils_the_push() {
        let bad = create("refs/tags/v1");
        assert_eq!(wrongs(vec![own("1-0000"), bad]), [Wrong::InBadCompany, Wrong::NoRun]);
        assert_eq!(wrongs(vec![own("1-0000"), own("1-0000")]), [Wrong::InBadCompany, Wrong::Twice]);
    }
}
