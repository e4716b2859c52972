//! What must hold, whatever happens: looked at after every commit.

use std::collections::{BTreeMap, BTreeSet};

use jci_coord::{
    Attempt, AttemptEnd, AttemptId, AttemptNumber, CommitId, Job, JobId, JobState, RepositoryName,
    Settings, StatusId, Trust,
};

use super::clock::{PACE, Time};
use super::faults::Fault;
use super::plan::Plan;
use super::server::Op;
use super::store::Write;

/// A rule that the queue must never break.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rule {
    /// A job of which somebody was told is there, in one state, and the store holds what was
    /// committed.
    NothingIsLost,
    OneContainerAJob,
    OneJobACommit,
    OneJobADelivery,
    /// How a job or an attempt ended never changes.
    EndsStay,
    /// A job is assigned or running if and only if one attempt at it goes on, its newest.
    OneAttemptGoesOn,
    /// The numbers of attempts, which fence stale ones off, grow by one.
    NumbersGrow,
    /// A report settles the attempt that it is of, or nothing.
    ReportsAreFenced,
    NoMoreThanAllowed,
    /// Code of a stranger runs when somebody has approved its commit.
    StrangersWait,
    /// The highest priority first, then the repository with the fewest jobs, then the oldest.
    EverybodyHasATurn,
    /// No lease and no time-out ends before it is over.
    NothingEndsEarly,
    TheForgeHearsInOrder,
    LastWordsAreTrue,
    OneLastWordAJob,
    /// When nothing goes wrong any more, every job ends, and the forge knows how.
    EverythingEnds,
}

/// A rule that was broken.
#[derive(Debug)]
pub(super) struct Violation {
    pub(super) rule: Rule,
    pub(super) what: String,
}

type Checked = Result<(), Violation>;

fn check(holds: bool, rule: Rule, what: impl FnOnce() -> String) -> Checked {
    if holds { Ok(()) } else { Err(Violation { rule, what: what() }) }
}

/// An attempt and the true times of what happened to it.
struct Course {
    attempt: Attempt,
    given: Time,
    started: Option<Time>,
    renewed: Time,
}

impl Course {
    /// A lease or a time-out that ends the attempt is over; that of which no time is told may be.
    fn check_end(&self, after: &Attempt, now: Time, lease: Time, timeout: Option<Time>) -> Checked {
        let (since, may_take, what) = match &after.end {
            Some(AttemptEnd::LeaseLost) => (self.renewed, Some(lease), "silence"),
            Some(AttemptEnd::OverTime) => (self.started.unwrap_or(self.given), timeout, "work"),
            Some(AttemptEnd::Reported { .. } | AttemptEnd::Cancelled) | None => return Ok(()),
        };
        let took = now - since;
        let is_over = may_take.is_none_or(|may_take| took >= at_fastest(may_take));
        check(is_over, Rule::NothingEndsEarly, || {
            format!("{} ends after {took} ms of {what}, and had {may_take:?}", after.id)
        })
    }
}

/// What was committed, kept apart from the store.
pub(super) struct Ledger {
    jobs: BTreeMap<JobId, Job>,
    attempts: BTreeMap<AttemptId, Course>,
    statuses: BTreeMap<StatusId, JobId>,
    permitted: BTreeSet<JobId>,
    trusted: BTreeSet<(RepositoryName, CommitId)>,
    max_jobs: Option<u32>,
    lease: Time,
    /// Whether the time of day of some server jumps.
    clocks_jump: bool,
}

impl Ledger {
    pub(super) fn new(settings: &Settings, plan: &Plan) -> Self {
        Self {
            jobs: BTreeMap::new(),
            attempts: BTreeMap::new(),
            statuses: BTreeMap::new(),
            permitted: BTreeSet::new(),
            trusted: BTreeSet::new(),
            max_jobs: settings.max_jobs,
            lease: milliseconds(settings.lease),
            clocks_jump: plan.faults.iter().any(|(_, it)| matches!(it, Fault::Jump(..))),
        }
    }

    pub(super) fn jobs(&self) -> impl Iterator<Item = &Job> {
        self.jobs.values()
    }

    pub(super) fn state(&self, job: &JobId) -> Option<JobState> {
        self.jobs.get(job).map(|job| job.state)
    }

    /// Returns the last status of a job that a server has taken.
    pub(super) fn last_status(&self, job: &JobId) -> Option<StatusId> {
        self.statuses.iter().filter(|(_, of)| *of == job).map(|(id, _)| *id).max()
    }

    /// Notes that somebody approves the commit of a job.
    pub(super) fn permit(&mut self, job: &JobId) {
        self.permitted.insert(job.clone());
    }

    /// Notes that somebody who may pushes a commit.
    pub(super) fn trust(&mut self, repository: &RepositoryName, commit: &CommitId) {
        self.trusted.insert((repository.clone(), commit.clone()));
    }

    /// Takes what was committed for a call.
    pub(super) fn commit(&mut self, op: &Op, writes: &[Write], now: Time) -> Checked {
        for write in writes {
            match write {
                Write::NewJob(job) => self.new_job(job)?,
                Write::Job(job) => self.job(op, job)?,
                Write::NewAttempt(attempt) => self.new_attempt(attempt, now)?,
                Write::Attempt(attempt) => self.attempt(attempt, now)?,
                Write::NewStatus(_) => {}
                Write::Status(status) => {
                    self.statuses.insert(status.id, status.what.job.clone());
                }
            }
        }
        self.check_live()
    }

    fn new_job(&mut self, job: &Job) -> Checked {
        let same = |it: &&Job| {
            !it.state.is_final()
                && it.spec.repository == job.spec.repository
                && it.spec.commit == job.spec.commit
        };
        let other = self.jobs.values().find(same);
        check(other.is_none(), Rule::OneJobACommit, || format!("{} and {other:?}", job.id))?;
        let before = self.jobs.insert(job.id.clone(), job.clone());
        check(before.is_none(), Rule::OneJobACommit, || format!("{} twice", job.id))?;
        self.check_permission(job)
    }

    fn job(&mut self, op: &Op, after: &Job) -> Checked {
        let Some(before) = self.jobs.get(&after.id) else {
            return check(false, Rule::NothingIsLost, || format!("{} was not there", after.id));
        };
        let id = &after.id;
        let stays = !before.state.is_final() || before.state == after.state;
        check(stays, Rule::EndsStay, || format!("{id}: {} to {}", before.state, after.state))?;
        check(before.spec == after.spec, Rule::EndsStay, || format!("{id} asks for other things"))?;
        let number = |job: &Job| job.attempt.map_or(0, AttemptNumber::get);
        let is_assigned = after.state == JobState::Assigned && before.state != JobState::Assigned;
        let grows = number(after) == number(before) + u32::from(is_assigned);
        check(grows, Rule::NumbersGrow, || {
            format!("{id}: {} to {} as {}", number(before), number(after), after.state)
        })?;
        if let Op::Finish(attempt, _) | Op::Start(attempt) = op {
            let is_it = before.attempt == Some(attempt.number) && before.state.is_live();
            check(is_it, Rule::ReportsAreFenced, || {
                format!("{attempt} is not newest: {before:?}")
            })?;
        }
        if is_assigned {
            self.check_turn(op, before)?;
        }
        self.check_permission(after)?;
        self.jobs.insert(after.id.clone(), after.clone());
        Ok(())
    }

    /// Nothing that was ready and that the runner could do came before.
    fn check_turn(&self, op: &Op, job: &Job) -> Checked {
        let Op::Claim(claim) = op else {
            return check(false, Rule::EverybodyHasATurn, || format!("{} by {op:?}", job.id));
        };
        let running = |job: &Job| {
            let same = |it: &&Job| it.state.is_live() && it.spec.repository == job.spec.repository;
            self.jobs.values().filter(same).count()
        };
        let rank = |job: &Job| (-job.spec.priority, running(job), job.id.clone());
        let fits = |it: &&Job| it.is_ready() && claim.labels.satisfy(&it.spec.labels);
        let first = self.jobs.values().filter(fits).map(rank).min();
        check(first == Some(rank(job)), Rule::EverybodyHasATurn, || {
            format!("{:?} was given, and it was the turn of {first:?}", rank(job))
        })
    }

    fn check_permission(&self, job: &Job) -> Checked {
        let key = (job.spec.repository.clone(), job.spec.commit.clone());
        let is_repeated = || {
            job.rerun_of.as_ref().and_then(|old| self.jobs.get(old)).is_some_and(|it| it.approved)
        };
        let may = job.spec.trust == Trust::Trusted
            || self.permitted.contains(&job.id)
            || self.trusted.contains(&key)
            || is_repeated();
        check(may || !job.approved, Rule::StrangersWait, || format!("{} is approved", job.id))?;
        let waits = job.approved || !job.state.is_live();
        check(waits, Rule::StrangersWait, || format!("{} runs unapproved", job.id))
    }

    fn new_attempt(&mut self, attempt: &Attempt, now: Time) -> Checked {
        let newest = self.jobs.get(&attempt.id.job).and_then(|job| job.attempt);
        let is_newest = newest == Some(attempt.id.number);
        check(is_newest, Rule::NumbersGrow, || format!("{} and {newest:?}", attempt.id))?;
        let course = Course { attempt: attempt.clone(), given: now, started: None, renewed: now };
        let before = self.attempts.insert(attempt.id.clone(), course);
        check(before.is_none(), Rule::NumbersGrow, || format!("{} twice", attempt.id))
    }

    fn attempt(&mut self, after: &Attempt, now: Time) -> Checked {
        let (lease, clocks_jump) = (self.lease, self.clocks_jump);
        let timeout = self.jobs.get(&after.id.job).map(|job| milliseconds(job.spec.timeout));
        let Some(course) = self.attempts.get_mut(&after.id) else {
            return check(false, Rule::NothingIsLost, || format!("{} was not there", after.id));
        };
        let before = &course.attempt;
        let stays = before.is_live() || before.end == after.end && !after.is_live();
        check(stays, Rule::EndsStay, || format!("{before:?} to {after:?}"))?;
        if before.beat != after.beat {
            course.renewed = now;
        }
        if before.started != after.started {
            course.started = Some(now);
        }
        // Without renewals nothing but the time of day tells a server that has just started how
        // old an attempt is.
        let is_told = after.beat.is_some() || !clocks_jump;
        if before.is_live() {
            course.check_end(after, now, lease, timeout.filter(|_| is_told))?;
        }
        course.attempt = after.clone();
        Ok(())
    }

    /// Jobs and attempts go on together, and not too many of them.
    fn check_live(&self) -> Checked {
        let live: Vec<_> = self.attempts.values().filter(|it| it.attempt.is_live()).collect();
        let going: Vec<_> = self.jobs.values().filter(|job| job.state.is_live()).collect();
        let is_attempted = |job: &&Job| {
            let is_it = |it: &&Course| {
                it.attempt.id.job == job.id && Some(it.attempt.id.number) == job.attempt
            };
            live.iter().copied().filter(is_it).count() == 1
        };
        let fits = live.len() == going.len() && going.iter().copied().all(|job| is_attempted(&job));
        check(fits, Rule::OneAttemptGoesOn, || {
            let live: Vec<_> = live.iter().map(|it| it.attempt.id.to_string()).collect();
            format!("{live:?} for {going:?}")
        })?;
        let is_allowed = self.max_jobs.is_none_or(|max| live.len() <= max as usize);
        check(is_allowed, Rule::NoMoreThanAllowed, || format!("{} at once", live.len()))
    }
}

fn milliseconds(duration: std::time::Duration) -> Time {
    u64::try_from(duration.as_millis()).unwrap()
}

/// Tells how long something takes at least that the fastest clock of a server takes so long for.
fn at_fastest(time: Time) -> Time {
    time * 1000 / PACE.end() - 1
}
