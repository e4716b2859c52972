//! Jobs that somebody stops, and jobs that somebody runs again.

use jci_coord::{CancelError, Cancelled, JobState, Outcome, Renewal, RerunError, Verdict, Why};

use super::World;
use crate::names::{claim, person, push};

pub(crate) async fn a_job_that_waits_is_cancelled_at_once(world: &World) {
    let job = world.submit(push("a", 1)).await;
    let answer = world.server.cancel(&job.id, &person("eve")).await.unwrap();
    assert!(matches!(answer, Cancelled::Now(_)), "{answer:?}");
    let after = world.job(&job.id).await;
    assert_eq!(
        (after.state, after.reason.as_deref()),
        (JobState::Cancelled, Some("by person:eve"))
    );
    assert_eq!(world.server.queue_depth().await.unwrap().ready, []);
    let again = world.server.cancel(&job.id, &person("eve")).await;
    assert!(
        matches!(again, Err(CancelError::Ended { state: JobState::Cancelled, .. })),
        "{again:?}"
    );
}

pub(crate) async fn a_runner_is_told_and_has_its_time(world: &World) {
    world.submit(push("a", 1)).await;
    world.submit(push("b", 2)).await;
    let (one, two) = (world.take(&claim("r")).await, world.take(&claim("r")).await);
    for given in [&one, &two] {
        let answer = world.server.cancel(&given.job.id, &person("eve")).await.unwrap();
        assert!(matches!(answer, Cancelled::Asked(_)), "{answer:?}");
        assert_eq!(world.renew("r", &given.attempt.id).await, Renewal::Kept { cancel: true });
    }
    let stopped = Outcome::new(Verdict::Cancelled);
    let said = world.server.finish(&one.attempt.id, &stopped).await.unwrap();
    assert_eq!(said.job().state, JobState::Cancelled);
    // The other one never says so, though it renews.
    assert_eq!(world.expire().await, []);
    for _ in 0..11 {
        world.pass(5);
        world.renew("r", &two.attempt.id).await;
        assert_eq!(world.expire().await, []);
    }
    world.pass(5);
    world.renew("r", &two.attempt.id).await;
    assert_eq!(world.expire().await, [Why::CancelForced]);
    assert_eq!(world.renew("r", &two.attempt.id).await, Renewal::Stale);
    assert!(world.server.finish(&two.attempt.id, &Outcome::new(Verdict::Ok)).await.is_err());
    assert_eq!(world.job(&two.job.id).await.state, JobState::Cancelled);
}

pub(crate) async fn a_cancelled_job_of_a_lost_runner_is_not_tried_again(world: &World) {
    world.submit(push("a", 1)).await;
    let given = world.take(&claim("r")).await;
    world.server.cancel(&given.job.id, &person("eve")).await.unwrap();
    world.pass(30);
    assert_eq!(world.expire().await, [Why::LeaseLost]);
    assert_eq!(world.job(&given.job.id).await.state, JobState::Cancelled);
}

pub(crate) async fn an_ended_job_is_run_again_as_a_new_one(world: &World) {
    let old = world.submit(push("a", 1)).await;
    let early = world.server.rerun(&old.id, &person("eve")).await;
    assert!(matches!(early, Err(RerunError::NotEnded { .. })), "{early:?}");
    world.server.cancel(&old.id, &person("eve")).await.unwrap();
    world.pass(1);
    let id = world.server.rerun(&old.id, &person("eve")).await.unwrap();
    let new = world.job(&id).await;
    assert_eq!((new.state, new.rerun_of.as_ref()), (JobState::Queued, Some(&old.id)));
    assert_ne!(new.view_key, old.view_key);
    assert_eq!(new.spec.requested_by, person("eve"));
    let twice = world.server.rerun(&old.id, &person("eve")).await;
    assert!(matches!(twice, Err(RerunError::Active { active, .. }) if active == id));
    assert_eq!(world.job(&old.id).await.state, JobState::Cancelled);
}
