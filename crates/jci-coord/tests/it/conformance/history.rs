//! What is remembered, and for how long.

use jci_coord::{
    Coordinator, JobFilter, JobState, NewJob, Outcome, Progress, Retention, Settings, Verdict,
};

use super::World;
use crate::names::{claim, commit, push, repository};

pub(crate) async fn lists_are_in_pages_and_by_what_is_asked(world: &World) {
    let mut ids = Vec::new();
    for number in 0..5 {
        ids.push(world.submit(push(if number % 2 == 0 { "a" } else { "b" }, number)).await.id);
    }
    ids.reverse();
    let all = JobFilter::default();
    let list = |filter: JobFilter, limit| async move {
        let jobs = world.server.jobs(&filter, limit).await.unwrap();
        jobs.into_iter().map(|job| job.id).collect::<Vec<_>>()
    };
    assert_eq!(list(all.clone(), 2).await, ids[..2]);
    assert_eq!(list(JobFilter { before: Some(ids[1].clone()), ..all.clone() }, 9).await, ids[2..]);
    let of_b = JobFilter { repository: Some(repository("b")), ..all.clone() };
    assert_eq!(list(of_b, 9).await, [ids[1].clone(), ids[3].clone()]);
    let of_commit = JobFilter { commit: Some(commit(2)), ..all.clone() };
    assert_eq!(list(of_commit, 9).await, [ids[2].clone()]);
    world.take(&claim("r")).await;
    let assigned = JobFilter { state: Some(JobState::Assigned), ..all };
    assert_eq!(list(assigned, 9).await, [ids[4].clone()]);
}

async fn end_jobs(world: &World, count: u32) {
    for number in 0..count {
        world.submit(push("a", number)).await;
        let given = world.take(&claim("r")).await;
        world.server.finish(&given.attempt.id, &Outcome::new(Verdict::Ok)).await.unwrap();
    }
}

pub(crate) async fn old_jobs_are_forgotten_and_others_never(world: &World) {
    end_jobs(world, 6).await;
    let live = world.submit(push("b", 100)).await;
    for status in world.server.due_statuses(4).await.unwrap() {
        world.server.status_sent(&status).await.unwrap();
    }
    let retention = Retention { job_count: Some(3), ..Retention::default() };
    let settings = Settings { retention, ..Settings::default() };
    let (clock, random) = (world.clock.clone(), world.random.clone());
    let strict = Coordinator::new(world.store.clone(), settings, clock, random);
    assert_eq!(strict.prune_history().await.unwrap().jobs.len(), 3);
    assert_eq!(strict.prune_history().await.unwrap().jobs.len(), 0);
    world.pass(91 * 24 * 3600);
    let pruned = world.server.prune_history().await.unwrap();
    assert_eq!(pruned.jobs.len(), 1, "two have statuses that are still to be sent");
    assert_eq!(pruned.runners, 1);
    let left = world.server.jobs(&JobFilter::default(), 10).await.unwrap();
    assert_eq!(left.len(), 3);
    assert_eq!(left[0].id, live.id);
    assert!(world.server.attempts(&pruned.jobs[0]).await.unwrap().is_empty());
    for job in &left {
        let statuses = world.server.statuses(&job.id).await.unwrap();
        assert!(statuses.iter().any(|it| it.progress == Progress::Unsent), "{job:?}");
    }
}

pub(crate) async fn a_delivery_whose_job_is_forgotten_asks_anew(world: &World) {
    let asks = NewJob { delivery: Some("delivery-1".to_owned()), ..push("a", 1) };
    let first = world.submit(asks.clone()).await;
    let given = world.take(&claim("r")).await;
    world.server.finish(&given.attempt.id, &Outcome::new(Verdict::Ok)).await.unwrap();
    for status in world.server.due_statuses(4).await.unwrap() {
        world.server.status_sent(&status).await.unwrap();
    }
    assert_eq!(world.submit(asks.clone()).await.id, first.id);
    let retention = Retention { job_count: Some(0), ..Retention::default() };
    let settings = Settings { retention, ..Settings::default() };
    let (clock, random) = (world.clock.clone(), world.random.clone());
    let strict = Coordinator::new(world.store.clone(), settings, clock, random);
    assert_eq!(strict.prune_history().await.unwrap().jobs, std::slice::from_ref(&first.id));
    let second = world.submit(asks.clone()).await;
    assert_ne!(second.id, first.id);
    assert_eq!(world.submit(asks).await.id, second.id);
}
