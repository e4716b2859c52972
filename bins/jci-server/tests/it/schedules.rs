//! Schedules, as far as they show without waiting for their time.

use crate::server::Server;
use crate::world::World;

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
