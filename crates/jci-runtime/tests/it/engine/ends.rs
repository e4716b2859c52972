//! How containers end, and are ended.

use std::time::Duration;

use jci_runtime::{ExitReason, Phase, Runtime as _};
use rstest::rstest;

use super::Kind::{self, Docker, Podman};
use super::{Place, ended};

#[rstest]
#[tokio::test]
async fn one_that_ended_long_ago_is_told_at_once(#[values(Docker, Podman)] kind: Kind) {
    let place = Place::new(kind).await;
    let container = place.engine.start(&place.script("exit 7")).await.unwrap();

    let first = place.engine.wait(&container).await.unwrap();
    let again = place.engine.wait(&container).await.unwrap();

    assert_eq!(ended(&first), Some(7));
    assert_eq!(first, again);
    place.remove_all().await;
}

#[rstest]
#[tokio::test]
async fn many_wait_for_one(#[values(Docker, Podman)] kind: Kind) {
    let place = Place::new(kind).await;
    let container = place.engine.start(&place.script("read line; sleep 0.3; exit 2")).await;
    let container = container.unwrap();
    let waits = (0..8).map(|_| place.engine.wait(&container));
    let exits = futures_util::future::join_all(waits).await;
    assert!(exits.iter().all(|exit| ended(exit.as_ref().unwrap()) == Some(2)));
    place.remove_all().await;
}

#[rstest]
#[tokio::test]
async fn a_signal_is_128_and_its_number(#[values(Docker, Podman)] kind: Kind) {
    let place = Place::new(kind).await;
    let (exit, _) = place.run(&place.script("kill -KILL $$ & sh -c 'kill -KILL $$'")).await;
    assert_eq!(ended(&exit), Some(137));
    place.remove_all().await;
}

#[rstest]
#[tokio::test]
async fn what_is_asked_to_end_has_time_to(#[values(Docker, Podman)] kind: Kind) {
    let place = Place::new(kind).await;
    let script = "trap 'echo asked; exit 9' TERM; echo ready; while :; do sleep 0.02; done";
    let container = place.engine.start(&place.script(script)).await.unwrap();
    place.until_written(&container, "ready").await;

    place.engine.stop(&container, Duration::from_secs(60)).await.unwrap();

    let exit = place.engine.wait(&container).await.unwrap();
    assert_eq!(ended(&exit), Some(9));
    assert_eq!(place.log(&container, 0).await, b"ready\nasked\n");
    place.engine.stop(&container, Duration::from_secs(60)).await.unwrap();
    place.remove_all().await;
}

#[rstest]
#[tokio::test]
async fn what_does_not_listen_is_killed(#[values(Docker, Podman)] kind: Kind) {
    let place = Place::new(kind).await;
    let script = "trap '' TERM; echo ready; while :; do sleep 0.02; done";
    let container = place.engine.start(&place.script(script)).await.unwrap();
    place.until_written(&container, "ready").await;

    place.engine.stop(&container, Duration::from_millis(10)).await.unwrap();

    let found = place.engine.inspect(&container).await.unwrap();
    let Phase::Ended(exit) = found.phase else { panic!("{:?}", found.phase) };
    assert_eq!(ended(&exit), Some(137));
    place.remove_all().await;
}

#[rstest]
#[tokio::test]
async fn one_that_runs_is_removed_once_and_for_all(#[values(Docker, Podman)] kind: Kind) {
    let place = Place::new(kind).await;
    let container = place.engine.start(&place.script("sleep 600")).await.unwrap();

    let removals = (0..4).map(|_| place.engine.remove(&container));
    for removal in futures_util::future::join_all(removals).await {
        removal.unwrap();
    }

    place.mark.assert_nothing_left();
}

#[rstest]
#[tokio::test]
async fn too_much_memory_is_told_from_a_kill(#[values(Docker, Podman)] kind: Kind) {
    let place = Place::new(kind).await;
    let mut spec = place.script("x=a; while :; do x=$x$x; done");
    spec.limits.memory = Some(16 << 20);

    let (exit, _) = place.run(&spec).await;

    assert_eq!(exit.code, 137);
    // Podman does not say why it was killed, or not always.
    assert!(exit.reason == ExitReason::OutOfMemory || kind == Podman, "{exit:?}");
    place.remove_all().await;
}
