//! How jobs come into the queue.

use std::time::Duration;

use futures_util::future::join_all;
use jci_coord::{JobFilter, NewJob, Outcome, SubmitError, Verdict};

use super::World;
use crate::names::{claim, commit, push, repository};

pub(crate) async fn a_commit_has_one_active_job(world: &World) {
    let first = world.server.submit(push("a", 1)).await.unwrap();
    assert!(first.is_new);
    let again = world.server.submit(push("a", 1)).await.unwrap();
    assert_eq!((again.is_new, &again.job.id), (false, &first.job.id));
    let others = [push("b", 1), push("a", 2)];
    for other in others {
        assert!(world.server.submit(other).await.unwrap().is_new);
    }
    let given = world.take(&claim("r")).await;
    world.server.finish(&given.attempt.id, &Outcome::new(Verdict::Ok)).await.unwrap();
    let (name, number) = (given.job.spec.repository.clone(), given.job.spec.commit.clone());
    let by = given.job.spec.requested_by.clone();
    let after =
        world.server.submit(NewJob::new(name, number, "refs/heads/main", by)).await.unwrap();
    assert!(after.is_new);
}

pub(crate) async fn a_delivery_that_comes_again_starts_nothing(world: &World) {
    let delivered = |number| NewJob { delivery: Some("d1".to_owned()), ..push("a", number) };
    let first = world.server.submit(delivered(1)).await.unwrap();
    let given = world.take(&claim("r")).await;
    world.server.finish(&given.attempt.id, &Outcome::new(Verdict::Ok)).await.unwrap();
    world.pass(3600);
    let again = world.server.submit(delivered(1)).await.unwrap();
    assert_eq!((again.is_new, again.job.id), (false, first.job.id));
    // After the time of retention it is forgotten, and so it is a new one.
    world.pass(8 * 24 * 3600);
    world.server.prune_history().await.unwrap();
    assert!(world.server.submit(delivered(1)).await.unwrap().is_new);
}

pub(crate) async fn many_at_once_are_one_job(world: &World) {
    let servers: Vec<_> = (0..4).map(|_| world.another_server()).collect();
    let submissions = (0..24).map(|turn| servers[turn % 4].submit(push("a", 1)));
    let submitted = join_all(submissions).await;
    let new = submitted.iter().filter(|it| it.as_ref().unwrap().is_new).count();
    assert_eq!(new, 1);
    let filter = JobFilter { repository: Some(repository("a")), ..JobFilter::default() };
    assert_eq!(world.server.jobs(&filter, 10).await.unwrap().len(), 1);
    let one = &submitted[0].as_ref().unwrap().job;
    assert!(submitted.iter().all(|it| it.as_ref().unwrap().job.id == one.id));
    assert_eq!(one.spec.commit, commit(1));
}

pub(crate) async fn a_job_without_time_is_refused(world: &World) {
    let new = NewJob { timeout: Some(Duration::ZERO), ..push("a", 1) };
    let refused = world.server.submit(new).await;
    assert!(matches!(refused, Err(SubmitError::NoTime { .. })), "{refused:?}");
}
