use std::collections::HashMap;
use std::io;
use std::os::fd::OwnedFd;
use std::process::Command;
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, PidfdFlags, kill_process, pidfd_open, pidfd_send_signal};

use super::super::{Leftover, Process, RawSignal, Tree};
use super::procfs::{self, Stat};
use super::registry;
use crate::platform::{LeaderState, Marker};

impl Tree {
    /// When to look again for leftovers: the end of each wakes us, by SIGCHLD.
    pub(crate) const NEXT_LOOK: Duration = Duration::from_secs(1);

    pub(crate) fn spawn(command: &mut Command, marker: Option<Marker>) -> io::Result<Self> {
        registry::enter(command, marker).map(Self)
    }

    /// Reaps orphans that have ended: a long job may leave more of them than there are pids.
    pub(crate) fn tidy(&self) {
        registry::lock().orphans(self.0.pid());
    }

    /// Lists what will hear a signal to the group, beside the leader.
    pub(crate) fn group(&self) -> Vec<Process> {
        let leader = self.0.pid();
        let mut members = procfs::all();
        members.retain(|one| one.group == leader.as_raw_nonzero().get() && one.pid != leader);
        members.iter().filter(|one| !one.is_dead).map(Stat::process).collect()
    }

    /// Lists the living processes of the job without its leader.
    ///
    /// Once the leader has ended, an empty list is proof: whatever the job started is a child of
    /// this process by then, or descends from one. A list with entries may miss a process that is
    /// just being born.
    pub(crate) fn remaining(&self) -> Vec<Leftover> {
        let mut looks = 0;
        loop {
            looks += 1;
            match self.look() {
                Some(found) => return found,
                // They come and go too fast to be seen, but they are there: the leader stands for
                // them, and as nothing began at that time no signal goes to it.
                None if looks == MAX_LOOKS => {
                    let process = Process { pid: self.0.pid(), start: 0 };
                    return vec![Leftover { process, parent: None }];
                }
                None => thread::yield_now(),
            }
        }
    }

    /// Looks once; nothing when processes that ended meanwhile may have left others behind.
    fn look(&self) -> Option<Vec<Leftover>> {
        let registry = registry::lock();
        let leader = self.0.pid();
        let has_ended = matches!(self.leader(), LeaderState::Ended(_));
        let orphans = registry.orphans(leader);
        let mut roots: Vec<Pid> = orphans.living.iter().map(|orphan| orphan.pid).collect();
        if has_ended && roots.is_empty() {
            return orphans.is_settled.then(Vec::new);
        }
        roots.push(leader);
        let mut family = family(&roots, &procfs::all());
        family.retain(|one| one.pid != leader && !one.is_dead);
        let found: Vec<Leftover> = family.iter().map(Stat::leftover).collect();
        (!has_ended || !found.is_empty()).then_some(found)
    }

    pub(crate) fn signal(&self, process: Process, signal: RawSignal) {
        let _ = send(process, signal);
    }
}

/// How often to look again when processes ended meanwhile.
const MAX_LOOKS: u32 = 100;

impl Drop for Tree {
    fn drop(&mut self) {
        registry::leave(&mut self.0);
    }
}

/// Lists `roots` and all that descends from them.
pub(super) fn family(roots: &[Pid], all: &[Stat]) -> Vec<Stat> {
    let mut children: HashMap<i32, Vec<&Stat>> = HashMap::new();
    for process in all {
        children.entry(process.parent).or_default().push(process);
    }
    let mut found: Vec<Stat> = all.iter().filter(|one| roots.contains(&one.pid)).copied().collect();
    let mut next = 0;
    while let Some(parent) = found.get(next).map(|one| one.pid) {
        next += 1;
        // Taken out: a root that descends from another is found once, and so are all below it.
        let below = children.remove(&parent.as_raw_nonzero().get()).unwrap_or_default();
        found.extend(below.into_iter().filter(|one| !roots.contains(&one.pid)));
    }
    found
}

/// Signals exactly that process, and nothing if its pid went to another one meanwhile.
///
/// Returns a handle that becomes readable when the process has ended, where the kernel has such.
pub(super) fn send(process: Process, signal: RawSignal) -> Option<OwnedFd> {
    // The handle comes first: it names whatever is checked next.
    let handle = pidfd_open(process.pid, PidfdFlags::empty()).ok();
    if Stat::of(process.pid)?.start != process.start {
        return None;
    }
    // A failure means that it is gone, or not ours to signal: the next look tells which.
    let _ = match &handle {
        Some(handle) => pidfd_send_signal(handle, signal),
        None => kill_process(process.pid, signal),
    };
    handle
}
