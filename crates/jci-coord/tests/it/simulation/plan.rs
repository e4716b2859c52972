//! What a seed stands for: who takes part, what they want, and what goes wrong when.

use std::time::Duration;

use jci_coord::{Actor, Labels, NewJob, RepositoryName, Trust};

use super::chance::Chance;
use super::clock::{SECOND, Time};
use super::faults::{Fault, random_fault};
use crate::names;

/// Everything that is decided beforehand. The rest follows from the seed as it comes.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) seed: u64,
    pub(super) servers: usize,
    pub(super) runners: Vec<Kind>,
    pub(super) pushes: Vec<Push>,
    pub(super) wishes: Vec<Wish>,
    pub(super) faults: Vec<(Time, Fault)>,
    pub(super) max_jobs: Option<u32>,
    /// So many of a thousand messages are lost.
    pub(super) loss: u64,
    /// The repository that the forge does not know any more.
    pub(super) gone: Option<RepositoryName>,
    /// From then on nothing goes wrong.
    pub(super) peace: Time,
}

/// What kind of runner one is.
#[derive(Debug, Clone)]
pub(super) struct Kind {
    /// Whether it speaks the old protocol.
    pub(super) is_old: bool,
    pub(super) labels: &'static str,
    /// How many jobs it makes at once.
    pub(super) slots: usize,
}

/// Somebody pushes, and the forge tells of it.
#[derive(Debug, Clone)]
pub(super) struct Push {
    pub(super) time: Time,
    pub(super) job: NewJob,
    /// So often the forge tells of it once more for no reason.
    pub(super) again: u64,
}

/// A person wants something of some job.
#[derive(Debug, Clone)]
pub(super) struct Wish {
    pub(super) time: Time,
    pub(super) what: What,
}

/// What a person wants.
#[derive(Debug, Clone, Copy)]
pub(super) enum What {
    Cancel,
    Rerun,
    Approve,
    /// Approves a commit that the job does not run.
    ApproveOther,
}

impl Plan {
    pub(super) fn new(seed: u64) -> Self {
        let mut chance = Chance::new(seed);
        let peace = chance.within(20 * SECOND..=150 * SECOND);
        let servers = 1 + chance.place(3);
        let count = 1 + chance.place(3);
        let runners: Vec<_> = (0..count).map(|index| kind(&mut chance, index)).collect();
        let pushes = 1 + chance.place(7);
        let pushes = (0..pushes).map(|index| push(&mut chance, index, peace)).collect();
        let wishes = chance.place(4);
        let wishes = (0..wishes).map(|_| wish(&mut chance, peace)).collect();
        // Some worlds are calm, in some much goes wrong.
        let faults = if chance.says(200) { 0 } else { chance.place(9) };
        let mut fault = || {
            let time = chance.within(0..=peace);
            (time, random_fault(&mut chance, servers, runners.len()))
        };
        let faults = (0..faults).map(|_| fault()).collect();
        let limit = chance.place(6);
        Self {
            seed,
            servers,
            max_jobs: (1..=3).contains(&limit).then(|| u32::try_from(limit).unwrap()),
            loss: if chance.says(400) { chance.within(1..=200) } else { 0 },
            gone: chance.says(50).then(|| names::repository("r2")),
            runners,
            pushes,
            wishes,
            faults,
            peace,
        }
    }

    /// Lists plans in which a little less happens, to find out what matters.
    pub(super) fn smaller(&self) -> Vec<Self> {
        let mut plans = Vec::new();
        for index in 0..self.faults.len() {
            let mut plan = self.clone();
            plan.faults.remove(index);
            plans.push(plan);
        }
        for index in (0..self.pushes.len()).filter(|_| self.pushes.len() > 1) {
            let mut plan = self.clone();
            plan.pushes.remove(index);
            plans.push(plan);
        }
        for index in 0..self.wishes.len() {
            let mut plan = self.clone();
            plan.wishes.remove(index);
            plans.push(plan);
        }
        if self.loss > 0 {
            plans.push(Self { loss: 0, ..self.clone() });
        }
        plans
    }
}

/// The first runner can do everything, so that every job can end.
fn kind(chance: &mut Chance, index: usize) -> Kind {
    let labels = if index == 0 || chance.says(300) { "gpu" } else { "" };
    Kind { is_old: chance.says(250), labels, slots: 1 + chance.place(2) }
}

fn push(chance: &mut Chance, index: usize, peace: Time) -> Push {
    let repository = names::repository(&format!("r{}", chance.place(3)));
    // Few commits, so that many pushes are of the same one.
    let commit = names::commit(u32::try_from(chance.place(4)).unwrap());
    let by = Actor::Webhook("pusher".to_owned());
    let mut job = NewJob::new(repository, commit, "refs/heads/main", by);
    job.delivery = Some(format!("delivery-{index}"));
    job.priority = if chance.says(200) { 1 } else { 0 };
    job.trust = if chance.says(150) { Trust::Untrusted } else { Trust::Trusted };
    if chance.says(200) {
        job.labels = "gpu".parse::<Labels>().unwrap();
    }
    if chance.says(500) {
        job.timeout = Some(Duration::from_secs(chance.within(20..=80)));
    }
    let time = chance.within(0..=peace * 2 / 3);
    Push { time, job, again: if chance.says(300) { chance.within(1..=2) } else { 0 } }
}

fn wish(chance: &mut Chance, peace: Time) -> Wish {
    let all = [What::Cancel, What::Cancel, What::Rerun, What::Approve, What::ApproveOther];
    Wish { time: chance.within(0..=peace), what: all[chance.place(all.len())] }
}
