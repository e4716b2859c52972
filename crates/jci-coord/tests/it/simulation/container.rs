//! Containers: they begin, work for a while, push their run, and end or are stopped.

use jci_coord::{AttemptId, JobId, Outcome, Verdict};

use super::clock::{SECOND, Time};
use super::invariants::Rule;
use super::runner::Stage;
use super::server::{Op, Said};
use super::words;
use super::world::{Client, Event, World};

/// A container of an attempt.
pub(super) struct Container {
    pub(super) attempt: AttemptId,
    pub(super) is_live: bool,
    pub(super) runner: usize,
    will_say: Outcome,
    /// What it said when it came to its end by itself.
    pub(super) said: Option<Outcome>,
}

impl World {
    pub(super) fn begin_container(&mut self, index: usize, boot: u64, attempt: &AttemptId) {
        let id = self.containers.len();
        let now = self.now();
        if !self.is_runner(index, boot) {
            return;
        }
        let is_old = self.runners[index].kind.is_old;
        let Some(work) = self.runners[index].works.get_mut(attempt) else { return };
        let is_alone = !is_old && work.alarm() <= now;
        if !matches!(work.stage, Stage::Making) || is_alone {
            return;
        }
        let timeout = work.timeout;
        if self.faults.are_on() && !is_old && self.chance.says(30) {
            let trouble = Outcome::new(Verdict::InfraError).because("there is no such image");
            return self.stop(index, attempt, Some(trouble));
        }
        work.stage = Stage::Running(id);
        self.run_container(index, attempt, timeout);
    }

    /// Lets a container work for a while, as long as it wants or may. No other one may be doing
    /// the same job.
    fn run_container(&mut self, index: usize, attempt: &AttemptId, timeout: Time) {
        let id = self.containers.len();
        self.say(|| format!("runner {index} begins a container for {}", words::attempt(attempt)));
        let twin = self.containers.iter().find(|it| it.is_live && it.attempt.job == attempt.job);
        if let Some(other) = twin.map(|it| it.attempt.clone()) {
            self.violate(Rule::OneContainerAJob, format!("{attempt} begins while {other} lives"));
        }
        let longest = if self.chance.says(400) { 100 * SECOND } else { 20 * SECOND };
        let wants = self.chance.within(SECOND..=longest);
        let verdict = if wants >= timeout {
            Verdict::TimedOut
        } else if self.chance.says(700) {
            Verdict::Ok
        } else {
            Verdict::Err
        };
        let will_say = Outcome::new(verdict);
        let attempt = attempt.clone();
        self.containers.push(Container {
            attempt,
            runner: index,
            is_live: true,
            will_say,
            said: None,
        });
        self.after(wants.min(timeout), Event::Done(id));
    }

    /// A container comes to its end by itself, or is stopped because its time is over; most push
    /// their run before.
    pub(super) fn container_done(&mut self, id: usize) {
        let container = &mut self.containers[id];
        if !container.is_live {
            return;
        }
        container.is_live = false;
        let outcome = container.will_say.clone();
        container.said = Some(outcome.clone());
        let (index, attempt) = (container.runner, container.attempt.clone());
        self.say(|| {
            format!("the container of {} ends: {:?}", words::attempt(&attempt), outcome.verdict)
        });
        self.tally("a container came to its end");
        let is_old = self.runners[index].kind.is_old;
        let does_push = outcome.verdict != Verdict::TimedOut
            && self.chance.says(if is_old { 950 } else { 600 });
        if does_push && is_old {
            let wait = self.chance.within(SECOND..=15 * SECOND);
            self.after(wait, Event::Look(attempt.job.clone(), outcome.clone()));
        } else if does_push && let Some(work) = self.runners[index].works.get(&attempt) {
            let op = Op::Push(work.token.clone(), outcome.clone());
            self.call(Client::Container(index), op);
        }
        if self.runners[index].is_up {
            self.container_ended(index, &attempt, Some(outcome));
        }
    }

    /// A container is gone that was stopped.
    pub(super) fn container_gone(&mut self, id: usize) {
        let container = &mut self.containers[id];
        container.is_live = false;
        let (index, attempt) = (container.runner, container.attempt.clone());
        self.say(|| format!("the container of {} is gone", words::attempt(&attempt)));
        if !self.runners[index].is_up {
            return;
        }
        if let Some(work) = self.runners[index].works.get(&attempt)
            && let Stage::Stopping(_, report) = work.stage.clone()
        {
            self.container_ended(index, &attempt, report);
        }
    }

    /// A runner sees that a container has ended.
    fn container_ended(&mut self, index: usize, attempt: &AttemptId, report: Option<Outcome>) {
        let boot = self.runners[index].boot;
        let is_old = self.runners[index].kind.is_old;
        let works = &mut self.runners[index].works;
        match (works.get_mut(attempt), report) {
            (Some(work), Some(outcome)) if !is_old => {
                work.stage = Stage::Ended(outcome);
                self.after(0, Event::Report(index, boot, attempt.clone()));
            }
            _ => drop(works.remove(attempt)),
        }
    }

    /// Looks for the run of an old runner on the forge, and settles its job by it.
    pub(super) fn look_for_run(&mut self, job: &JobId, outcome: Outcome) {
        self.call(Client::Finder, Op::Settle(job.clone(), outcome));
    }

    pub(super) fn finder_heard(&mut self, op: Op, said: &Said) {
        if let (Op::Settle(job, outcome), Said::Failed) = (op, said) {
            self.after(5 * SECOND, Event::Look(job, outcome));
        }
    }
}
