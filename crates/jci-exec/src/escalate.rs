use std::time::Duration;

use crate::Reason;
use crate::cancel::Requests;

/// How long to wait for the death of processes that were sent KILL.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// What a job is held to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) timeout: Option<Duration>,
    pub(crate) grace: Duration,
}

/// What a look at the processes of a job showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    /// The script runs.
    Running,
    /// The script was suspended because it reads from the terminal.
    WantsTerminal,
    /// The script has ended, and something that it started has not.
    Leftovers,
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Nothing before the next event or [`Escalation::next_deadline`].
    Wait,
    /// Ask the job to end by TERM, and look again.
    Ask,
    /// Send KILL to whatever is there.
    Kill,
    /// Leave alone what even KILL does not end.
    GiveUp,
}

/// Decides when a job is asked to end, when it is killed, and why.
///
/// It knows no process and no clock: all times are counted from the start of the job.
#[derive(Debug)]
pub(crate) struct Escalation {
    limits: Limits,
    stage: Stage,
    reason: Reason,
    /// The requests that have had their effect.
    heeded: u32,
}

/// How far the job has been pushed; it only moves down this list.
#[derive(Clone, Copy, Debug)]
enum Stage {
    Running,
    Asked { at: Duration },
    Killed { at: Duration },
}

impl Escalation {
    pub(crate) fn new(limits: Limits) -> Self {
        Self { limits, stage: Stage::Running, reason: Reason::Finished, heeded: 0 }
    }

    /// Tells why the job ends, once it does.
    pub(crate) fn reason(&self) -> Reason {
        self.reason
    }

    /// Takes the time and what was seen, and says what to do.
    pub(crate) fn step(&mut self, now: Duration, seen: Seen, requests: Requests) -> Step {
        match self.stage {
            Stage::Running => {
                let Some(reason) = self.reason_to_end(now, seen, requests) else {
                    return Step::Wait;
                };
                self.reason = reason;
                self.stage = Stage::Asked { at: now };
                // One request has asked; a second that came along is for the next step.
                self.heeded = requests.count.min(1);
                Step::Ask
            }
            Stage::Asked { at } => {
                let again = requests.count > self.heeded;
                self.heeded = requests.count;
                if !again && now < at.saturating_add(self.limits.grace) {
                    return Step::Wait;
                }
                self.stage = Stage::Killed { at: now };
                Step::Kill
            }
            Stage::Killed { at } if now >= at.saturating_add(PATIENCE) => Step::GiveUp,
            // What was being born at the last look is found at this one.
            Stage::Killed { .. } => Step::Kill,
        }
    }

    /// Gives the time at which the next step is due though nothing happens.
    pub(crate) fn next_deadline(&self) -> Option<Duration> {
        match self.stage {
            Stage::Running => self.limits.timeout,
            Stage::Asked { at } => at.checked_add(self.limits.grace),
            Stage::Killed { at } => at.checked_add(PATIENCE),
        }
    }

    fn reason_to_end(&self, now: Duration, seen: Seen, requests: Requests) -> Option<Reason> {
        match (seen, requests.first, self.limits.timeout) {
            (Seen::Leftovers, ..) => Some(Reason::Finished),
            (_, Some(by), _) => Some(Reason::Cancelled { by }),
            (_, _, Some(after)) if now >= after => Some(Reason::TimedOut { after }),
            (Seen::WantsTerminal, ..) => Some(Reason::WantedTerminal),
            (Seen::Running, ..) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::CancelledBy;

    const NOBODY: Requests = Requests { count: 0, first: None };
    const GRACE: Duration = Duration::from_secs(10);

    fn secs(secs: u64) -> Duration {
        Duration::from_secs(secs)
    }

    fn requests(count: u32) -> Requests {
        Requests { count, first: (count > 0).then_some(CancelledBy::Caller) }
    }

    fn with_timeout(timeout: Option<u64>) -> Escalation {
        Escalation::new(Limits { timeout: timeout.map(secs), grace: GRACE })
    }

    #[test]
    fn a_timeout_asks_then_kills_then_gives_up() {
        let mut job = with_timeout(Some(60));
        assert_eq!(job.step(secs(59), Seen::Running, NOBODY), Step::Wait);
        assert_eq!(job.next_deadline(), Some(secs(60)));
        assert_eq!(job.step(secs(60), Seen::Running, NOBODY), Step::Ask);
        assert_eq!(job.next_deadline(), Some(secs(70)));
        assert_eq!(job.step(secs(69), Seen::Running, NOBODY), Step::Wait);
        assert_eq!(job.step(secs(70), Seen::Running, NOBODY), Step::Kill);
        assert_eq!(job.step(secs(74), Seen::Running, NOBODY), Step::Kill);
        assert_eq!(job.step(secs(75), Seen::Running, NOBODY), Step::GiveUp);
        assert_eq!(job.reason(), Reason::TimedOut { after: secs(60) });
    }

    #[test]
    fn a_second_request_kills_even_when_both_came_at_once() {
        let mut job = with_timeout(None);
        assert_eq!(job.step(secs(1), Seen::Running, requests(2)), Step::Ask);
        assert_eq!(job.step(secs(1), Seen::Running, requests(2)), Step::Kill);
        assert_eq!(job.reason(), Reason::Cancelled { by: CancelledBy::Caller });
    }

    #[test]
    fn a_request_during_the_grace_of_something_else_kills_and_leaves_the_reason() {
        for (seen, now, reason) in [
            (Seen::Running, 60, Reason::TimedOut { after: secs(60) }),
            (Seen::Leftovers, 1, Reason::Finished),
            (Seen::WantsTerminal, 1, Reason::WantedTerminal),
        ] {
            let mut job = with_timeout(Some(60));
            assert_eq!(job.step(secs(now), seen, NOBODY), Step::Ask);
            assert_eq!(job.step(secs(now), seen, requests(1)), Step::Kill);
            assert_eq!(job.reason(), reason);
        }
    }

    #[test]
    fn times_without_end_do_not_overflow() {
        let limits = Limits { timeout: Some(Duration::MAX), grace: Duration::MAX };
        let mut job = Escalation::new(limits);
        assert_eq!(job.step(secs(1), Seen::Running, requests(1)), Step::Ask);
        assert_eq!(job.step(secs(2), Seen::Running, requests(1)), Step::Wait);
        assert_eq!(job.next_deadline(), None);
    }

    proptest! {
        /// Whatever happens: TERM comes before KILL, each job is asked once, a job that was asked
        /// is killed when its grace is over or a further request has come, and the reason never
        /// changes.
        #[test]
        fn stages_come_in_order(
            events in prop::collection::vec((0u64..8, 0usize..3, 0u32..2), 1..60),
            timeout in prop::option::of(0u64..60),
        ) {
            let mut job = with_timeout(timeout);
            let (mut now, mut count) = (Duration::ZERO, 0);
            let mut asked: Option<(Duration, u32, Reason)> = None;
            let mut killed = None;
            for (pause, seen, more) in events {
                now += secs(pause);
                count += more;
                let seen = [Seen::Running, Seen::WantsTerminal, Seen::Leftovers][seen];
                let step = job.step(now, seen, requests(count));
                match asked {
                    None => {
                        let due = count > 0 || seen != Seen::Running || timeout.is_some_and(|t| now >= secs(t));
                        prop_assert_eq!(step, if due { Step::Ask } else { Step::Wait });
                        if due {
                            asked = Some((now, count.min(1), job.reason()));
                        }
                    }
                    Some((at, heeded, reason)) => {
                        prop_assert_eq!(job.reason(), reason);
                        let due = killed.is_some() || count > heeded || now >= at + GRACE;
                        let since = *killed.get_or_insert(now);
                        let expected = match (due, now >= since + PATIENCE) {
                            (false, _) => Step::Wait,
                            (true, false) => Step::Kill,
                            (true, true) => Step::GiveUp,
                        };
                        prop_assert_eq!(step, expected);
                        if !due {
                            killed = None;
                        }
                    }
                }
            }
        }
    }
}
