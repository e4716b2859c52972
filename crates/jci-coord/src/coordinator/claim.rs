//! A runner asks for work.

use std::fmt;
use std::time::Duration;

use ring::digest::{SHA256, digest};
use secrecy::{ExposeSecret as _, SecretString};

use super::retry::retry;
use super::{Coordinator, Work};
use crate::audit::{Action, Actor};
use crate::clock::{earlier, later};
use crate::ids::{AttemptId, AttemptNumber, RunnerId};
use crate::labels::Labels;
use crate::random::hex;
use crate::state::{Attempt, AttemptState, Event, Job, TokenHash};
use crate::store::{Runner, StoreError, Transaction};

/// A runner's request for work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Who asks.
    pub runner: RunnerId,
    /// What it has.
    pub labels: Labels,
    /// What it is running, for the new protocol. `None` is a runner of the old protocol, which
    /// sends no heartbeats: what it gets has no lease.
    pub running: Option<Vec<AttemptId>>,
    /// What the runner calls this request. If the answer is lost and it asks again with the same
    /// name, it gets the same attempt, with a new token.
    pub request: Option<String>,
}

/// The answer to a request for work.
#[derive(Debug)]
pub enum Claimed {
    /// Here is a job.
    Assigned(Box<Assignment>),
    /// There is nothing that this runner may do.
    Empty,
    /// As many jobs as may run at once do run.
    Full,
}

/// A job that a runner is to run.
pub struct Assignment {
    /// The job.
    pub job: Job,
    /// The attempt.
    pub attempt: Attempt,
    /// What proves that somebody acts for this attempt. It is kept nowhere but here.
    pub token: SecretString,
    /// How long the attempt lives without being renewed; `None` for a runner of the old protocol.
    pub lease: Option<Duration>,
    /// How often it is to be renewed.
    pub renew_every: Duration,
}

impl fmt::Debug for Assignment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Assignment").field("attempt", &self.attempt).finish_non_exhaustive()
    }
}

/// A runner that asks all the time is written down so often.
const SEEN_EVERY: Duration = Duration::from_secs(10);

impl Coordinator {
    /// Gives a runner the job that is its turn, if there is one.
    ///
    /// A higher priority comes first, then the repository with the fewest jobs assigned or running,
    /// then what was submitted first.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn claim(&self, claim: &Claim) -> Result<Claimed, StoreError> {
        // Runners ask far more often than there is work: to say that there is none nothing is
        // locked and nothing written.
        let mut tx = self.store.read().await?;
        if let Some(answer) = self.without_work(&mut *tx, claim).await? {
            let known = tx.runner(&claim.runner).await?;
            drop(tx);
            self.see(claim, known.as_ref()).await?;
            return Ok(answer);
        }
        drop(tx);
        retry(|| self.try_claim(claim)).await
    }

    /// Answers if there is nothing to give.
    async fn without_work(
        &self,
        tx: &mut dyn Transaction,
        claim: &Claim,
    ) -> Result<Option<Claimed>, StoreError> {
        if let Some(request) = &claim.request
            && tx.attempt_of_request(&claim.runner, request).await?.is_some()
        {
            return Ok(None);
        }
        if self.is_full(tx).await? {
            return Ok(Some(Claimed::Full));
        }
        let next = tx.next_job(&claim.labels).await?;
        Ok(if next.is_none() { Some(Claimed::Empty) } else { None })
    }

    async fn is_full(&self, tx: &mut dyn Transaction) -> Result<bool, StoreError> {
        match self.settings.max_jobs {
            Some(max) => Ok(tx.count_live_attempts().await? >= u64::from(max)),
            None => Ok(false),
        }
    }

    /// Writes down that a runner was here, if that is news.
    async fn see(&self, claim: &Claim, known: Option<&Runner>) -> Result<(), StoreError> {
        let now = self.now();
        let is_news = known.is_none_or(|known| {
            known.labels != claim.labels
                || known.seen < earlier(now, SEEN_EVERY)
                || known.seen > later(now, SEEN_EVERY)
        });
        if is_news {
            let mut work = self.begin().await?;
            work.tx.put_runner(&seen(claim, now)).await?;
            work.commit().await?;
        }
        Ok(())
    }

    async fn try_claim(&self, claim: &Claim) -> Result<Claimed, StoreError> {
        let mut work = self.begin().await?;
        if let Some(assignment) = self.again(&mut work, claim).await? {
            work.commit().await?;
            return Ok(Claimed::Assigned(Box::new(assignment)));
        }
        if self.is_full(&mut *work.tx).await? {
            return Ok(Claimed::Full);
        }
        let Some(job) = work.tx.next_job(&claim.labels).await? else {
            return Ok(Claimed::Empty);
        };
        let Some(assignment) = self.assign(&mut work, claim, &job).await? else {
            return Ok(Claimed::Empty);
        };
        let now = work.now;
        work.tx.put_runner(&seen(claim, now)).await?;
        work.commit().await?;
        self.see_attempt(&assignment.attempt);
        Ok(Claimed::Assigned(Box::new(assignment)))
    }

    /// Gives the same attempt to a runner that asks again because the answer was lost. The token
    /// that was lost with it is worth nothing from now on.
    async fn again(
        &self,
        work: &mut Work<'_>,
        claim: &Claim,
    ) -> Result<Option<Assignment>, StoreError> {
        let Some(request) = &claim.request else { return Ok(None) };
        let Some(found) = work.tx.attempt_of_request(&claim.runner, request).await? else {
            return Ok(None);
        };
        let Some(job) = work.tx.job(&found.id.job).await? else { return Ok(None) };
        let Some(mut attempt) = work.tx.attempt(&found.id).await? else { return Ok(None) };
        if !attempt.is_live() {
            return Ok(None);
        }
        let token = self.new_token();
        attempt.token = hash(&token);
        work.tx.update_attempt(&attempt).await?;
        Ok(Some(self.assignment(job, attempt, token)))
    }

    async fn assign(
        &self,
        work: &mut Work<'_>,
        claim: &Claim,
        job: &Job,
    ) -> Result<Option<Assignment>, StoreError> {
        let Ok(job) = work.step(job, &Event::Assigned).await? else { return Ok(None) };
        let token = self.new_token();
        let attempt = Attempt {
            id: AttemptId {
                job: job.id.clone(),
                number: job.attempt.unwrap_or(AttemptNumber::FIRST),
            },
            runner: claim.runner.clone(),
            state: AttemptState::Assigned,
            beat: claim.running.as_ref().map(|_| 0),
            cancel: false,
            request: claim.request.clone(),
            token: hash(&token),
            assigned: work.now,
            started: None,
            deadline: later(work.now, job.spec.timeout),
            ended: None,
            end: None,
        };
        work.tx.insert_attempt(&attempt).await?;
        let detail = format!("attempt {}", attempt.id.number);
        work.audit(&Actor::Runner(claim.runner.clone()), Action::Assigned, &job, detail).await?;
        Ok(Some(self.assignment(job, attempt, token)))
    }

    fn assignment(&self, job: Job, attempt: Attempt, token: SecretString) -> Assignment {
        let lease = attempt.beat.map(|_| self.settings.lease);
        Assignment { job, attempt, token, lease, renew_every: self.settings.renew_every }
    }

    /// Makes a token of 256 random bits.
    fn new_token(&self) -> SecretString {
        let mut bytes = [0; 32];
        self.random.fill(&mut bytes);
        SecretString::from(hex(&bytes))
    }
}

fn seen(claim: &Claim, now: jiff::Timestamp) -> Runner {
    Runner { id: claim.runner.clone(), labels: claim.labels.clone(), seen: now }
}

/// Returns what is kept of a token.
pub(super) fn hash(token: &SecretString) -> TokenHash {
    let digest = digest(&SHA256, token.expose_secret().as_bytes());
    let mut bytes = [0; 32];
    bytes.copy_from_slice(digest.as_ref());
    TokenHash(bytes)
}
