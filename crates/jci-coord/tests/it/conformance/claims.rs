//! Jobs and the runners that take them.

use jci_coord::{Claimed, FinishError, JobState, Outcome, Renewal, Reported, Verdict, Why};

use super::World;
use crate::names::{claim, push};

pub(crate) async fn a_job_goes_from_submission_to_its_result(world: &World) {
    let submitted = world.submit(push("a", 1)).await;
    assert!(matches!(submitted.state, JobState::Queued));
    let given = world.take(&claim("r")).await;
    assert_eq!((&given.job.id, given.job.state), (&submitted.id, JobState::Assigned));
    assert!(matches!(world.server.claim(&claim("r")).await.unwrap(), Claimed::Empty));
    let started = world.server.start(&given.attempt.id).await.unwrap();
    assert_eq!(started.state, JobState::Running);
    let outcome = Outcome { exit_code: Some(0), ..Outcome::new(Verdict::Ok) };
    let done = world.server.finish(&given.attempt.id, &outcome).await.unwrap();
    assert!(matches!(done, Reported::Now(_)));
    let again = world.server.finish(&given.attempt.id, &outcome).await.unwrap();
    assert!(matches!(again, Reported::Again(_)));
    assert_eq!(world.job(&submitted.id).await.state, JobState::Ok);
}

pub(crate) async fn a_lost_runner_is_replaced_and_comes_too_late(world: &World) {
    world.submit(push("a", 1)).await;
    let first = world.take(&claim("lost")).await;
    for _ in 0..10 {
        world.pass(5);
        assert_eq!(world.renew("lost", &first.attempt.id).await, Renewal::Kept { cancel: false });
        assert_eq!(world.server.expire().await.unwrap(), []);
    }
    world.pass(30);
    let expired = world.server.expire().await.unwrap();
    assert_eq!(expired.iter().map(|it| it.why).collect::<Vec<_>>(), [Why::LeaseLost]);
    assert_eq!(world.renew("lost", &first.attempt.id).await, Renewal::Stale);
    assert!(matches!(world.server.claim(&claim("new")).await.unwrap(), Claimed::Empty));
    world.pass(5);
    world.server.expire().await.unwrap();
    let second = world.take(&claim("new")).await;
    assert_eq!(second.attempt.id.number, first.attempt.id.number.next());
    let late = world.server.finish(&first.attempt.id, &Outcome::new(Verdict::Ok)).await;
    assert!(matches!(late, Err(FinishError::Stale { .. })), "{late:?}");
    world.server.finish(&second.attempt.id, &Outcome::new(Verdict::Err)).await.unwrap();
    assert_eq!(world.job(&first.job.id).await.state, JobState::Err);
}
