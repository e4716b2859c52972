//! Code of strangers.

use jci_coord::{ApproveError, Claimed, NewJob, RerunError, Trust};

use super::World;
use crate::names::{claim, commit, person, push};

fn from_fork(number: u32) -> NewJob {
    NewJob { trust: Trust::Untrusted, ..push("a", number) }
}

pub(crate) async fn code_of_a_stranger_waits_for_approval_of_its_very_commit(world: &World) {
    let job = world.submit(from_fork(1)).await;
    assert!(job.is_held());
    assert!(matches!(world.server.claim(&claim("r")).await.unwrap(), Claimed::Empty));
    let other = world.server.approve(&job.id, &commit(2), &person("eve")).await;
    assert!(matches!(other, Err(ApproveError::OtherCommit { .. })), "{other:?}");
    assert!(matches!(world.server.claim(&claim("r")).await.unwrap(), Claimed::Empty));
    let approved = world.server.approve(&job.id, &commit(1), &person("eve")).await.unwrap();
    assert!(approved.is_ready());
    assert_eq!(world.server.approve(&job.id, &commit(1), &person("eve")).await.unwrap(), approved);
    let given = world.take(&claim("r")).await;
    assert_eq!((&given.job.id, given.job.spec.trust), (&job.id, Trust::Untrusted));
}

pub(crate) async fn nothing_revives_what_was_never_approved(world: &World) {
    let job = world.submit(from_fork(1)).await;
    world.server.cancel(&job.id, &person("eve")).await.unwrap();
    let late = world.server.approve(&job.id, &commit(1), &person("eve")).await;
    assert!(matches!(late, Err(ApproveError::Ended { .. })), "{late:?}");
    let rerun = world.server.rerun(&job.id, &person("eve")).await;
    assert!(matches!(rerun, Err(RerunError::NotApproved { .. })), "{rerun:?}");
    world.pass(100_000);
    world.expire().await;
    assert!(matches!(world.server.claim(&claim("r")).await.unwrap(), Claimed::Empty));
}

pub(crate) async fn a_trusted_push_of_the_same_commit_approves(world: &World) {
    let job = world.submit(from_fork(1)).await;
    let again = world.server.submit(from_fork(1)).await.unwrap();
    assert!(again.job.is_held());
    let pushed = world.server.submit(push("a", 1)).await.unwrap();
    assert_eq!((pushed.is_new, &pushed.job.id, pushed.job.is_ready()), (false, &job.id, true));
    assert_eq!(world.take(&claim("r")).await.job.id, job.id);
}
