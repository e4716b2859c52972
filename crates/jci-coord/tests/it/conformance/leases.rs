//! Runners that are lost, and those that only seem to be.

use std::time::Duration;

use jci_coord::{Claimed, FinishError, JobState, NewJob, Outcome, Renewal, Verdict, Why};

use super::World;
use crate::names::{claim, claim_with, push, runner};

const HOUR: i64 = 3_600_000;

pub(crate) async fn a_lost_runner_is_replaced_and_comes_too_late(world: &World) {
    world.submit(push("a", 1)).await;
    let first = world.take(&claim("lost")).await;
    for _ in 0..10 {
        world.pass(5);
        assert_eq!(world.renew("lost", &first.attempt.id).await, Renewal::Kept { cancel: false });
        assert_eq!(world.expire().await, []);
    }
    world.pass(29);
    assert_eq!(world.expire().await, []);
    world.pass(1);
    assert_eq!(world.expire().await, [Why::LeaseLost]);
    assert_eq!(world.renew("lost", &first.attempt.id).await, Renewal::Stale);
    assert!(matches!(world.server.claim(&claim("new")).await.unwrap(), Claimed::Empty));
    world.pass(5);
    world.expire().await;
    let second = world.take(&claim("new")).await;
    assert_eq!(second.attempt.id.number, first.attempt.id.number.next());
    let late = world.server.finish(&first.attempt.id, &Outcome::new(Verdict::Ok)).await;
    assert!(matches!(late, Err(FinishError::Stale { .. })), "{late:?}");
    assert!(world.server.start(&first.attempt.id).await.is_err());
    world.server.finish(&second.attempt.id, &Outcome::new(Verdict::Err)).await.unwrap();
    assert_eq!(world.job(&first.job.id).await.state, JobState::Err);
}

pub(crate) async fn a_clock_that_jumps_ends_nothing(world: &World) {
    world.submit(push("a", 1)).await;
    let given = world.take(&claim("r")).await;
    for jump in [HOUR, -2 * HOUR, HOUR] {
        world.clock.jump(jump);
        assert_eq!(world.expire().await, []);
        world.pass(5);
        assert_eq!(world.renew("r", &given.attempt.id).await, Renewal::Kept { cancel: false });
        assert_eq!(world.expire().await, []);
    }
    // And a wait does not become longer by it than any wait can be.
    world.pass(30);
    assert_eq!(world.expire().await, [Why::LeaseLost]);
    world.clock.jump(-HOUR);
    world.pass(1);
    world.expire().await;
    assert_eq!(world.take(&claim("r")).await.job.id, given.job.id);
}

pub(crate) async fn a_server_that_was_down_gives_one_lease_of_grace(world: &World) {
    world.submit(push("a", 1)).await;
    let given = world.take(&claim("r")).await;
    world.pass(600);
    let restarted = world.another_server();
    assert_eq!(restarted.expire().await.unwrap(), []);
    world.pass(29);
    assert_eq!(restarted.expire().await.unwrap(), []);
    let ids = [given.attempt.id];
    let kept = restarted.renew(&runner("r"), &ids).await.unwrap();
    assert_eq!(kept, [Renewal::Kept { cancel: false }]);
    world.pass(29);
    assert_eq!(restarted.expire().await.unwrap(), []);
    world.pass(1);
    assert_eq!(restarted.expire().await.unwrap().len(), 1);
}

pub(crate) async fn renewals_through_another_server_count(world: &World) {
    world.submit(push("a", 1)).await;
    let given = world.take(&claim("r")).await;
    let other = world.another_server();
    for _ in 0..12 {
        world.pass(15);
        let ids = [given.attempt.id.clone()];
        other.renew(&runner("r"), &ids).await.unwrap();
        assert_eq!(world.expire().await, []);
        assert_eq!(other.expire().await.unwrap(), []);
    }
    world.pass(30);
    assert_eq!(world.expire().await, [Why::LeaseLost]);
    assert_eq!(other.expire().await.unwrap(), [], "one server has said so");
}

pub(crate) async fn a_runner_without_heartbeats_has_no_lease_but_a_time_out(world: &World) {
    let timeout = Some(Duration::from_secs(600));
    world.submit(NewJob { timeout, ..push("a", 1) }).await;
    let given = world.take(&claim_with("old", "", None)).await;
    assert_eq!((given.lease, given.attempt.beat), (None, None));
    world.pass(599);
    assert_eq!(world.expire().await, []);
    world.pass(31);
    assert_eq!(world.expire().await, [Why::OverTime]);
    let job = world.job(&given.job.id).await;
    assert_eq!(
        (job.state, job.reason.as_deref()),
        (JobState::TimedOut, Some("it took longer than 10m"))
    );
}

pub(crate) async fn a_job_ends_with_its_time_even_if_its_runner_renews(world: &World) {
    world.submit(NewJob { timeout: Some(Duration::from_secs(60)), ..push("a", 1) }).await;
    let given = world.take(&claim("r")).await;
    world.pass(20);
    // The time counts from here.
    world.server.start(&given.attempt.id).await.unwrap();
    for _ in 0..17 {
        world.pass(5);
        world.renew("r", &given.attempt.id).await;
        assert_eq!(world.expire().await, []);
    }
    world.pass(5);
    world.renew("r", &given.attempt.id).await;
    assert_eq!(world.expire().await, [Why::OverTime]);
    // Its runner saw the same: that is no contradiction.
    let said = world.server.finish(&given.attempt.id, &Outcome::new(Verdict::TimedOut)).await;
    assert_eq!(said.unwrap().job().state, JobState::TimedOut);
}

pub(crate) async fn attempts_are_counted_and_waits_grow(world: &World) {
    let job = world.submit(push("a", 1)).await;
    for wait in [5, 10] {
        world.take(&claim("r")).await;
        world.pass(30);
        assert_eq!(world.expire().await, [Why::LeaseLost]);
        world.pass(wait - 1);
        world.expire().await;
        assert!(!world.job(&job.id).await.is_ready());
        assert_eq!(world.server.queue_depth().await.unwrap().waiting, 1);
        world.pass(1);
        world.expire().await;
        assert!(world.job(&job.id).await.is_ready());
    }
    world.take(&claim("r")).await;
    world.pass(30);
    world.expire().await;
    let job = world.job(&job.id).await;
    let reason = "attempt 3 of 3: its runner was not heard of any more";
    assert_eq!((job.state, job.reason.as_deref()), (JobState::InfraError, Some(reason)));
}

pub(crate) async fn another_runner_renews_nothing(world: &World) {
    world.submit(push("a", 1)).await;
    world.submit(push("b", 2)).await;
    let one = world.take(&claim("one")).await.attempt.id;
    let two = world.take(&claim("two")).await.attempt.id;
    let ids = [two.clone(), one.clone()];
    let answer = world.server.renew(&runner("one"), &ids).await.unwrap();
    assert_eq!(answer, [Renewal::Stale, Renewal::Kept { cancel: false }]);
    assert_eq!(world.server.renew(&runner("one"), &[]).await.unwrap(), []);
}

pub(crate) async fn a_server_that_starts_with_a_wrong_clock_ends_nothing_that_is_renewed(
    world: &World,
) {
    world.submit(push("a", 1)).await;
    let given = world.take(&claim("r")).await;
    world.server.start(&given.attempt.id).await.unwrap();
    world.clock.jump(2 * HOUR);
    let restarted = world.another_server();
    for _ in 0..20 {
        assert_eq!(restarted.expire().await.unwrap(), []);
        world.pass(5);
        world.renew("r", &given.attempt.id).await;
    }
}

pub(crate) async fn who_begins_has_a_whole_lease(world: &World) {
    world.submit(push("a", 1)).await;
    let given = world.take(&claim("r")).await;
    for _ in 0..2 {
        world.pass(29);
        world.server.start(&given.attempt.id).await.unwrap();
        assert_eq!(world.expire().await, []);
    }
    world.pass(30);
    assert_eq!(world.expire().await, [Why::LeaseLost]);
}
