//! Jobs that make a lot.

use ring::digest::{Context, SHA256};

use super::left;
use crate::world::{World, wait_until};

const KEEP_NONE: [(&str, &str); 1] = [("JCI_KEPT_CONTAINERS", "0")];

/// What is written again and again, and how much of it.
const LINE: &str = "a line that is neither long nor short, of which a log has a great many";
const LENGTH: usize = 20 << 20;

#[test]
fn a_long_log_arrives_byte_for_byte() {
    let world = World::with(&[], &KEEP_NONE);
    let script = format!("echo BEGIN; yes '{LINE}' | head -c {LENGTH}; echo; echo END\n");
    let (_, job) = world.push(&script);
    world.wait_for(&job, "ok");
    let log = wait_until("all of the log is there", || {
        let tail = world.request(&[], &format!("jobs/{job}/log?offset={LENGTH}"));
        String::from_utf8_lossy(&tail).contains("\nEND\n").then(|| world.log(&job))
    });
    let begin = log.windows(6).position(|bytes| bytes == b"BEGIN\n").unwrap() + 6;
    let (written, after) = log[begin..].split_at(LENGTH);
    assert_eq!(ring::digest::digest(&SHA256, written).as_ref(), expected());
    assert!(after.starts_with(b"\nEND\n"));
    left::nothing(world);
}

/// Returns the hash of what the job writes.
fn expected() -> Vec<u8> {
    let block = format!("{LINE}\n").repeat(1000);
    let (mut context, mut left) = (Context::new(&SHA256), LENGTH);
    while left > 0 {
        let piece = &block.as_bytes()[..left.min(block.len())];
        context.update(piece);
        left -= piece.len();
    }
    context.finish().as_ref().to_vec()
}

#[test]
fn a_run_of_10_000_files_arrives() {
    let world = World::with(&[], &KEEP_NONE);
    let (_, job) = world.push(
        "cd \"$JCI_OUTPUT_DIR\"\n\
         for d in $(seq 0 99); do mkdir $d; for n in $(seq 0 99); do echo $d.$n >$d/$n.txt; done; done\n",
    );
    world.wait_for(&job, "ok");
    let [run] = &world.runs()[..] else { panic!("{:?}", world.runs()) };
    let files = world.site.git(&["ls-tree", "-r", "--name-only", run]);
    let files = files.lines().filter(|name| name.contains('/') && name.ends_with(".txt"));
    assert_eq!(files.count(), 10_000);
    assert_eq!(world.site.git(&["show", &format!("{run}:77/99.txt")]).trim(), "77.99");
    left::nothing(world);
}
