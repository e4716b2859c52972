//! The processes of a job where the kernel tells only of its group.

use std::io;
use std::process::Command;
use std::time::Duration;

use rustix::process::test_kill_process_group;

use super::leader::{Leader, Leftover, Process, RawSignal};
use super::tree::Tree;
use crate::platform::Marker;

impl Tree {
    /// When to look again for leftovers: nothing tells of the end of a group.
    pub(crate) const NEXT_LOOK: Duration = Duration::from_millis(10);

    pub(crate) fn spawn(command: &mut Command, _marker: Option<Marker>) -> io::Result<Self> {
        Leader::spawn(command).map(Self)
    }

    pub(crate) fn tidy(&self) {}

    /// Lists what will hear a signal to the group, beside the leader.
    pub(crate) fn group(&self) -> Vec<Process> {
        // These kernels do not count a leader that is dead and not reaped.
        let alive = test_kill_process_group(self.0.pid()).is_ok();
        alive.then_some(Process { pid: self.0.pid(), start: 0 }).into_iter().collect()
    }

    /// Lists the group as one process if anybody but the leader is left in it.
    pub(crate) fn remaining(&self) -> Vec<Leftover> {
        self.group().into_iter().map(|process| Leftover { process, parent: None }).collect()
    }

    pub(crate) fn signal(&self, _group: Process, signal: RawSignal) {
        self.0.signal_group(signal);
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        self.0.reap();
    }
}

/// Kills nothing: other processes' environments cannot be read.
pub(crate) fn kill_marked(_marker: &Marker) -> usize {
    0
}

/// Knows of none: only Linux shows them without unsafe code.
pub(crate) fn ignored_signals() -> Vec<i32> {
    Vec::new()
}
