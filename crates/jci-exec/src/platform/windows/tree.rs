use std::io;
use std::os::windows::process::CommandExt;
use std::process::{Child, Command};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use windows_sys::Win32::System::Threading::{CREATE_NEW_PROCESS_GROUP, CREATE_SUSPENDED};

use super::job_object::{JobObject, resume};
use crate::Ended;
use crate::platform::{LeaderState, Marker};

/// What processes are asked or made to do, by the names of the signals that mean the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::upper_case_acronyms, reason = "signals are called that")]
pub(crate) enum RawSignal {
    TERM,
    CONT,
    KILL,
}

/// Names one process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Process {
    pub(crate) pid: u32,
}

impl Process {
    pub(crate) fn number(&self) -> u32 {
        self.pid
    }
}

/// Names a process that is left of a job.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Leftover {
    pub(crate) process: Process,
    /// Nobody needs to know: all of a job end together.
    pub(crate) parent: Option<u32>,
}

/// Holds the processes of one job: nothing that they start leaves them.
#[derive(Debug)]
pub(crate) struct Tree {
    processes: JobObject,
    leader: Mutex<Child>,
}

impl Tree {
    /// When to look again for leftovers: nothing tells of their end.
    pub(crate) const NEXT_LOOK: Duration = Duration::from_millis(10);

    pub(crate) fn spawn(command: &mut Command, _marker: Option<Marker>) -> io::Result<Self> {
        let processes = JobObject::new()?;
        // It starts nobody before it is in there. Ctrl-C in a terminal is for this program.
        let mut leader =
            command.creation_flags(CREATE_SUSPENDED | CREATE_NEW_PROCESS_GROUP).spawn()?;
        match processes.take(&leader).and_then(|()| resume(&leader)) {
            Ok(()) => Ok(Self { processes, leader: Mutex::new(leader) }),
            Err(error) => {
                let _ = leader.kill();
                Err(error)
            }
        }
    }

    pub(crate) fn leader(&self) -> LeaderState {
        match self.lock().try_wait() {
            Ok(None) => LeaderState::Running,
            Ok(Some(status)) => {
                LeaderState::Ended(status.code().map_or(Ended::Unknown, Ended::Exited))
            }
            Err(_) => LeaderState::Ended(Ended::Unknown),
        }
    }

    pub(crate) fn leader_number(&self) -> u32 {
        self.lock().id()
    }

    /// Ends all processes: there is nothing to ask them by that each of them would hear.
    pub(crate) fn signal_group(&self, signal: RawSignal) {
        match signal {
            RawSignal::TERM | RawSignal::KILL => self.processes.kill(),
            // Nothing is suspended here.
            RawSignal::CONT => {}
        }
    }

    pub(crate) fn tidy(&self) {}

    /// Lists what ends with the group, beside the leader.
    pub(crate) fn group(&self) -> Vec<Process> {
        let leader = self.leader_number();
        match self.processes.list() {
            Ok(all) => {
                all.into_iter().filter(|pid| *pid != leader).map(|pid| Process { pid }).collect()
            }
            // They are there, and cannot be told: the leader stands for them.
            Err(_) => vec![Process { pid: leader }],
        }
    }

    pub(crate) fn remaining(&self) -> Vec<Leftover> {
        self.group().into_iter().map(|process| Leftover { process, parent: None }).collect()
    }

    pub(crate) fn signal(&self, _process: Process, signal: RawSignal) {
        self.signal_group(signal);
    }

    fn lock(&self) -> MutexGuard<'_, Child> {
        self.leader.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Kills nothing: what a job starts ends with the process that runs it, however that ends.
pub(crate) fn kill_marked(_marker: &Marker) -> usize {
    0
}
