use super::RawSignal;
use super::leader::{Leader, number_of};
use crate::platform::LeaderState;

/// Holds all processes of one job: the group of its leader, and on Linux all that descends from it.
///
/// Elsewhere a process that made a group of its own is out of sight.
#[derive(Debug)]
pub(crate) struct Tree(pub(super) Leader);

impl Tree {
    pub(crate) fn leader(&self) -> LeaderState {
        self.0.state()
    }

    pub(crate) fn leader_number(&self) -> u32 {
        number_of(self.0.pid())
    }

    pub(crate) fn signal_group(&self, signal: RawSignal) {
        self.0.signal_group(signal);
    }
}
