//! Whose turn it is.

use jci_coord::{Claimed, NewJob, Outcome, Verdict};

use super::World;
use crate::names::{claim, claim_with, labels, push};

/// Takes jobs until there are none, and lists them by repository and commit.
async fn order(world: &World) -> Vec<String> {
    let mut order = Vec::new();
    while let Claimed::Assigned(given) = world.server.claim(&claim("r")).await.unwrap() {
        let commit = given.job.spec.commit.as_str().trim_start_matches('0').to_owned();
        order.push(format!("{} {commit}", given.job.spec.repository));
    }
    order
}

pub(crate) async fn priority_comes_first_then_the_idlest_repository_then_age(world: &World) {
    for number in 1..=3 {
        world.submit(push("a", number)).await;
    }
    world.submit(push("b", 4)).await;
    world.submit(NewJob { priority: 5, ..push("a", 5) }).await;
    world.submit(push("c", 6)).await;
    world.submit(NewJob { priority: -1, ..push("d", 7) }).await;
    assert_eq!(
        order(world).await,
        ["owner/a 5", "owner/b 4", "owner/c 6", "owner/a 1", "owner/a 2", "owner/a 3", "owner/d 7"]
    );
}

pub(crate) async fn a_repository_with_a_thousand_jobs_does_not_starve_another(world: &World) {
    for number in 0..60 {
        world.submit(push("big", number)).await;
    }
    let given = world.take(&claim("r")).await;
    let small = world.submit(push("small", 1000)).await;
    assert_eq!(world.take(&claim("r")).await.job.id, small.id);
    // As many run of each now: age decides.
    assert_eq!(world.take(&claim("r")).await.job.spec.repository, given.job.spec.repository);
    world.server.finish(&given.attempt.id, &Outcome::new(Verdict::Ok)).await.unwrap();
    let late = world.submit(push("small", 1001)).await;
    assert_eq!(world.take(&claim("r")).await.job.spec.repository, given.job.spec.repository);
    assert_eq!(world.take(&claim("r")).await.job.id, late.id);
    assert_eq!(world.server.queue_depth().await.unwrap().ready[0].jobs, 57);
}

pub(crate) async fn a_runner_gets_only_what_it_can_run(world: &World) {
    let needs = |text: &str, number| NewJob { labels: labels(text), ..push("a", number) };
    let gpu = world.submit(needs("linux,gpu", 1)).await;
    let any = world.submit(needs("", 2)).await;
    let linux = world.submit(needs("linux", 3)).await;
    world.pass(5);
    world.submit(needs("linux", 4)).await;
    let depth = world.server.queue_depth().await.unwrap().ready;
    let told: Vec<_> = depth.iter().map(|it| (it.labels.to_string(), it.jobs)).collect();
    assert_eq!(told, [(String::new(), 1), ("gpu,linux".to_owned(), 1), ("linux".to_owned(), 2)]);
    let oldest: Vec<_> = depth.iter().map(|it| it.oldest).collect();
    assert_eq!(oldest, [any.created, gpu.created, linux.created]);
    let has = |text: &str| claim_with("r", text, Some(Vec::new()));
    assert_eq!(world.take(&has("mac")).await.job.id, any.id);
    assert!(matches!(world.server.claim(&has("mac")).await.unwrap(), Claimed::Empty));
    assert_eq!(world.take(&has("linux")).await.job.id, linux.id);
    world.take(&has("linux")).await;
    assert!(matches!(world.server.claim(&has("linux")).await.unwrap(), Claimed::Empty));
    assert_eq!(world.take(&has("big,gpu,linux")).await.job.id, gpu.id);
    assert_eq!(world.server.queue_depth().await.unwrap().ready, []);
}
