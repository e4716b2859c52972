//! Short ways to names that tests need all the time.

use jci_coord::{Actor, AttemptId, Claim, CommitId, Labels, NewJob, RepositoryName, RunnerId};

pub(crate) fn repository(name: &str) -> RepositoryName {
    format!("owner/{name}").parse().unwrap()
}

pub(crate) fn commit(number: u32) -> CommitId {
    format!("{number:040x}").parse().unwrap()
}

pub(crate) fn runner(name: &str) -> RunnerId {
    name.parse().unwrap()
}

pub(crate) fn person(name: &str) -> Actor {
    Actor::Person(name.to_owned())
}

pub(crate) fn labels(text: &str) -> Labels {
    text.parse().unwrap()
}

/// A push to the main branch of a repository.
pub(crate) fn push(name: &str, number: u32) -> NewJob {
    let by = Actor::Webhook("pusher".to_owned());
    NewJob::new(repository(name), commit(number), "refs/heads/main", by)
}

/// A request for work by a runner of the new protocol that runs nothing.
pub(crate) fn claim(name: &str) -> Claim {
    claim_with(name, "", Some(Vec::new()))
}

pub(crate) fn claim_with(name: &str, has: &str, running: Option<Vec<AttemptId>>) -> Claim {
    Claim { runner: runner(name), labels: labels(has), running, request: None }
}
