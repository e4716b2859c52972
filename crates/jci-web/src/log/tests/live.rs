//! Logs that are being written, and what goes wrong meanwhile.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write as _};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use jci_proto::LogExtent;
use jci_store::TimingWriter;

use super::text_of;
use crate::log::bytes::Bytes;
use crate::log::shared::Shared;
use crate::log::{Log, Timing, feed};

const LONG: Duration = Duration::from_secs(60);

/// Waits until the extent is as wanted.
fn until(log: &Log, wanted: impl Fn(&LogExtent) -> bool) -> LogExtent {
    let mut extent = log.extent();
    while !wanted(&extent) {
        let next = log.wait(extent, LONG);
        assert_ne!(next, extent, "nothing more came");
        extent = next;
    }
    extent
}

fn texts(log: &Log) -> Vec<String> {
    log.window(0, 1000).unwrap().lines.iter().map(text_of).collect()
}

fn append(path: &Path, bytes: &[u8]) {
    OpenOptions::new().append(true).open(path).unwrap().write_all(bytes).unwrap();
}

struct Followed {
    _folder: tempfile::TempDir,
    path: std::path::PathBuf,
    over: Arc<AtomicBool>,
    log: Log,
}

fn follow(begin: &[u8]) -> Followed {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.output.txt");
    fs::write(&path, begin).unwrap();
    let over = Arc::new(AtomicBool::new(false));
    let is_over = Arc::clone(&over);
    let times = folder.path().join("run.timing");
    let is_over = move || is_over.load(Ordering::SeqCst);
    let log = Log::follow(path.clone(), Some(times), is_over).unwrap();
    Followed { _folder: folder, path, over, log }
}

#[test]
fn a_log_that_grows_is_shown_as_far_as_it_is_there() {
    let Followed { _folder: folder, path, over, log } = follow(b"one\ntw");
    until(&log, |extent| extent.bytes == 6);
    assert_eq!(texts(&log), ["one", "tw"]);
    assert!(!log.outline().timed);

    let mut times =
        TimingWriter::new(File::create(folder.path().join("run.timing")).unwrap()).unwrap();
    times.piece(Duration::from_millis(5), 6).unwrap();
    times.piece(Duration::from_millis(70), 23).unwrap();
    times.finish().unwrap();
    append(&path, b"o\n\x1b[2Athree\x1b[1B\rfour \xe2\x82");
    until(&log, |extent| extent.bytes == 29);
    assert_eq!(texts(&log), ["three", "four "]);

    // The end of a run takes its folder away, and the rest is there by then.
    append(&path, b"\xac\nfive\n");
    fs::remove_file(&path).unwrap();
    over.store(true, Ordering::SeqCst);
    let extent = until(&log, |extent| extent.complete);
    assert_eq!(texts(&log), ["three", "four €", "five"]);
    assert_eq!((extent.lines, extent.settled, extent.broken), (3, 3, false));
    let lines = log.window(0, 10).unwrap().lines;
    let times: Vec<_> = lines.iter().map(|line| line.time).collect();
    assert_eq!(times, [Some(5), Some(5), None], "by the first byte of each");
}

#[test]
fn a_log_that_became_shorter_is_said_to_be_broken() {
    let followed = follow(b"one\ntwo\n");
    until(&followed.log, |extent| extent.lines == 2);
    File::create(&followed.path).unwrap();
    let extent = until(&followed.log, |extent| extent.complete);
    assert!(extent.broken);
    assert_eq!(followed.log.outline().problem.unwrap(), "the log became shorter while it was read");
    assert_eq!(texts(&followed.log), ["", ""], "the numbers of lines stay");
}

#[test]
fn times_are_those_of_first_bytes() {
    let mut times = TimingWriter::new(Vec::new()).unwrap();
    for (at, bytes) in [(10, 4), (20, 2), (30, 4)] {
        times.piece(Duration::from_millis(at), bytes).unwrap();
    }
    let times = Timing::read(&times.finish().unwrap()[..]).unwrap();
    let log = Log::read(&b"one\ntwo\n10\r11\n"[..], Some(times)).unwrap();
    until(&log, |extent| extent.complete);
    let lines = log.window(0, 10).unwrap().lines;
    let times: Vec<_> = lines.iter().map(|line| line.time).collect();
    assert_eq!(times, [Some(10), Some(20), Some(30)]);
    assert!(log.outline().timed);
}

/// Gives some bytes, and then an error.
struct Failing(&'static [u8]);

impl Read for Failing {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.0.read(buffer)? {
            0 => Err(io::Error::other("the pack is damaged")),
            length => Ok(length),
        }
    }
}

#[test]
fn what_came_before_a_problem_is_shown_and_the_problem_told() {
    let log = Log::read(Failing(b"one\ntwo\n"), None).unwrap();
    let extent = until(&log, |extent| extent.complete);
    assert!(extent.broken);
    assert_eq!(texts(&log), ["one", "two"]);
    assert_eq!(log.outline().problem.unwrap(), "failed to read the log: the pack is damaged");
}

#[test]
fn no_room_for_the_copy_is_told() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("spool"), "").unwrap();
    let read_only = File::open(folder.path().join("spool")).unwrap();
    let log = Log { shared: Arc::new(Shared::new(Bytes::of(read_only), None)) };
    feed::copy(&b"one\n"[..], &Arc::downgrade(&log.shared));
    let (extent, problem) = (log.extent(), log.outline().problem.unwrap());
    assert!(extent.complete && extent.broken && extent.lines == 0);
    assert!(problem.starts_with("failed to copy the log into a temporary file: "), "{problem}");
}

/// Gives bytes without an end, and tells when nobody wants them any more.
struct Endless(mpsc::Sender<()>);

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        buffer.fill(b'\n');
        Ok(buffer.len())
    }
}

impl Drop for Endless {
    fn drop(&mut self) {
        let _ = self.0.send(());
    }
}

#[test]
fn a_log_that_nobody_looks_at_is_not_read_on() {
    let (sender, receiver) = mpsc::channel();
    let log = Log::read(Endless(sender), None).unwrap();
    until(&log, |extent| extent.lines > 0);
    drop(log);
    receiver.recv_timeout(LONG).unwrap();
}
