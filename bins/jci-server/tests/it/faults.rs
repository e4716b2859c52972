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
