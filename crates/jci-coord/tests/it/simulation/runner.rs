//! Runners, which ask for work, renew and report, and their containers.
//!
//! A runner of the new protocol begins a container when the server has confirmed that the attempt
//! has begun, and stops it when it has reached no server for [`PATIENCE`]. What it is making
//! it keeps on its disk.

use std::collections::BTreeMap;

use jci_coord::{Assignment, AttemptId, Claim, Labels, Outcome, Renewal, RunnerId, Verdict};
use secrecy::SecretString;

use super::clock::{SECOND, Time};
use super::mutations::Mutation;
use super::plan::Kind;
use super::server::{Op, Said};
use super::world::{Call, Client, Event, World};
use crate::names;

/// A runner without contact waits so long before it stops a container.
const PATIENCE: Time = 20 * SECOND;
const BEAT_EVERY: Time = 5 * SECOND;
const ASK_EVERY: std::ops::RangeInclusive<Time> = SECOND..=4 * SECOND;
/// To make a container, or to stop one, takes so long.
pub(super) const DOCKER_TAKES: std::ops::RangeInclusive<Time> = 50..=2 * SECOND;
/// So often a runner asks with the same name before it takes another.
const TRIES: u32 = 4;

/// A runner, whether it is up or not.
pub(super) struct Runner {
    pub(super) kind: Kind,
    pub(super) is_up: bool,
    id: RunnerId,
    labels: Labels,
    pub(super) boot: u64,
    pub(super) works: BTreeMap<AttemptId, Work>,
    request: Option<(String, u32)>,
    is_asking: bool,
}

/// What a runner knows of an attempt that it makes.
pub(super) struct Work {
    pub(super) token: SecretString,
    pub(super) timeout: Time,
    pub(super) stage: Stage,
    given: Time,
    /// When it sent the last message that a server has answered.
    contact: Time,
}

/// How far an attempt has come.
#[derive(Debug, Clone)]
pub(super) enum Stage {
    /// The server is to confirm that it begins.
    Starting,
    /// The container is being made.
    Making,
    Running(usize),
    /// The container is being stopped, to report this; a stale attempt reports nothing.
    Stopping(usize, Option<Outcome>),
    /// To be reported.
    Ended(Outcome),
}

impl Work {
    /// Tells when its container must be stopped unless a server answers before.
    pub(super) fn alarm(&self) -> Time {
        self.contact + PATIENCE
    }
}

impl Runner {
    pub(super) fn new(index: usize, kind: &Kind) -> Self {
        Self {
            kind: kind.clone(),
            id: names::runner(&format!("runner-{index}")),
            labels: names::labels(kind.labels),
            is_up: false,
            boot: 0,
            works: BTreeMap::new(),
            request: None,
            is_asking: false,
        }
    }
}

impl World {
    pub(super) fn start_runner(&mut self, index: usize) {
        self.say(|| format!("runner {index} starts"));
        let runner = &mut self.runners[index];
        runner.is_up = true;
        runner.boot += 1;
        (runner.request, runner.is_asking) = (None, false);
        let boot = runner.boot;
        let known: Vec<_> = runner.works.keys().cloned().collect();
        for attempt in known {
            self.find_again(index, &attempt);
        }
        for alarm in self.runners[index].works.values().map(Work::alarm).collect::<Vec<_>>() {
            self.at(alarm.max(self.now()), Event::Alarm(index, boot));
        }
        self.after(0, Event::Beat(index, boot));
        let wait = self.chance.within(ASK_EVERY);
        self.after(wait, Event::Ask(index, boot));
    }

    /// Looks what has become of an attempt while its runner was down.
    fn find_again(&mut self, index: usize, attempt: &AttemptId) {
        let (boot, is_old) = (self.runners[index].boot, self.runners[index].kind.is_old);
        let works = &mut self.runners[index].works;
        let Some(work) = works.get_mut(attempt) else { return };
        match work.stage.clone() {
            Stage::Making if is_old => {
                return self.after(SECOND, Event::Begin(index, boot, attempt.clone()));
            }
            Stage::Making => work.stage = Stage::Starting,
            Stage::Running(container) if is_old && !self.containers[container].is_live => {
                return drop(works.remove(attempt));
            }
            Stage::Running(container) if !self.containers[container].is_live => {
                let said = self.containers[container].said.clone();
                let lost = || Outcome::new(Verdict::InfraError).because("the host was lost");
                work.stage = Stage::Ended(said.unwrap_or_else(lost));
            }
            Stage::Stopping(container, report) if !self.containers[container].is_live => {
                match report {
                    Some(outcome) => work.stage = Stage::Ended(outcome),
                    None => drop(works.remove(attempt)),
                }
            }
            Stage::Starting | Stage::Running(_) | Stage::Stopping(..) | Stage::Ended(_) => {}
        }
        self.after(1, Event::Report(index, boot, attempt.clone()));
    }

    /// Ends the program of a runner; its containers go on.
    pub(super) fn kill_runner(&mut self, index: usize) {
        self.runners[index].is_up = false;
        self.tally("a runner died");
    }

    /// Ends the machine of a runner. Half of the time its disk is lost too.
    pub(super) fn kill_host(&mut self, index: usize) {
        self.kill_runner(index);
        self.containers
            .iter_mut()
            .filter(|it| it.runner == index)
            .for_each(|it| it.is_live = false);
        if self.chance.says(500) {
            self.runners[index].works.clear();
        }
    }

    pub(super) fn is_runner(&self, index: usize, boot: u64) -> bool {
        self.runners[index].is_up && self.runners[index].boot == boot
    }

    fn runner_calls(&mut self, index: usize, op: Op) {
        let boot = self.runners[index].boot;
        self.call(Client::Runner(index, boot), op);
    }

    pub(super) fn ask(&mut self, index: usize, boot: u64) {
        if !self.is_runner(index, boot) {
            return;
        }
        let wait = self.chance.within(ASK_EVERY);
        self.after(wait, Event::Ask(index, boot));
        let name = format!("request-{}", self.chance.number());
        let runner = &mut self.runners[index];
        if runner.is_asking || runner.works.len() >= runner.kind.slots {
            return;
        }
        runner.is_asking = true;
        let is_new = !runner.kind.is_old;
        let request = is_new.then(|| runner.request.get_or_insert((name, 0)).0.clone());
        let claim = Claim {
            runner: runner.id.clone(),
            labels: runner.labels.clone(),
            running: is_new.then(|| runner.works.keys().cloned().collect()),
            request,
        };
        self.runner_calls(index, Op::Claim(claim));
    }

    pub(super) fn beat(&mut self, index: usize, boot: u64) {
        if !self.is_runner(index, boot) || self.runners[index].kind.is_old {
            return;
        }
        let runner = &self.runners[index];
        let has_begun = |work: &Work| !matches!(work.stage, Stage::Starting);
        let live = runner.works.iter().filter(|(_, work)| has_begun(work));
        let attempts: Vec<_> = live.map(|(attempt, _)| attempt.clone()).collect();
        if !attempts.is_empty() {
            let op = Op::Renew(runner.id.clone(), attempts);
            self.runner_calls(index, op);
        }
        self.after(BEAT_EVERY, Event::Beat(index, boot));
    }

    /// Stops containers that were without contact for too long.
    pub(super) fn alarm(&mut self, index: usize, boot: u64) {
        let is_deaf = self.hub.is(Mutation::RunnersNeverStop);
        if !self.is_runner(index, boot) || self.runners[index].kind.is_old || is_deaf {
            return;
        }
        let now = self.now();
        let is_lost = |work: &Work| {
            matches!(work.stage, Stage::Making | Stage::Running(_)) && work.alarm() <= now
        };
        let works = self.runners[index].works.iter().filter(|(_, work)| is_lost(work));
        for attempt in works.map(|(attempt, _)| attempt.clone()).collect::<Vec<_>>() {
            self.tally("a runner stopped a container for want of contact");
            let alone = Outcome::new(Verdict::InfraError).because("no server could be reached");
            self.stop(index, &attempt, Some(alone));
        }
    }

    /// Notes that a server has answered what was sent then.
    fn in_contact(&mut self, index: usize, attempt: &AttemptId, sent: Time) {
        let boot = self.runners[index].boot;
        if let Some(work) = self.runners[index].works.get_mut(attempt) {
            work.contact = work.contact.max(sent);
            let alarm = work.alarm();
            self.at(alarm.max(self.now()), Event::Alarm(index, boot));
        }
    }

    /// Says to a server how things stand with an attempt.
    pub(super) fn report(&mut self, index: usize, boot: u64, attempt: &AttemptId) {
        if !self.is_runner(index, boot) {
            return;
        }
        let Some(work) = self.runners[index].works.get(attempt) else { return };
        match work.stage.clone() {
            Stage::Starting if self.now() > work.given + PATIENCE => {
                self.runners[index].works.remove(attempt);
            }
            Stage::Starting => self.runner_calls(index, Op::Start(attempt.clone())),
            Stage::Ended(outcome) => {
                self.runner_calls(index, Op::Finish(attempt.clone(), outcome));
            }
            Stage::Making | Stage::Running(_) | Stage::Stopping(..) => {}
        }
    }

    /// Lets a runner hear what a server has said, or that it has said nothing.
    pub(super) fn runner_heard(&mut self, index: usize, boot: u64, call: &Call, said: Said) {
        if !self.is_runner(index, boot) {
            return;
        }
        match (&call.op, said) {
            (Op::Claim(_), said) => self.heard_of_work(index, said),
            (Op::Start(attempt), said) => self.heard_of_start(index, attempt, call.sent, &said),
            (Op::Renew(_, attempts), Said::Renewed(renewals)) => {
                for (attempt, renewal) in attempts.iter().zip(renewals) {
                    self.heard_of_lease(index, attempt, call.sent, renewal);
                }
            }
            (Op::Finish(attempt, _), said @ (Said::Done | Said::Refused)) => {
                if matches!(said, Said::Refused) {
                    self.tally("a report was refused");
                }
                self.runners[index].works.remove(attempt);
            }
            (Op::Finish(attempt, _), _) => {
                self.after(2 * SECOND, Event::Report(index, boot, attempt.clone()));
            }
            _ => {}
        }
    }

    fn heard_of_work(&mut self, index: usize, said: Said) {
        let runner = &mut self.runners[index];
        runner.is_asking = false;
        match said {
            Said::Given(assignment) => {
                runner.request = None;
                self.take(index, *assignment);
            }
            Said::Failed => {
                if let Some((_, tries)) = &mut runner.request {
                    *tries += 1;
                    if *tries >= TRIES {
                        runner.request = None;
                    }
                }
            }
            _ => runner.request = None,
        }
    }

    fn take(&mut self, index: usize, assignment: Assignment) {
        let now = self.now();
        let attempt = assignment.attempt.id;
        let is_old = self.runners[index].kind.is_old;
        let work = Work {
            token: assignment.token,
            timeout: u64::try_from(assignment.job.spec.timeout.as_millis()).unwrap(),
            stage: if is_old { Stage::Making } else { Stage::Starting },
            given: now,
            contact: now,
        };
        self.runners[index].works.insert(attempt.clone(), work);
        let boot = self.runners[index].boot;
        if is_old {
            let wait = self.chance.within(DOCKER_TAKES);
            self.after(wait, Event::Begin(index, boot, attempt));
        } else {
            self.report(index, boot, &attempt);
        }
    }

    fn heard_of_start(&mut self, index: usize, attempt: &AttemptId, sent: Time, said: &Said) {
        let boot = self.runners[index].boot;
        let Some(work) = self.runners[index].works.get_mut(attempt) else { return };
        if !matches!(work.stage, Stage::Starting) {
            return;
        }
        match said {
            Said::Done => {
                (work.stage, work.contact) = (Stage::Making, sent);
                let wait = self.chance.within(DOCKER_TAKES);
                self.after(wait, Event::Begin(index, boot, attempt.clone()));
                self.in_contact(index, attempt, sent);
            }
            Said::Refused => drop(self.runners[index].works.remove(attempt)),
            _ => self.after(SECOND, Event::Report(index, boot, attempt.clone())),
        }
    }

    fn heard_of_lease(&mut self, index: usize, attempt: &AttemptId, sent: Time, said: Renewal) {
        match said {
            Renewal::Kept { cancel } => {
                self.in_contact(index, attempt, sent);
                if cancel {
                    self.stop(index, attempt, Some(Outcome::new(Verdict::Cancelled)));
                }
            }
            Renewal::Stale => {
                self.tally("a runner was told that its attempt is stale");
                self.stop(index, attempt, None);
            }
        }
    }

    /// Stops the container of an attempt, to report this afterwards, if anything.
    pub(super) fn stop(&mut self, index: usize, attempt: &AttemptId, report: Option<Outcome>) {
        let boot = self.runners[index].boot;
        let works = &mut self.runners[index].works;
        let Some(work) = works.get_mut(attempt) else { return };
        match (work.stage.clone(), report) {
            (Stage::Running(container), report) => {
                work.stage = Stage::Stopping(container, report);
                let wait = self.chance.within(DOCKER_TAKES);
                self.after(wait, Event::Gone(container));
            }
            (Stage::Stopping(container, _), None) => work.stage = Stage::Stopping(container, None),
            (Stage::Starting | Stage::Making, Some(outcome)) => {
                work.stage = Stage::Ended(outcome);
                self.after(0, Event::Report(index, boot, attempt.clone()));
            }
            // A stale report is refused by the server, which the runner wants to be tried.
            (Stage::Starting | Stage::Making, None) => drop(works.remove(attempt)),
            (Stage::Stopping(..), Some(_)) | (Stage::Ended(_), _) => {}
        }
    }
}
