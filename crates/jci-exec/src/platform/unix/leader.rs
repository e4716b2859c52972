use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};

use rustix::process::{Pid, WaitId, WaitIdOptions, WaitIdStatus, kill_process_group, waitid};

use crate::platform::LeaderState;
use crate::{Ended, Signal};

/// The signals this crate sends.
pub(crate) type RawSignal = rustix::process::Signal;

/// Names one process for as long as it lives; its pid alone may be given to another afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Process {
    pub(crate) pid: Pid,
    /// When it began, in the units of the kernel.
    pub(crate) start: u64,
}

impl Process {
    pub(crate) fn number(&self) -> u32 {
        number_of(self.pid)
    }
}

/// Names a process that is left of a job, and what started it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Leftover {
    pub(crate) process: Process,
    /// Its parent, or whoever adopted it.
    pub(crate) parent: Option<Pid>,
}

/// Gives a pid as the rest of the world writes it.
pub(crate) fn number_of(pid: Pid) -> u32 {
    pid.as_raw_nonzero().get().unsigned_abs()
}

/// Holds the script's own process, which leads the process group of the job.
///
/// Looking at it does not reap it: until [`Leader::reap`] its pid, and so the number of its group,
/// cannot name anything else.
#[derive(Debug)]
pub(crate) struct Leader {
    child: Child,
    pid: Pid,
}

impl Leader {
    pub(crate) fn spawn(command: &mut Command) -> io::Result<Self> {
        let child = command.process_group(0).spawn()?;
        let pid = Pid::from_child(&child);
        Ok(Self { child, pid })
    }

    pub(crate) fn pid(&self) -> Pid {
        self.pid
    }

    pub(crate) fn state(&self) -> LeaderState {
        let look = WaitIdOptions::EXITED
            | WaitIdOptions::STOPPED
            | WaitIdOptions::NOWAIT
            | WaitIdOptions::NOHANG;
        match waitid(WaitId::Pid(self.pid), look) {
            Ok(Some(status)) => state_of(&status),
            Ok(None) | Err(rustix::io::Errno::INTR) => LeaderState::Running,
            Err(_) => LeaderState::Ended(Ended::Unknown),
        }
    }

    /// Kills what is left of the group and gives its number free, if the leader has ended.
    ///
    /// The kernel may hold on to a killed process for ever, so nobody waits for it.
    pub(crate) fn reap(&mut self) {
        self.signal_group(RawSignal::KILL);
        let _ = self.child.try_wait();
    }

    /// Signals the whole group; there is nobody to tell of a failure but those who look again.
    pub(crate) fn signal_group(&self, signal: RawSignal) {
        let _ = kill_process_group(self.pid, signal);
    }
}

fn state_of(status: &WaitIdStatus) -> LeaderState {
    if let Some(code) = status.exit_status() {
        LeaderState::Ended(Ended::Exited(code))
    } else if let Some(signal) = status.terminating_signal() {
        LeaderState::Ended(Ended::Signalled(Signal::from_raw(signal)))
    } else if status.stopping_signal().is_some_and(is_for_terminal) {
        LeaderState::WantsTerminal
    } else {
        LeaderState::Running
    }
}

fn is_for_terminal(signal: i32) -> bool {
    [RawSignal::TTIN, RawSignal::TTOU].iter().any(|one| one.as_raw() == signal)
}
