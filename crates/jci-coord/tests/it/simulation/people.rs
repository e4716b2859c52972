//! Those who push, and those who cancel, repeat and approve.

use std::collections::BTreeMap;

use jci_coord::{JobId, JobState, Trust};

use super::clock::SECOND;
use super::invariants::Rule;
use super::plan::What;
use super::server::{Op, Said};
use super::world::{Client, Event, World};
use crate::names;

/// What people and the forge remember of what they were told.
pub(super) struct People {
    /// The job that each push has led to.
    answered: Vec<Option<JobId>>,
    /// How often each push is to be told once more.
    again: Vec<u64>,
}

impl People {
    pub(super) fn new(pushes: usize) -> Self {
        Self { answered: vec![None; pushes], again: vec![0; pushes] }
    }

    /// Tells whether every push has led to a job.
    pub(super) fn are_answered(&self) -> bool {
        self.answered.iter().all(Option::is_some)
    }
}

impl World {
    /// The forge tells of a push.
    pub(super) fn webhook(&mut self, index: usize) {
        let job = self.plan.pushes[index].job.clone();
        if job.trust == Trust::Trusted {
            self.ledger.trust(&job.repository, &job.commit);
        }
        self.call(Client::Webhook(index), Op::Submit(Box::new(job)));
    }

    /// The forge hears what has become of it; what was not accepted it tells again.
    pub(super) fn webhook_heard(&mut self, index: usize, said: Said) {
        let Said::Submitted(job) = said else {
            let wait = self.chance.within(SECOND..=10 * SECOND);
            return self.after(wait, Event::Webhook(index));
        };
        self.must_be_known(&job);
        let before = self.people.answered[index].replace(job.clone());
        if let Some(before) = before.filter(|before| *before != job) {
            let what = format!("the same delivery was told {before} and {job}");
            self.violate(Rule::OneJobADelivery, what);
        }
        if self.people.again[index] < self.plan.pushes[index].again {
            self.people.again[index] += 1;
            let wait = self.chance.within(SECOND..=60 * SECOND);
            self.after(wait, Event::Webhook(index));
        }
    }

    /// A job that somebody was told of is there.
    fn must_be_known(&mut self, job: &JobId) {
        if self.ledger.state(job).is_none() {
            self.violate(Rule::NothingIsLost, format!("nobody knows job {job}"));
        }
    }

    /// Somebody wants something of some job, in most cases of one where it makes sense.
    pub(super) fn wish(&mut self, index: usize) {
        let what = self.plan.wishes[index].what;
        let fits = |state: JobState, approved: bool| match what {
            What::Cancel => !state.is_final(),
            What::Rerun => state.is_final(),
            What::Approve | What::ApproveOther => !approved,
        };
        let known: BTreeMap<_, _> =
            self.ledger.jobs().map(|job| (job.id.clone(), fits(job.state, job.approved))).collect();
        let is_strict = self.chance.says(800);
        let jobs: Vec<_> = known.iter().filter(|(_, fits)| **fits || !is_strict).collect();
        if jobs.is_empty() {
            return;
        }
        let job = jobs[self.chance.place(jobs.len())].0.clone();
        let op = match what {
            What::Cancel => Op::Cancel(job),
            What::Rerun => Op::Rerun(job),
            What::Approve => return self.approve(&job),
            What::ApproveOther => Op::Approve(job, names::commit(77)),
        };
        self.call(Client::Person, op);
    }

    /// Somebody approves the commit that a job runs.
    pub(super) fn approve(&mut self, job: &JobId) {
        let commit = self.ledger.jobs().find(|it| it.id == *job).map(|it| it.spec.commit.clone());
        if let Some(commit) = commit {
            self.ledger.permit(job);
            self.call(Client::Person, Op::Approve(job.clone(), commit));
        }
    }

    pub(super) fn person_heard(&mut self, op: &Op, said: Said) {
        match (op, said) {
            (Op::Rerun(_), Said::Submitted(job)) => {
                self.tally("a job was run again");
                self.must_be_known(&job);
            }
            (Op::Cancel(_), Said::Done) => self.tally("a job was cancelled"),
            (Op::Approve(..), Said::Done) => self.tally("a job was approved"),
            _ => {}
        }
    }
}
