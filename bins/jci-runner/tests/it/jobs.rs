//! Jobs, from a push to a status.

use crate::world::World;

#[test]
fn a_push_becomes_a_green_tick() {
    let world = World::new();
    let (commit, job) = world.push("echo it runs; echo kept > \"$JCI_OUTPUT_DIR/file\"\n");
    let ended = world.wait_for(&job, "ok");
    assert_eq!(ended["attempts"].as_array().unwrap().len(), 1, "{ended:#}");
    world.site.wait_for_status(&commit, "jci", "success");
    world.wait_for_line(&job, "it runs\n");
    assert_eq!(world.runs().len(), 1, "{:?}", world.runs());
}

#[test]
fn a_script_that_fails_is_red_and_its_run_is_there() {
    let world = World::new();
    let (commit, job) = world.push("echo no good; exit 3\n");
    let ended = world.wait_for(&job, "err");
    assert_eq!(ended["attempts"][0]["exit_code"], 3, "{ended:#}");
    world.site.wait_for_status(&commit, "jci", "failure");
    assert_eq!(world.runs().len(), 1);
}
