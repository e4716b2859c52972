//! The page of a job, as people meet it: in a real browser.

use jci_proto::Verdict;
use jci_testkit::browser::Page;

use crate::world::World;

/// Opens the page of a job by the link of its status.
fn open(world: &World, commit: &str, id: &str) -> Page {
    let key = world.key(commit, "pending");
    Page::open(&format!("http://{}", world.server.address()), &format!("/jobs/{id}?{key}"))
}

/// The lines that the page shows.
const LINES: &str = ".line-row:not(.waiting) .text";

#[test]
fn a_job_is_looked_at_from_before_it_begins_to_its_end() {
    let world = World::new();
    let (commit, id) = world.submit("first");
    let page = open(&world, &commit, &id);
    page.until_text("#about", "waiting");
    page.until_text("#content", "This job waits for a runner");
    let runner = world.runner("one");
    let offer = runner.poll().unwrap();
    assert_eq!(runner.start(&offer).status, 204);
    assert_eq!(runner.log(&offer, 0, b"\x1b[31mred\x1b[m\nhalf a ").status, 200);
    page.until_text("#about", "running");
    page.until_text("#content", "half a");
    assert_eq!(page.texts(LINES), ["red", "half a "]);
    // What comes from here on, comes by itself.
    assert_eq!(runner.log(&offer, 19, b"line\n<b>not bold</b>\n").status, 200);
    page.until_text("#content", "not bold");
    assert_eq!(page.texts(LINES), ["red", "half a line", "<b>not bold</b>"]);
    page.picture("job-running");
    assert_eq!(runner.finish(&offer, Verdict::Err).status, 204);
    page.until_text("#about", "failed");
    page.until_text("#about .why", "exit 1");
    page.reload();
    page.until_text("#content", "not bold");
    assert_eq!(page.texts(LINES), ["red", "half a line", "<b>not bold</b>"]);
    page.picture("job-failed");
}
