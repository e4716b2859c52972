//! Machines that fail: disks that are full.

use jci_proto::LogAcknowledged;
use jci_testkit::{SmallDisk, TestRepo};

use crate::world::World;

#[test]
fn a_full_disk_keeps_a_log_waiting_and_loses_nothing() {
    let place = TestRepo::new();
    let disk = SmallDisk::under(&place, 2 << 20);
    let data = disk.outside(&place.path().join("data"));
    let world = World::with(&[("JCI_DATA", data.to_str().unwrap())]);
    world.submit("first");
    let runner = world.runner("one");
    let offer = runner.poll().unwrap();
    assert_eq!(runner.log(&offer, 0, b"begun\n").status, 200);
    disk.leave(0);
    let piece = vec![b'x'; 300_000];
    let full = runner.log(&offer, 6, &piece);
    assert_eq!(full.headers["retry-after"], "5");
    assert!(full.problem(503).detail.contains("disk of the server is full"), "{full}");
    disk.make_room();
    let sent = runner.log(&offer, 6, &piece);
    assert_eq!(sent.json::<LogAcknowledged>(200).offset, 300_006);
    assert_eq!(world.client.get("/readyz").status, 200);
}

#[test]
fn a_database_on_a_full_disk_refuses_jobs_until_there_is_room() {
    let place = TestRepo::new();
    let disk = SmallDisk::under(&place, 4 << 20);
    let database = disk.outside(&place.path().join("jci.db"));
    let settings = [("JCI_DB", database.to_str().unwrap()), ("JCI_MAX_JOBS", "0")];
    let world = World::with(&settings);
    world.forge.go_down();
    disk.leave(0);
    let tell = |number: usize| {
        world.tell("/webhook/gitea", &format!("{number:040x}"), crate::server::WEBHOOK_SECRET)
    };
    // What the database has made room for already is used up first.
    let taken = (1..2000).take_while(|number| tell(*number).status == 202).count();
    let refused = tell(taken + 1);
    assert_eq!(refused.headers["retry-after"], "5");
    assert!(refused.problem(503).detail.contains("disk of the database is full"), "{refused}");
    disk.make_room();
    assert_eq!(tell(taken + 1).status, 202);
    let runner = world.runner("one");
    let handed_out = std::iter::from_fn(|| runner.poll()).count();
    assert_eq!(handed_out, taken + 1);
}
