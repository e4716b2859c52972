use std::collections::HashSet;
use std::os::fd::{AsFd, OwnedFd};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, geteuid, getpgrp, getpid};

use super::super::pipes::wait_readable;
use super::super::{Process, RawSignal};
use super::procfs::{self, Stat};
use super::tree::{family, send};
use crate::platform::Marker;

/// How long to wait until the kernel has let go of the killed.
const PATIENCE: Duration = Duration::from_secs(5);

/// How sure a look with an empty result must make us that nothing is left, and what each adds to
/// it.
///
/// One may miss a process whose parent ended during the look. One that met processes without an
/// environment counts less, and yet not nothing: there are some that never have one.
const SURE: u32 = 20;
const CLEAR_LOOK: u32 = 10;
const UNCLEAR_LOOK: u32 = 1;

/// The pause after an unclear look: to become another program takes less.
const PAUSE: Duration = Duration::from_millis(1);

/// Kills all processes of this user that carry `marker`, and what they started; returns how many.
pub(crate) fn kill_marked(marker: &Marker) -> usize {
    let end = Instant::now() + PATIENCE;
    let mut killed = HashSet::new();
    let mut sureness = 0;
    loop {
        let (found, is_clear) = marked_families(marker);
        match (found.is_empty(), is_clear) {
            (false, _) => sureness = 0,
            (true, true) => sureness += CLEAR_LOOK,
            (true, false) => {
                sureness += UNCLEAR_LOOK;
                thread::sleep(PAUSE);
            }
        }
        if sureness >= SURE || Instant::now() > end {
            return killed.len() - found.iter().filter(|one| killed.contains(*one)).count();
        }
        let handles: Vec<_> = found.iter().filter_map(|one| send(*one, RawSignal::KILL)).collect();
        killed.extend(found);
        handles.iter().for_each(|handle| wait_for_end(handle, end));
    }
}

fn wait_for_end(process: &OwnedFd, end: Instant) {
    while let Some(rest) = end.checked_duration_since(Instant::now()) {
        if let [true] = wait_readable([process.as_fd()], Some(rest)) {
            break;
        }
    }
}

/// Looks once, and tells whether every process could be asked for its mark.
fn marked_families(marker: &Marker) -> (Vec<Process>, bool) {
    let mut all = procfs::all();
    all.retain(|process| !process.is_dead);
    let ours = ours(&all);
    all.retain(|process| !ours.contains(&process.pid));
    let user = geteuid();
    let may_kill = |one: &&Stat| user.is_root() || procfs::user_of(one.pid) == Some(user.as_raw());
    let mut is_clear = true;
    let mut roots: Vec<Pid> = Vec::new();
    for process in all.iter().filter(may_kill) {
        match procfs::environment(process.pid) {
            Some(environment) if marker.is_in(&environment) => roots.push(process.pid),
            Some(_) => {}
            None => is_clear = false,
        }
    }
    (family(&roots, &all).iter().map(Stat::process).collect(), is_clear)
}

/// Lists this process and what it works with: it may itself descend from the job, and so be marked.
///
/// Orphans that came to it, as they do to the first process of a container, have other groups.
fn ours(all: &[Stat]) -> Vec<Pid> {
    let mut ours = family(&[getpid()], all);
    ours.retain(|one| one.pid == getpid() || one.group == getpgrp().as_raw_nonzero().get());
    ours.iter().map(|one| one.pid).collect()
}
