//! What happens, in plain words, for whoever reads the story of a broken rule.

use jci_coord::{AttemptId, JobId, Outcome, Renewal};

use super::clock::Time;
use super::plan::{Plan, Push};
use super::server::{Op, Said};
use super::store::Write;
use super::world::Client;

/// Names a job by the end of its id, which is not the same for all of one moment.
pub(super) fn job(id: &JobId) -> String {
    format!("…{}", &id.as_str()[26..])
}

pub(super) fn attempt(id: &AttemptId) -> String {
    format!("{}#{}", job(&id.job), id.number)
}

fn attempts(ids: &[AttemptId]) -> String {
    ids.iter().map(attempt).collect::<Vec<_>>().join(", ")
}

fn outcome(outcome: &Outcome) -> &'static str {
    outcome.verdict.state().as_str()
}

pub(super) fn seconds(time: Time) -> String {
    format!("{}.{:03} s", time / 1000, time % 1000)
}

pub(super) fn client(client: &Client) -> String {
    match client {
        Client::Webhook(push) => format!("webhook of push {push}"),
        Client::Person => "a person".to_owned(),
        Client::Runner(runner, _) => format!("runner {runner}"),
        Client::Container(runner) => format!("a container of runner {runner}"),
        Client::Server(server, _) => format!("server {server} itself"),
        Client::Finder => "who looks for runs".to_owned(),
    }
}

pub(super) fn op(op: &Op) -> String {
    match op {
        Op::Submit(new) => {
            let commit = &new.commit.as_str()[38..];
            format!("submit commit {commit} of {}", new.repository)
        }
        Op::Claim(claim) => {
            let running = claim.running.as_deref().map(attempts);
            let request = claim.request.as_deref().unwrap_or("no name");
            format!("claim by {} ({request}) with {running:?}", claim.runner)
        }
        Op::Start(id) => format!("start {}", attempt(id)),
        Op::Renew(runner, ids) => format!("renew by {runner}: {}", attempts(ids)),
        Op::Finish(id, said) => format!("finish {} as {}", attempt(id), outcome(said)),
        Op::Push(_, said) => format!("push a run that is {}", outcome(said)),
        Op::Settle(id, said) => format!("settle {} as {}", job(id), outcome(said)),
        Op::Cancel(id) => format!("cancel {}", job(id)),
        Op::Approve(id, commit) => format!("approve {} at {}", job(id), &commit.as_str()[38..]),
        Op::Rerun(id) => format!("run {} again", job(id)),
        Op::Expire => "expire".to_owned(),
        Op::TakeStatuses => "take statuses".to_owned(),
        Op::StatusSent(taken) => format!("status {} is sent", taken.id),
        Op::StatusFailed(taken, verdict) => format!("status {} failed: {verdict:?}", taken.id),
    }
}

pub(super) fn said(said: &Said) -> String {
    match said {
        Said::Done => "done".to_owned(),
        Said::Refused => "refused".to_owned(),
        Said::Failed => "failed".to_owned(),
        Said::Submitted(id) => format!("it is job {}", job(id)),
        Said::Given(assignment) => format!("here is {}", attempt(&assignment.attempt.id)),
        Said::Renewed(renewals) => {
            let stale = renewals.iter().filter(|it| **it == Renewal::Stale).count();
            format!("{} renewed, {stale} stale", renewals.len() - stale)
        }
        Said::Statuses(statuses) => format!("{} statuses", statuses.len()),
    }
}

pub(super) fn writes(writes: &[Write]) -> String {
    let words = |write: &Write| match write {
        Write::NewJob(new) => format!("new job {}", job(&new.id)),
        Write::Job(after) => format!("job {} is {}", job(&after.id), after.state),
        Write::NewAttempt(new) => format!("new attempt {} by {}", attempt(&new.id), new.runner),
        Write::Attempt(after) => match &after.end {
            Some(end) => format!("attempt {} ended: {end:?}", attempt(&after.id)),
            None => format!("attempt {} at beat {:?}", attempt(&after.id), after.beat),
        },
        Write::NewStatus(what) => format!("new status: {} is {}", job(&what.job), what.state),
        Write::Status(status) if status.claimed => format!("status {} is taken", status.id),
        Write::Status(status) => format!("status {} is {:?}", status.id, status.progress),
    };
    writes.iter().map(words).collect::<Vec<_>>().join("; ")
}

pub(super) fn plan(plan: &Plan) -> String {
    let mut lines = vec![format!(
        "{} servers, at most {:?} jobs at once, {} of 1000 messages lost, gone: {:?}, peace after {}",
        plan.servers,
        plan.max_jobs,
        plan.loss,
        plan.gone,
        seconds(plan.peace),
    )];
    lines.extend(plan.runners.iter().enumerate().map(|it| format!("runner {}: {:?}", it.0, it.1)));
    let push = |(index, Push { time, job, again }): (usize, &Push)| {
        let commit = &job.commit.as_str()[38..];
        format!(
            "push {index} at {}: commit {commit} of {}, {:?}, priority {}, labels {:?}, \
             time-out {:?}, told {again} times more",
            seconds(*time),
            job.repository,
            job.trust,
            job.priority,
            job.labels.to_string(),
            job.timeout,
        )
    };
    lines.extend(plan.pushes.iter().enumerate().map(push));
    lines.extend(
        plan.wishes.iter().map(|it| format!("wish at {}: {:?}", seconds(it.time), it.what)),
    );
    lines.extend(plan.faults.iter().map(|it| format!("fault at {}: {:?}", seconds(it.0), it.1)));
    lines.join("\n")
}
