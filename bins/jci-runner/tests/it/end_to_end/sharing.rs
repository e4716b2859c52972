//! Several repositories, several runners.

use super::{WAIT, left, let_go};
use crate::world::{World, jobs_of, wait_until};

const ONE_AT_A_TIME: [(&str, &str); 2] =
    [("JCI_KEPT_CONTAINERS", "0"), ("JCI_RUNNER_CAPACITY", "1")];

#[test]
fn two_repositories_share_two_runners() {
    let world = World::with(&[], &ONE_AT_A_TIME);
    let (other_mark, mut other_runner) = world.another_runner(&ONE_AT_A_TIME);
    other_runner.start("taking jobs");
    let (other_site, other_work) = world.another_repository("other/place");
    // Both wait to be let go: they run at once, each at a runner of its own.
    let (_, first) = world.push(WAIT);
    let (_, second) = world.push_to(&other_work, &format!("echo other\n{WAIT}"));
    for job in [&first, &second] {
        world.wait_for(job, "running");
    }
    wait_until("each runner has a container", || {
        let counts = [world.containers().len(), jobs_of(&other_mark).len()];
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

/// Clones the repository of the job and two others, which are shown the same token.
const CLONE_ALL: &str = r#"
own=$(git -C "$JCI_REPO_ROOT" remote get-url origin)
show() {
    git config --global "http.$1.extraHeader" "$GIT_CONFIG_VALUE_0"
}
take() {
    if git clone --quiet "$1" "/tmp/$2"; then
        echo "$2: $(ls "/tmp/$2/.jci")"
    else
        echo "$2: not cloned"
    fi
}
other=${own/team\/site/other\/place} none=${own/team\/site/no\/where}
show "$other"
show "$none"
take "$own" own
take "$other" other
take "$none" none
echo tried
"#;

#[test]
fn a_job_reads_its_own_repository_and_no_other() {
    let world = World::with(&[], &ONE_AT_A_TIME);
    let (_, other_work) = world.another_repository("other/place");
    let (_, other) = world.push_to(&other_work, "echo other\n");
    world.wait_for(&other, "ok");
    let (_, job) = world.push(CLONE_ALL);
    world.wait_for(&job, "ok");
    let log = world.wait_for_line(&job, "tried\n");
    // The same way that fails for others is open for its own.
    assert!(log.contains("own: run.sh\n"), "{log}");
    let refused = "remote: jci: the token of this job is for another repository\n";
    assert_eq!(log.matches(refused).count(), 2, "{log}");
    assert!(log.contains("other: not cloned\n") && log.contains("none: not cloned\n"), "{log}");
    left::nothing(world);
}
