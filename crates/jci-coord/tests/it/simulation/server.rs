//! Servers: each a coordinator with clocks of its own, that can die at any step.

use std::sync::Arc;

use jci_coord::{
    ApproveError, Assignment, AttemptId, CancelError, Claim, Claimed, CommitId, Coordinator,
    FinishError, JobId, NewJob, OutboxError, Outcome, Renewal, RerunError, Retry, RunnerId,
    Settings, SettleError, StartError, Status, SubmitError,
};
use secrecy::SecretString;

use super::chance::Bytes;
use super::clock::{PACE, ProcessClock, SECOND, Time, Wall};
use super::mutations::Mutation;
use super::world::{Client, Event, World};

/// The number of a call.
pub(super) type CallId = u64;

/// What a server is asked to do.
#[derive(Debug, Clone)]
pub(super) enum Op {
    Submit(Box<NewJob>),
    Claim(Claim),
    Start(AttemptId),
    Renew(RunnerId, Vec<AttemptId>),
    Finish(AttemptId, Outcome),
    /// A container pushes its run through the server, with the token of its attempt.
    Push(SecretString, Outcome),
    /// A run was found on the forge.
    Settle(JobId, Outcome),
    Cancel(JobId),
    Approve(JobId, CommitId),
    Rerun(JobId),
    Expire,
    TakeStatuses,
    StatusSent(Box<Status>),
    StatusFailed(Box<Status>, Retry),
}

/// What a server says to that.
#[derive(Debug)]
pub(super) enum Said {
    Done,
    /// It is too late for that, or not allowed.
    Refused,
    /// The server cannot do it now; nobody knows whether it has.
    Failed,
    Submitted(JobId),
    Given(Box<Assignment>),
    Renewed(Vec<Renewal>),
    Statuses(Vec<Status>),
}

/// A server, whether it is up or not.
pub(super) struct Server {
    pub(super) coordinator: Option<Arc<Coordinator>>,
    /// How often it was started: what an earlier process has begun is none of this one's.
    pub(super) boot: u64,
    pub(super) wall: Wall,
}

/// How often a server does what is to be done by itself.
const EXPIRE_EVERY: std::ops::RangeInclusive<Time> = SECOND..=6 * SECOND;
const SEND_EVERY: std::ops::RangeInclusive<Time> = SECOND..=5 * SECOND;
/// So many statuses are sent at once.
const AT_ONCE: u32 = 3;

impl World {
    pub(super) fn start_server(&mut self, index: usize) {
        let pace = self.chance.within(PACE);
        let clock = ProcessClock::start(&self.truth, &self.servers[index].wall, pace);
        let random = Bytes::new(self.chance.fork());
        let store = Arc::clone(&self.store);
        let coordinator =
            Coordinator::new(store, self.settings.clone(), Arc::new(clock), Arc::new(random));
        let server = &mut self.servers[index];
        server.coordinator = Some(Arc::new(coordinator));
        server.boot += 1;
        let boot = server.boot;
        self.say(|| format!("server {index} starts"));
        self.after(0, Event::ExpireTick(index, boot));
        self.after(0, Event::SendTick(index, boot));
    }

    pub(super) fn kill_server(&mut self, index: usize, why: &str) {
        if self.servers[index].coordinator.take().is_some() {
            self.say(|| format!("server {index} dies {why}"));
            self.tasks.kill(index);
            self.tally("a server died");
        }
    }

    pub(super) fn expire_tick(&mut self, index: usize, boot: u64) {
        if self.is_server(index, boot) {
            self.work(index, Op::Expire);
            let pause = self.chance.within(EXPIRE_EVERY);
            self.after(pause, Event::ExpireTick(index, boot));
        }
    }

    pub(super) fn send_tick(&mut self, index: usize, boot: u64) {
        if self.is_server(index, boot) {
            self.work(index, Op::TakeStatuses);
            let pause = self.chance.within(SEND_EVERY);
            self.after(pause, Event::SendTick(index, boot));
        }
    }

    pub(super) fn is_server(&self, index: usize, boot: u64) -> bool {
        let server = &self.servers[index];
        server.coordinator.is_some() && server.boot == boot
    }

    /// Lets a server do something by itself.
    pub(super) fn work(&mut self, index: usize, op: Op) {
        let client = Client::Server(index, self.servers[index].boot);
        let call = self.note_call(client, &op);
        self.perform(call, index, op);
    }

    /// Begins to do what a server is asked; `false` if it is down.
    pub(super) fn perform(&mut self, call: CallId, index: usize, op: Op) -> bool {
        let Some(coordinator) = self.servers[index].coordinator.clone() else { return false };
        let is_unfenced = self.hub.is(Mutation::ReportsAreUnfenced);
        let asked = op.clone();
        self.tasks.spawn(
            call,
            index,
            op,
            async move { answer(&coordinator, asked, is_unfenced).await },
        );
        true
    }
}

/// The settings of all servers of a simulation.
pub(super) fn settings(max_jobs: Option<u32>) -> Settings {
    let mut settings = Settings { max_jobs, ..Settings::default() };
    settings.timeout = std::time::Duration::from_secs(90);
    settings
}

async fn answer(coordinator: &Coordinator, op: Op, is_unfenced: bool) -> Said {
    use jci_coord::Actor::Person;
    let somebody = Person("somebody".to_owned());
    match op {
        Op::Submit(new) => match coordinator.submit(*new).await {
            Ok(submitted) => Said::Submitted(submitted.job.id),
            Err(SubmitError::Store(_)) => Said::Failed,
            Err(SubmitError::NoTime { .. }) => Said::Refused,
        },
        Op::Claim(claim) => match coordinator.claim(&claim).await {
            Ok(Claimed::Assigned(assignment)) => Said::Given(assignment),
            Ok(Claimed::Empty | Claimed::Full) => Said::Done,
            Err(_) => Said::Failed,
        },
        Op::Start(attempt) => match coordinator.start(&attempt).await {
            Ok(_) => Said::Done,
            Err(StartError::Store(_)) => Said::Failed,
            Err(StartError::Stale { .. } | StartError::Unknown { .. }) => Said::Refused,
        },
        Op::Renew(runner, attempts) => {
            coordinator.renew(&runner, &attempts).await.map_or(Said::Failed, Said::Renewed)
        }
        Op::Finish(attempt, outcome) => finish(coordinator, attempt, &outcome, is_unfenced).await,
        Op::Push(token, outcome) => push(coordinator, &token, &outcome).await,
        Op::Settle(job, outcome) => settle(coordinator, &job, &outcome).await,
        Op::Cancel(job) => match coordinator.cancel(&job, &somebody).await {
            Ok(_) => Said::Done,
            Err(CancelError::Store(_)) => Said::Failed,
            Err(_) => Said::Refused,
        },
        Op::Approve(job, commit) => match coordinator.approve(&job, &commit, &somebody).await {
            Ok(_) => Said::Done,
            Err(ApproveError::Store(_)) => Said::Failed,
            Err(_) => Said::Refused,
        },
        Op::Rerun(job) => match coordinator.rerun(&job, &somebody).await {
            Ok(job) => Said::Submitted(job),
            Err(RerunError::Store(_)) => Said::Failed,
            Err(_) => Said::Refused,
        },
        Op::Expire => coordinator.expire().await.map_or(Said::Failed, |_| Said::Done),
        Op::TakeStatuses => {
            coordinator.due_statuses(AT_ONCE).await.map_or(Said::Failed, Said::Statuses)
        }
        Op::StatusSent(taken) => of_outbox(&coordinator.status_sent(&taken).await),
        Op::StatusFailed(taken, verdict) => {
            of_outbox(&coordinator.status_failed(&taken, &verdict).await)
        }
    }
}

fn of_outbox(result: &Result<(), OutboxError>) -> Said {
    match result {
        Ok(()) => Said::Done,
        Err(OutboxError::Store(_)) => Said::Failed,
        Err(OutboxError::Unknown { .. }) => Said::Refused,
    }
}

async fn finish(
    coordinator: &Coordinator,
    mut attempt: AttemptId,
    outcome: &Outcome,
    is_unfenced: bool,
) -> Said {
    if is_unfenced {
        // Broken on purpose: whoever reports is taken for the attempt that goes on.
        if let Ok(Some(newest)) = coordinator.job(&attempt.job).await.map(|job| job?.attempt) {
            attempt.number = newest;
        }
    }
    match coordinator.finish(&attempt, outcome).await {
        Ok(_) => Said::Done,
        Err(FinishError::Store(_)) => Said::Failed,
        Err(_) => Said::Refused,
    }
}

async fn push(coordinator: &Coordinator, token: &SecretString, outcome: &Outcome) -> Said {
    match coordinator.grant(token).await {
        Ok(Some(grant)) if grant.attempt.is_live() => {
            settle(coordinator, &grant.job.id, outcome).await
        }
        Ok(_) => Said::Refused,
        Err(_) => Said::Failed,
    }
}

async fn settle(coordinator: &Coordinator, job: &JobId, outcome: &Outcome) -> Said {
    match coordinator.settle(job, outcome).await {
        Ok(_) => Said::Done,
        Err(SettleError::Store(_)) => Said::Failed,
        Err(_) => Said::Refused,
    }
}
