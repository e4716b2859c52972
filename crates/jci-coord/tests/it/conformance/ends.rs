//! How attempts end, and who is believed.

use jci_coord::{FinishError, JobState, Outcome, Reported, SettleError, Verdict};
use secrecy::{ExposeSecret as _, SecretString};

use super::World;
use crate::names::{claim, push};

pub(crate) async fn what_is_said_first_counts(world: &World) {
    world.submit(push("a", 1)).await;
    let given = world.take(&claim("r")).await;
    let id = &given.attempt.id;
    world.server.finish(id, &Outcome::new(Verdict::Err)).await.unwrap();
    let other = world.server.finish(id, &Outcome::new(Verdict::Ok)).await;
    assert!(
        matches!(
            other,
            Err(FinishError::Contradicts { before: Verdict::Err, now: Verdict::Ok, .. })
        ),
        "{other:?}"
    );
    let found = world.server.settle(&id.job, &Outcome::new(Verdict::Ok)).await;
    assert!(
        matches!(found, Err(SettleError::Contradicts { before: JobState::Err, .. })),
        "{found:?}"
    );
    assert_eq!(world.job(&id.job).await.state, JobState::Err);
}

pub(crate) async fn trouble_of_the_runner_is_tried_again_and_failure_is_not(world: &World) {
    let job = world.submit(push("a", 1)).await;
    let first = world.take(&claim("r")).await;
    let trouble = Outcome::new(Verdict::InfraError).because("no space on the disk of runner r");
    let said = world.server.finish(&first.attempt.id, &trouble).await.unwrap();
    assert_eq!(said.job().state, JobState::Queued);
    let again = world.server.finish(&first.attempt.id, &trouble).await.unwrap();
    assert!(matches!(again, Reported::Again(_)));
    world.pass(5);
    world.expire().await;
    let second = world.take(&claim("r")).await;
    let failure = Outcome { exit_code: Some(3), ..Outcome::new(Verdict::Err) };
    world.server.finish(&second.attempt.id, &failure).await.unwrap();
    world.pass(1000);
    world.expire().await;
    let job = world.job(&job.id).await;
    assert_eq!((job.state, job.exit_code, job.reason), (JobState::Err, Some(3), None));
}

pub(crate) async fn a_run_in_the_repository_settles_a_job(world: &World) {
    world.submit(push("a", 1)).await;
    world.submit(push("b", 2)).await;
    let one = world.take(&claim("r")).await;
    let outcome = Outcome { run: Some("run-9".to_owned()), ..Outcome::new(Verdict::Ok) };
    let settled = world.server.settle(&one.job.id, &outcome).await.unwrap();
    assert!(matches!(settled, Reported::Now(_)));
    // Its runner says the same a moment later.
    let said = world.server.finish(&one.attempt.id, &outcome).await.unwrap();
    assert_eq!((said.job().state, said.job().run.as_deref()), (JobState::Ok, Some("run-9")));
    // A runner was lost, but it had done its work: it is not done again.
    let two = world.take(&claim("r")).await;
    world.pass(30);
    world.expire().await;
    assert_eq!(world.job(&two.job.id).await.state, JobState::Queued);
    world.server.settle(&two.job.id, &outcome).await.unwrap();
    world.pass(10);
    world.expire().await;
    let depth = world.server.queue_depth().await.unwrap();
    assert_eq!((depth.ready.len(), depth.waiting, depth.live), (0, 0, 0));
}

pub(crate) async fn a_run_settles_what_nobody_has_begun_not_at_all(world: &World) {
    let job = world.submit(push("a", 1)).await;
    let refused = world.server.settle(&job.id, &Outcome::new(Verdict::Ok)).await;
    assert!(matches!(refused, Err(SettleError::NotBegun { .. })), "{refused:?}");
    assert_eq!(world.job(&job.id).await, job);
}

pub(crate) async fn tokens_lead_to_their_attempt_and_are_kept_nowhere(world: &World) {
    world.submit(push("a", 1)).await;
    let given = world.take(&claim("r")).await;
    let token = given.token.expose_secret();
    assert_eq!(token.len(), 64);
    let grant = world.server.grant(&given.token).await.unwrap().unwrap();
    assert_eq!((&grant.attempt.id, grant.attempt.is_live()), (&given.attempt.id, true));
    let other = SecretString::from(token.replace('0', "1"));
    assert!(world.server.grant(&other).await.unwrap().is_none());
    world.server.finish(&given.attempt.id, &Outcome::new(Verdict::Ok)).await.unwrap();
    let grant = world.server.grant(&given.token).await.unwrap().unwrap();
    assert!(!grant.attempt.is_live());
    let told = format!("{given:?} {grant:?} {:?}", world.job(&given.job.id).await);
    assert!(!told.contains(token) && !told.contains(given.job.view_key.reveal()), "{told}");
    assert!(given.job.view_key.matches(given.job.view_key.reveal()));
    assert!(!given.job.view_key.matches(""));
}
