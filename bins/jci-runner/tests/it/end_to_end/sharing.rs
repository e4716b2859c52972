//! Several repositories, several runners.

use super::{WAIT, left, let_go};
use crate::world::{World, wait_until};

const ONE_AT_A_TIME: [(&str, &str); 2] =
    [("JCI_KEPT_CONTAINERS", "0"), ("JCI_RUNNER_CAPACITY", "1")];

#[test]
fn two_repositories_share_two_runners() {
    let world = World::with(&[], &ONE_AT_A_TIME);
    let (mut other_runner, other_mark) = world.another_runner(&ONE_AT_A_TIME);
    other_runner.start("taking jobs");
    let (other_site, other_work) = world.another_repository("other/place");
    // Both wait to be let go: they run at once, each at a runner of its own.
    let (_, first) = world.push(WAIT);
    let (_, second) = world.push_to(&other_work, &format!("echo other\n{WAIT}"));
    for job in [&first, &second] {
        world.wait_for(job, "running");
    }
    wait_until("each runner has a container", || {
        let counts = [world.mark.containers().len(), other_mark.containers().len()];
        (counts == [1, 1]).then_some(())
    });
    // There is no room for more.
    let (_, third) = world.push("echo third\n");
    world.wait_for(&third, "queued");
    let_go(&world.site);
    let_go(&other_site);
    for job in [&first, &second, &third] {
        world.wait_for(job, "ok");
    }
    let runs = |refs: Vec<String>| refs.iter().filter(|name| name.contains("jci-runs")).count();
    assert_eq!(runs(world.site.refs().into_keys().collect()), 2);
    assert_eq!(runs(other_site.refs().into_keys().collect()), 1);
    assert!(other_runner.stop().success());
    other_mark.assert_nothing_left();
    left::nothing(world);
}
