use std::collections::HashSet;
use std::time::{Duration, Instant};

use crate::escalate::{Escalation, Limits, Seen, Step};
use crate::platform::{LeaderState, Leftover, Process, RawSignal, Tree, Wake};
use crate::{Cancel, Ended, Reason};

/// How often to look though nothing woke us: whoever started this program may have blocked SIGCHLD,
/// and that is no reason to wait for ever.
const HEARTBEAT: Duration = Duration::from_secs(1);

/// What became of the processes of a job.
#[derive(Debug)]
pub(crate) struct End {
    pub(crate) ended: Ended,
    pub(crate) reason: Reason,
    pub(crate) duration: Duration,
    pub(crate) leftovers: usize,
    pub(crate) survivors: Vec<u32>,
}

/// Watches the processes of one job until none is left.
pub(crate) struct Supervisor<'a> {
    tree: Tree,
    wake: Wake,
    cancel: &'a Cancel,
    escalation: Escalation,
    started: Instant,
    /// The processes that were sent TERM: nobody is asked twice, a second TERM often means "now".
    asked: HashSet<Process>,
    leftovers: usize,
}

impl<'a> Supervisor<'a> {
    pub(crate) fn new(
        tree: Tree,
        wake: Wake,
        cancel: &'a Cancel,
        limits: Limits,
        started: Instant,
    ) -> Self {
        let escalation = Escalation::new(limits);
        Self { tree, wake, cancel, escalation, started, asked: HashSet::new(), leftovers: 0 }
    }

    /// Stays until the job has ended and nothing of it is left.
    pub(crate) fn watch(mut self) -> End {
        loop {
            let leader = self.tree.leader();
            let leftovers = match leader {
                LeaderState::Ended(_) => self.tree.remaining(),
                LeaderState::Running | LeaderState::WantsTerminal => {
                    self.tree.tidy();
                    Vec::new()
                }
            };
            let seen = match leader {
                LeaderState::Ended(ended) if leftovers.is_empty() => {
                    return self.end(ended, Vec::new());
                }
                LeaderState::Ended(_) => Seen::Leftovers,
                LeaderState::WantsTerminal => Seen::WantsTerminal,
                LeaderState::Running => Seen::Running,
            };
            let step = self.escalation.step(self.started.elapsed(), seen, self.cancel.requests());
            match step {
                Step::Wait | Step::Ask if seen == Seen::Leftovers => self.ask(&leftovers),
                Step::Wait => {}
                Step::Ask => self.ask_group(),
                Step::Kill => self.kill(),
                Step::GiveUp => return self.give_up(leader),
            }
            if step != Step::Ask {
                self.sleep(seen);
            }
        }
    }

    /// Asks the script and its group; what has left the group may be needed for cleaning up.
    fn ask_group(&mut self) {
        self.asked.extend(self.tree.group());
        self.tree.signal_group(RawSignal::TERM);
        // Whoever is suspended could not hear it.
        self.tree.signal_group(RawSignal::CONT);
    }

    /// Asks what the script left behind: the end of the script is the end of the job.
    fn ask(&mut self, leftovers: &[Leftover]) {
        // What was started by one that was asked helps it to clean up, or ends with it.
        let helps = |one: &Leftover| self.asked.iter().any(|asked| Some(asked.pid) == one.parent);
        let is_new = |one: &&Leftover| !self.asked.contains(&one.process) && !helps(one);
        let new: Vec<Process> = leftovers.iter().filter(is_new).map(|one| one.process).collect();
        for process in &new {
            self.tree.signal(*process, RawSignal::TERM);
            self.tree.signal(*process, RawSignal::CONT);
        }
        self.leftovers += new.len();
        self.asked.extend(new);
    }

    fn kill(&self) {
        self.tree.signal_group(RawSignal::KILL);
        for leftover in self.tree.remaining() {
            self.tree.signal(leftover.process, RawSignal::KILL);
        }
    }

    fn sleep(&self, seen: Seen) {
        let pause = if seen == Seen::Leftovers { Tree::NEXT_LOOK } else { HEARTBEAT };
        let rest = |deadline: Duration| deadline.saturating_sub(self.started.elapsed());
        let pause = self.escalation.next_deadline().map_or(pause, |at| rest(at).min(pause));
        self.wake.wait(pause);
    }

    fn give_up(self, leader: LeaderState) -> End {
        let left = self.tree.remaining();
        let mut survivors: Vec<u32> = left.iter().map(|one| one.process.number()).collect();
        let LeaderState::Ended(ended) = leader else {
            survivors.push(self.tree.leader_number());
            return self.end(Ended::Unknown, survivors);
        };
        self.end(ended, survivors)
    }

    fn end(self, ended: Ended, survivors: Vec<u32>) -> End {
        let duration = self.started.elapsed();
        let reason = self.escalation.reason();
        End { ended, reason, duration, leftovers: self.leftovers, survivors }
    }
}
