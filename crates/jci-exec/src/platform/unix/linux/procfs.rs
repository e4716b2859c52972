use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use rustix::process::Pid;

use super::super::{Leftover, Process};

/// Marks a thread of the kernel, which has no environment ever, among the flags of a process.
const KERNEL_THREAD: u32 = 0x0020_0000;

/// Holds what /proc/<pid>/stat tells of one process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stat {
    pub(super) pid: Pid,
    pub(super) parent: i32,
    pub(super) group: i32,
    /// It has ended and waits for its parent to notice.
    pub(super) is_dead: bool,
    pub(super) start: u64,
    /// So many bytes has its environment; nothing while it becomes another program.
    environment: Option<u64>,
}

impl Stat {
    /// Reads the entry of `pid`; a process that is gone has none.
    pub(super) fn of(pid: Pid) -> Option<Self> {
        // The line is shorter than this by far, and one read gives all of it.
        let mut line = [0; 2048];
        let mut file = File::open(format!("/proc/{}/stat", pid.as_raw_nonzero())).ok()?;
        let length = file.read(&mut line).ok()?;
        Self::parse(pid, &line[..length])
    }

    fn parse(pid: Pid, line: &[u8]) -> Option<Self> {
        // The name in parentheses may hold anything, also spaces and parentheses.
        let name_end = line.iter().rposition(|&byte| byte == b')')?;
        let mut fields = str::from_utf8(&line[name_end + 1..]).ok()?.split_ascii_whitespace();
        let state = fields.next()?;
        let parent = fields.next()?.parse().ok()?;
        let group = fields.next()?.parse().ok()?;
        // Of the 52 fields of proc(5), the group was the 5th.
        let flags: u32 = fields.nth(9 - 6)?.parse().ok()?;
        let threads: u32 = fields.nth(20 - 10)?.parse().ok()?;
        let start = fields.nth(22 - 21)?.parse().ok()?;
        let environment_start: u64 = fields.nth(50 - 23)?.parse().ok()?;
        let environment_end: u64 = fields.next()?.parse().ok()?;
        // A process whose first thread has ended before the others looks like a dead one.
        let has_ended = matches!(state, "Z" | "X" | "x");
        Some(Self {
            pid,
            parent,
            group,
            is_dead: has_ended && threads <= 1,
            start,
            environment: match environment_end {
                _ if has_ended || flags & KERNEL_THREAD != 0 => Some(0),
                0 => None,
                end => Some(end.saturating_sub(environment_start)),
            },
        })
    }

    pub(super) fn process(&self) -> Process {
        Process { pid: self.pid, start: self.start }
    }

    pub(super) fn leftover(&self) -> Leftover {
        Leftover { process: self.process(), parent: Pid::from_raw(self.parent) }
    }
}

/// Reads the entries of all processes that this user may see.
pub(super) fn all() -> Vec<Stat> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    entries
        .filter_map(|entry| parse_pid(entry.ok()?.file_name().to_str()?))
        .filter_map(Stat::of)
        .collect()
}

/// Lists the children of this process in a few microseconds, where the kernel offers that.
pub(super) fn children() -> Option<Vec<Pid>> {
    // A thread that ends hands its children to another, which may have been asked already: then
    // the question is put again. More than a few threads do not end at the same moment.
    (0..16).find_map(|_| children_of_threads().transpose())?.ok()
}

/// Asks each thread once; nothing when one of them ended meanwhile.
fn children_of_threads() -> io::Result<Option<Vec<Pid>>> {
    let mut children = Vec::new();
    for thread in fs::read_dir("/proc/self/task")? {
        let thread = thread?.path();
        match read_at_once(&thread.join("children")) {
            Ok(list) => children.extend(list.split_ascii_whitespace().filter_map(parse_pid)),
            Err(error) if thread.exists() => return Err(error),
            Err(_) => return Ok(None),
        }
    }
    Ok(Some(children))
}

/// Reads a list of the kernel in as few steps as it allows: between them it may lose its place.
fn read_at_once(path: &Path) -> io::Result<String> {
    let mut list = String::with_capacity(64 * 1024);
    File::open(path)?.read_to_string(&mut list)?;
    Ok(list)
}

/// Reads the environment that a process was started with, as far as this user may see it.
///
/// Nothing while it becomes another program, and once it has ended, for it may have left children:
/// then the question is to be put again.
pub(super) fn environment(pid: Pid) -> Option<Vec<u8>> {
    let environment = match fs::read(format!("/proc/{}/environ", pid.as_raw_nonzero())) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => return Some(Vec::new()),
        read => read.unwrap_or_default(),
    };
    // Where the memory goes while it is read, the environment just ends there.
    let process = Stat::of(pid).filter(|process| !process.is_dead)?;
    (process.environment == Some(environment.len() as u64)).then_some(environment)
}

/// Tells which user a process runs as.
pub(super) fn user_of(pid: Pid) -> Option<u32> {
    use std::os::unix::fs::MetadataExt;
    Some(fs::metadata(format!("/proc/{}", pid.as_raw_nonzero())).ok()?.uid())
}

/// Lists the signals that this process was started to ignore, as `nohup` does with SIGHUP.
pub(crate) fn ignored_signals() -> Vec<i32> {
    ignored_in(Path::new("/proc/self/status")).unwrap_or_default()
}

fn ignored_in(status: &Path) -> Option<Vec<i32>> {
    let status = fs::read_to_string(status).ok()?;
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"))?;
    let mask = u64::from_str_radix(mask.trim(), 16).ok()?;
    Some((1..=64).filter(|signal| mask >> (signal - 1) & 1 == 1).collect())
}

fn parse_pid(text: &str) -> Option<Pid> {
    Pid::from_raw(text.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes a line of 52 fields.
    fn line(name: &str, state: &str, flags: u32, threads: u32, environment: &str) -> String {
        let middle = "1 2 3 4 5 6 7 8 20 0";
        let rest = "0 ".repeat(49 - 22);
        format!(
            "77 ({name}) {state} 5 6 7 0 -1 {flags} {middle} {threads} 0 4711 {rest}{environment} 0\n"
        )
    }

    fn parse(line: &str) -> Stat {
        Stat::parse(Pid::from_raw(77).unwrap(), line.as_bytes()).unwrap()
    }

    #[test]
    fn a_stat_line_is_read_whatever_the_name_of_the_program() {
        let pid = Pid::from_raw(77).unwrap();
        let expected =
            Stat { pid, parent: 5, group: 6, is_dead: false, start: 4711, environment: Some(9) };
        assert_eq!(parse(&line("a) R (b c", "S", 0, 1, "90 99")), expected);
        assert_eq!(Stat::parse(pid, b"77 (cut off) S 5 6"), None);
    }

    #[test]
    fn a_process_is_dead_when_all_of_its_threads_are() {
        assert!(parse(&line("x", "Z", 0, 1, "0 0")).is_dead);
        assert!(!parse(&line("x", "Z", 0, 2, "0 0")).is_dead);
        assert!(!parse(&line("x", "D", 0, 1, "90 99")).is_dead);
    }

    #[test]
    fn an_environment_is_empty_or_not_there_yet() {
        let length = |state, flags, place| parse(&line("x", state, flags, 1, place)).environment;
        assert_eq!(length("R", 0, "90 99"), Some(9));
        assert_eq!(length("R", 0, "90 90"), Some(0));
        assert_eq!(length("R", 0, "90 0"), None);
        assert_eq!(length("R", 0, "0 0"), None);
        assert_eq!(length("Z", 0, "0 0"), Some(0));
        assert_eq!(length("S", 69_238_848, "0 0"), Some(0), "kthreadd");
    }

    #[test]
    fn this_process_finds_itself() {
        let me = rustix::process::getpid();
        let stat = Stat::of(me).unwrap();
        assert!(!stat.is_dead);
        assert_eq!(stat.group, rustix::process::getpgrp().as_raw_nonzero().get());
        assert!(all().contains(&stat));
        assert!(environment(me).is_some());
        assert_eq!(user_of(me), Some(rustix::process::geteuid().as_raw()));
    }

    #[test]
    fn one_that_has_ended_tells_no_environment() {
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let pid = Pid::from_child(&child);
        while !Stat::of(pid).unwrap().is_dead {
            std::thread::yield_now();
        }
        assert_eq!(environment(pid), None);
        assert!(child.wait().unwrap().success());
    }

    #[test]
    fn ignored_signals_are_read_from_the_mask() {
        let folder = tempfile::tempdir().unwrap();
        let status = folder.path().join("status");
        fs::write(&status, "SigBlk:\tffffffffffffffff\nSigIgn:\t0000000000001003\n").unwrap();
        assert_eq!(ignored_in(&status), Some(vec![1, 2, 13]));
    }
}
