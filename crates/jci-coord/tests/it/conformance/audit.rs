//! Who did what, and who hears of it.

use jci_coord::{AuditFilter, Change, JobState, Outcome, Verdict};

use super::World;
use crate::names::{claim, commit, person, push};

pub(crate) async fn everybody_is_written_down_and_so_is_who_was_refused(world: &World) {
    let job = world.submit(push("a", 1)).await;
    world.submit(push("b", 2)).await;
    let given = world.take(&claim("r")).await;
    world.server.finish(&given.attempt.id, &Outcome::new(Verdict::Ok)).await.unwrap();
    let _ = world.server.finish(&given.attempt.id, &Outcome::new(Verdict::Err)).await;
    let _ = world.server.cancel(&job.id, &person("eve")).await;
    let _ = world.server.approve(&job.id, &commit(7), &person("eve")).await;
    let of_job = AuditFilter { job: Some(job.id.clone()), ..AuditFilter::default() };
    let lines = world.server.audit(&of_job, 20).await.unwrap();
    let told: Vec<_> = lines
        .iter()
        .rev()
        .map(|(_, it)| {
            format!("{} {}{}", it.actor, it.action, if it.refused { " refused" } else { "" })
        })
        .collect();
    assert_eq!(
        told,
        [
            "webhook:pusher submitted",
            "runner:r assigned",
            "runner:r finished",
            "runner:r finished refused",
            "person:eve cancelled refused",
            "person:eve approved refused",
        ]
    );
    let refused = AuditFilter { refused_only: true, ..of_job };
    assert_eq!(world.server.audit(&refused, 20).await.unwrap().len(), 3);
    let before = AuditFilter { before: Some(lines[4].0), ..refused.clone() };
    assert_eq!(world.server.audit(&before, 20).await.unwrap(), []);
}

pub(crate) async fn listeners_hear_of_changes_when_they_are_durable(world: &World) {
    let mut changes = world.server.changes();
    let submitted = world.submit(push("a", 1)).await;
    assert_eq!(changes.recv().await.unwrap(), Change::Status);
    match changes.recv().await.unwrap() {
        Change::Job { job, state: JobState::Queued, ready: true, .. } => {
            assert_eq!(job, submitted.id);
        }
        other => panic!("{other:?}"),
    }
    world.server.submit(push("a", 1)).await.unwrap();
    assert!(changes.try_recv().is_err(), "nothing has changed");
}
