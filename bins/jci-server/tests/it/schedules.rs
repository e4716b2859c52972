//! Jobs that come by the clock.

use crate::server::Server;
use crate::world::World;

#[test]
fn the_crontab_of_the_default_branch_is_followed() {
    let world = World::new();
    world.hook();
    world.work.write(".jci/crontab", "* * * * * name:minutely\n");
    let commit = world.push("first");
    let runner = world.runner("one");
    let offer = runner.wait().unwrap();
    let _ = crate::runner::run_script(&offer, "ok").success();
    world.wait_for_status(&commit, "success");
    // Within a minute it comes again, by the clock; a runner waits no longer than that.
    let again = std::iter::repeat_with(|| runner.wait()).take(4).flatten().next();
    let again = again.expect("a minute has passed");
    assert_eq!(again.commit_sha, commit);
    assert_ne!(again.job_id, offer.job_id);
}

#[test]
fn a_crontab_that_is_wrong_is_named_by_its_line() {
    let world = World::new();
    world.hook();
    world.work.write(".jci/crontab", "# nightly\n0 25 * * * name:nightly\n");
    world.push("first");
    let line = world.server.wait_for_log("its .jci/crontab is not followed");
    assert!(line.contains("line 2"), "{line}");
}

#[test]
fn crontabs_are_read_again_when_the_server_starts() {
    let mut world = World::new();
    world.work.write(".jci/crontab", "nonsense\n");
    world.submit("first");
    world.restart(Server::kill);
    world.server.wait_for_log("its .jci/crontab is not followed");
}
