//! Jobs and the runners that take them.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use jci_coord::{Claim, Claimed, Coordinator, JobState, Outcome, Reported, Settings, Verdict};

use super::World;
use crate::names::{claim, claim_with, labels, push};

pub(crate) async fn a_job_goes_from_submission_to_its_result(world: &World) {
    let submitted = world.submit(push("a", 1)).await;
    assert_eq!(submitted.state, JobState::Queued);
    let given = world.take(&claim_with("r", "linux", Some(Vec::new()))).await;
    assert_eq!((&given.job.id, given.job.state), (&submitted.id, JobState::Assigned));
    assert_eq!(given.lease, Some(world.server.settings().lease));
    assert!(matches!(world.server.claim(&claim("r")).await.unwrap(), Claimed::Empty));
    world.pass(2);
    let started = world.server.start(&given.attempt.id).await.unwrap();
    assert_eq!(started.state, JobState::Running);
    assert_eq!(world.server.start(&given.attempt.id).await.unwrap(), started);
    let runners = world.server.runners().await.unwrap();
    assert_eq!(runners[0].running, std::slice::from_ref(&given.attempt.id));
    let outcome =
        Outcome { exit_code: Some(0), run: Some("run-1".to_owned()), ..Outcome::new(Verdict::Ok) };
    let done = world.server.finish(&given.attempt.id, &outcome).await.unwrap();
    assert!(matches!(done, Reported::Now(_)));
    let again = world.server.finish(&given.attempt.id, &outcome).await.unwrap();
    assert!(matches!(again, Reported::Again(_)));
    let job = world.job(&submitted.id).await;
    assert_eq!(
        (job.state, job.exit_code, job.run.as_deref()),
        (JobState::Ok, Some(0), Some("run-1"))
    );
    assert_eq!(&job, again.job());
    let attempts = world.server.attempts(&submitted.id).await.unwrap();
    assert_eq!(attempts[0].outcome(), Some(&outcome));
    assert_eq!(world.server.runners().await.unwrap()[0].running, []);
    assert_eq!(world.server.runners().await.unwrap()[0].runner.labels, labels(""));
}

pub(crate) async fn an_answer_that_was_lost_is_given_again(world: &World) {
    world.submit(push("a", 1)).await;
    world.submit(push("b", 2)).await;
    let asking = |name: &str| Claim { request: Some(name.to_owned()), ..claim("r") };
    let lost = world.take(&asking("one")).await;
    let again = world.take(&asking("one")).await;
    assert_eq!(again.attempt.id, lost.attempt.id);
    assert!(world.server.grant(&lost.token).await.unwrap().is_none());
    assert!(world.server.grant(&again.token).await.unwrap().is_some());
    let other = world.take(&asking("two")).await;
    assert_ne!(other.attempt.id, lost.attempt.id);
    let somebody = Claim { request: Some("one".to_owned()), ..claim("s") };
    assert!(matches!(world.server.claim(&somebody).await.unwrap(), Claimed::Empty));
}

pub(crate) async fn no_more_jobs_than_allowed_run_at_once(world: &World) {
    let settings = Settings { max_jobs: Some(2), ..Settings::default() };
    let server = |_| {
        let (clock, random) = (world.clock.clone(), world.random.clone());
        Coordinator::new(world.store.clone(), settings.clone(), clock, random)
    };
    let servers: Vec<_> = (0..3).map(server).collect();
    for number in 0..6 {
        world.submit(push("a", number)).await;
    }
    let claim = claim("r");
    let answers = join_all((0..9).map(|turn| servers[turn % 3].claim(&claim))).await;
    let given: Vec<_> = answers
        .into_iter()
        .filter_map(|it| if let Claimed::Assigned(it) = it.unwrap() { Some(it) } else { None })
        .collect();
    assert_eq!(given.len(), 2);
    assert!(matches!(servers[0].claim(&claim).await.unwrap(), Claimed::Full));
    world.server.finish(&given[0].attempt.id, &Outcome::new(Verdict::Ok)).await.unwrap();
    assert!(matches!(servers[0].claim(&claim).await.unwrap(), Claimed::Assigned(_)));
}

pub(crate) async fn many_runners_at_once_get_different_jobs(world: &World) {
    for number in 0..20 {
        world.submit(push(["a", "b", "c"][number as usize % 3], number)).await;
    }
    let servers: Vec<_> = (0..4).map(|_| world.another_server()).collect();
    let claims: Vec<_> = (0..28).map(|number| claim(&format!("r{number}"))).collect();
    let turns = claims.iter().enumerate().map(|(turn, claim)| servers[turn % 4].claim(claim));
    let mut given = BTreeSet::new();
    let mut empty = 0;
    for answer in join_all(turns).await {
        match answer.unwrap() {
            Claimed::Assigned(it) => assert!(given.insert(it.job.id.clone()), "{it:?} came twice"),
            Claimed::Empty => empty += 1,
            Claimed::Full => panic!("there is no limit"),
        }
    }
    assert_eq!((given.len(), empty), (20, 8));
}

pub(crate) async fn a_transaction_that_is_dropped_has_done_nothing(world: &World) {
    let job = world.submit(push("a", 1)).await;
    let mut tx = world.store.write().await.unwrap();
    let held = tx.job(&job.id).await.unwrap().unwrap();
    tx.delete_job(&held.id).await.unwrap();
    assert!(tx.job(&held.id).await.unwrap().is_none());
    drop(tx);
    assert_eq!(world.job(&job.id).await, job);
    assert_eq!(world.take(&claim("r")).await.job.id, job.id);
}
