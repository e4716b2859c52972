//! What the forge is told.

use std::time::Duration;

use jci_coord::{JobState, Outcome, Progress, Retry, Status, Verdict};

use super::World;
use crate::names::{claim, person, push};

async fn due(world: &World) -> Vec<Status> {
    world.server.due_statuses(10).await.unwrap()
}

fn told(statuses: &[Status]) -> Vec<(JobState, &str)> {
    statuses.iter().map(|it| (it.what.state, &*it.what.description)).collect()
}

fn later() -> Retry {
    Retry::Later { why: "503".to_owned() }
}

pub(crate) async fn every_change_is_told_and_the_newest_wins(world: &World) {
    let job = world.submit(push("a", 1)).await;
    let first = due(world).await;
    assert_eq!(told(&first), [(JobState::Queued, "waits for a runner")]);
    assert_eq!(due(world).await, [], "it is being sent");
    let given = world.take(&claim("r")).await;
    world.server.start(&given.attempt.id).await.unwrap();
    assert_eq!(due(world).await, [], "the one before is being sent");
    world.server.status_sent(&first[0]).await.unwrap();
    let second = due(world).await;
    assert_eq!(told(&second), [(JobState::Running, "running")]);
    let outcome = Outcome { exit_code: Some(2), ..Outcome::new(Verdict::Err) };
    world.server.finish(&given.attempt.id, &outcome).await.unwrap();
    // It failed, and there is something newer to say: it is not tried again.
    world.server.status_failed(&second[0], &later()).await.unwrap();
    let third = due(world).await;
    assert_eq!(told(&third), [(JobState::Err, "failed with exit code 2")]);
    world.server.status_sent(&third[0]).await.unwrap();
    assert_eq!(due(world).await, []);
    let all = world.server.statuses(&job.id).await.unwrap();
    assert_eq!(all.iter().filter(|it| it.what.state.is_final()).count(), 1);
    assert_eq!(world.server.queue_depth().await.unwrap().unsent, 0);
}

pub(crate) async fn a_status_is_sent_again_until_it_is_there(world: &World) {
    let job = world.submit(push("a", 1)).await;
    for wait in [1, 2, 4, 8, 16, 30, 30] {
        let taken = &due(world).await[0];
        world.server.status_failed(taken, &later()).await.unwrap();
        world.clock.pass(Duration::from_millis(wait * 1000 - 1));
        assert_eq!(due(world).await, [], "{wait} s");
        world.clock.pass(Duration::from_millis(1));
    }
    let taken = &due(world).await[0];
    let after = Retry::After { wait: Duration::from_secs(7), why: "429".to_owned() };
    world.server.status_failed(taken, &after).await.unwrap();
    world.pass(7);
    let taken = &due(world).await[0];
    assert_eq!(taken.failures, 8);
    let never = Retry::Never { why: "404".to_owned() };
    world.server.status_failed(taken, &never).await.unwrap();
    world.pass(1000);
    assert_eq!(due(world).await, []);
    let all = world.server.statuses(&job.id).await.unwrap();
    assert_eq!(all[0].progress, Progress::GivenUp);
    assert_eq!(all[0].last_error.as_deref(), Some("404"));
}

pub(crate) async fn a_server_that_dies_while_sending_is_replaced(world: &World) {
    world.submit(push("a", 1)).await;
    let dead = due(world).await;
    let other = world.another_server();
    assert_eq!(other.due_statuses(10).await.unwrap(), []);
    world.pass(29);
    assert_eq!(other.due_statuses(10).await.unwrap(), []);
    world.pass(1);
    let taken = other.due_statuses(10).await.unwrap();
    assert_eq!(taken[0].id, dead[0].id);
    assert_eq!(due(world).await, []);
}

pub(crate) async fn a_server_that_was_slow_says_nothing_for_the_one_that_replaced_it(
    world: &World,
) {
    let job = world.submit(push("a", 1)).await;
    let slow = due(world).await;
    let other = world.another_server();
    assert_eq!(other.due_statuses(10).await.unwrap(), []);
    world.pass(30);
    let taken = other.due_statuses(10).await.unwrap();
    assert_eq!(taken[0].id, slow[0].id);
    let progress = async || world.server.statuses(&job.id).await.unwrap()[0].clone();
    let sending = progress().await;
    // Neither word frees what the other one is sending, nor counts.
    world.server.status_failed(&slow[0], &later()).await.unwrap();
    assert_eq!(progress().await, sending);
    world.server.status_sent(&slow[0]).await.unwrap();
    assert_eq!(progress().await, sending);
    world.pass(29);
    assert_eq!(due(world).await, []);
    world.server.status_failed(&taken[0], &later()).await.unwrap();
    world.pass(1);
    let again = due(world).await;
    assert_eq!((again[0].id, again[0].failures), (taken[0].id, 1));
    world.server.status_sent(&again[0]).await.unwrap();
    // Nor is a word said twice another one.
    world.server.status_failed(&again[0], &later()).await.unwrap();
    assert_eq!(progress().await.progress, Progress::Sent);
}

pub(crate) async fn a_day_without_the_forge_ends_with_the_last_word(world: &World) {
    let mut jobs = Vec::new();
    for number in 0..12 {
        world.submit(push("a", number)).await;
        let given = world.take(&claim("r")).await;
        for _ in 0..3 {
            world.pass(40);
            world.renew("r", &given.attempt.id).await;
            for status in due(world).await {
                world.server.status_failed(&status, &later()).await.unwrap();
            }
        }
        world.server.finish(&given.attempt.id, &Outcome::new(Verdict::Ok)).await.unwrap();
        jobs.push(given.job.id);
    }
    world.pass(24 * 3600);
    let mut sent = Vec::new();
    loop {
        let now = due(world).await;
        if now.is_empty() {
            break;
        }
        for status in now {
            world.server.status_sent(&status).await.unwrap();
            sent.push((status.what.job, status.what.state));
        }
    }
    sent.sort_by(|one, other| one.0.cmp(&other.0));
    let expected: Vec<_> = jobs.into_iter().map(|job| (job, JobState::Ok)).collect();
    assert_eq!(sent, expected);
}

pub(crate) async fn a_commit_hears_of_its_jobs_in_their_order(world: &World) {
    let old = world.submit(push("a", 1)).await;
    let sending = due(world).await;
    world.server.cancel(&old.id, &person("eve")).await.unwrap();
    let new = world.server.rerun(&old.id, &person("eve")).await.unwrap();
    world.server.status_failed(&sending[0], &later()).await.unwrap();
    let first = due(world).await;
    assert_eq!((first.len(), &first[0].what.job), (1, &old.id));
    assert_eq!(told(&first), [(JobState::Cancelled, "cancelled by person:eve")]);
    // A wait of the first holds up the second: it would look newer than it is.
    world.server.status_failed(&first[0], &later()).await.unwrap();
    assert_eq!(due(world).await, []);
    world.pass(1);
    world.server.status_sent(&due(world).await[0]).await.unwrap();
    assert_eq!(due(world).await[0].what.job, new);
}
