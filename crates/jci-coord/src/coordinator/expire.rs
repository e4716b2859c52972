//! What time alone brings: lost leases, time-outs, and waits that are over.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use jiff::Timestamp;

use super::retry::retry;
use super::{Coordinator, Work};
use crate::audit::{Action, Actor};
use crate::clock::later;
use crate::ids::{AttemptId, JobId, StatusId};
use crate::state::{Attempt, AttemptEnd, Event, Job};
use crate::store::StoreError;
use crate::watch::Watch;

/// An attempt that time has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expired {
    /// The attempt.
    pub attempt: AttemptId,
    /// Why it ended.
    pub why: Why,
    /// Its job as it is now.
    pub job: Job,
}

/// Why time has ended an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// Its runner was not heard of for a lease.
    LeaseLost,
    /// It took longer than it may.
    OverTime,
    /// Its runner was told to stop it, and did not say so in time.
    CancelForced,
}

/// What this process has seen of attempts and claims, by its own monotonic clock.
pub(super) struct Sights {
    beats: Watch<AttemptId>,
    cancels: Watch<AttemptId>,
    deadlines: HashMap<AttemptId, Deadline>,
    pub(super) statuses: Watch<StatusId>,
    pub(super) schedules: Watch<(String, String)>,
}

/// When an attempt must have ended by the monotonic clock of this process.
#[derive(Debug, Clone, Copy)]
struct Deadline {
    written: Timestamp,
    due: Duration,
}

impl Sights {
    pub(super) fn new() -> Self {
        Self {
            beats: Watch::new(),
            cancels: Watch::new(),
            deadlines: HashMap::new(),
            statuses: Watch::new(),
            schedules: Watch::new(),
        }
    }

    /// Forgets attempts that are over.
    fn keep_attempts(&mut self, live: &[Attempt]) {
        let live: HashSet<_> = live.iter().map(|it| &it.id).collect();
        self.beats.keep(|id| live.contains(id));
        self.cancels.keep(|id| live.contains(id));
        self.deadlines.retain(|id, _| live.contains(id));
    }

    /// Tells by when an attempt must have ended.
    ///
    /// The time of day is asked once, when the attempt is first seen with this deadline, for what
    /// is left of its time; it can be no more than all of it. What happens to that clock later
    /// means nothing. It may have jumped before, or be another server's: an attempt that is
    /// renewed every `beat` is no older than its renewals say, whatever the time of day is.
    fn due(
        &mut self,
        attempt: &Attempt,
        beat: Duration,
        now: Timestamp,
        monotonic: Duration,
    ) -> Duration {
        let begin = attempt.started.unwrap_or(attempt.assigned);
        let all = between(begin, attempt.deadline);
        let by_beats = attempt.beat.map_or(Duration::ZERO, |beats| {
            all.saturating_sub(beat.saturating_mul(u32::try_from(beats).unwrap_or(u32::MAX)))
        });
        let left = between(now, attempt.deadline).min(all).max(by_beats);
        let fresh = Deadline { written: attempt.deadline, due: monotonic.saturating_add(left) };
        let known = self.deadlines.entry(attempt.id.clone()).or_insert(fresh);
        if known.written != fresh.written {
            *known = fresh;
        }
        known.due
    }
}

/// Returns the time from one moment to another, none if that is earlier.
fn between(from: Timestamp, to: Timestamp) -> Duration {
    Duration::try_from(to.duration_since(from)).unwrap_or(Duration::ZERO)
}

impl Coordinator {
    /// Ends attempts whose lease or time is over, and wakes jobs that have waited long enough. To
    /// be called every second or so, by every server.
    ///
    /// An attempt is lost when *this process* has not seen it renewed for a lease, through whatever
    /// server. So a server that was down gives everything one lease of grace, and no jump of the
    /// time of day ends anything.
    ///
    /// # Errors
    ///
    /// If the store fails; what has been done until then stays done, and the rest is found again.
    pub async fn expire(&self) -> Result<Vec<Expired>, StoreError> {
        let mut tx = self.store.read().await?;
        let live = tx.live_attempts().await?;
        let waiting = tx.waiting_jobs().await?;
        drop(tx);
        let mut expired = Vec::new();
        for (attempt, why) in self.overdue(&live) {
            if let Some(job) = retry(|| self.end(&attempt, why)).await? {
                expired.push(Expired { attempt: attempt.id, why, job });
            }
        }
        for job in waiting {
            retry(|| self.wake(&job)).await?;
        }
        Ok(expired)
    }

    /// Notes that an attempt was seen to live.
    pub(super) fn see_attempt(&self, attempt: &Attempt) {
        let monotonic = self.clock.monotonic();
        let now = self.now();
        let mut sights = self.sights();
        if let Some(beat) = attempt.beat {
            sights.beats.look(&attempt.id, beat, monotonic);
        }
        sights.due(attempt, self.settings.renew_every, now, monotonic);
    }

    /// Notes that attempts live, although the store cannot be told: a database that is locked for
    /// longer than a lease must not cost one.
    pub(super) fn excuse_attempts(&self, attempts: &[AttemptId]) {
        let monotonic = self.clock.monotonic();
        let mut sights = self.sights();
        attempts.iter().for_each(|id| sights.beats.excuse(id, monotonic));
    }

    /// Lists the attempts whose time is over, and why.
    fn overdue(&self, live: &[Attempt]) -> Vec<(Attempt, Why)> {
        let (now, monotonic) = (self.now(), self.clock.monotonic());
        let mut sights = self.sights();
        sights.keep_attempts(live);
        let mut overdue = Vec::new();
        for attempt in live {
            let silent = attempt
                .beat
                .map_or(Duration::ZERO, |beat| sights.beats.look(&attempt.id, beat, monotonic));
            let asked = sights.cancels.look(&attempt.id, attempt.cancel.into(), monotonic);
            // A runner that ends its job when the time is over gets a moment to say so.
            let due = sights.due(attempt, self.settings.renew_every, now, monotonic);
            let due = due.saturating_add(self.settings.lease);
            let why = if attempt.cancel && asked >= self.settings.cancel_grace {
                Why::CancelForced
            } else if monotonic >= due {
                Why::OverTime
            } else if silent >= self.settings.lease {
                Why::LeaseLost
            } else {
                continue;
            };
            overdue.push((attempt.clone(), why));
        }
        overdue
    }

    /// Ends an attempt, if nothing has happened to it since it was looked at.
    async fn end(&self, seen: &Attempt, why: Why) -> Result<Option<Job>, StoreError> {
        let mut work = self.begin().await?;
        let Some(job) = work.tx.job(&seen.id.job).await? else { return Ok(None) };
        let attempt = work.tx.attempt(&seen.id).await?;
        let Some(attempt) = attempt.filter(Attempt::is_live) else { return Ok(None) };
        let has_changed = match why {
            Why::LeaseLost => attempt.beat != seen.beat,
            Why::OverTime => attempt.deadline != seen.deadline,
            Why::CancelForced => false,
        };
        if has_changed {
            return Ok(None);
        }
        let after = end_attempt(&mut work, &job, attempt, why).await?;
        if after.is_some() {
            work.commit().await?;
        }
        Ok(after)
    }

    /// Lets a job have its next attempt if its wait is over. One that is longer than any wait can
    /// be comes from a time of day that has jumped back.
    async fn wake(&self, id: &JobId) -> Result<(), StoreError> {
        let mut work = self.begin().await?;
        let Some(job) = work.tx.job(id).await? else { return Ok(()) };
        let longest = later(work.now, self.settings.job_backoff.greatest);
        if job.not_before.is_some_and(|time| time <= work.now || time > longest)
            && work.step(&job, &Event::Due).await?.is_ok()
        {
            work.commit().await?;
        }
        Ok(())
    }
}

async fn end_attempt(
    work: &mut Work<'_>,
    job: &Job,
    mut attempt: Attempt,
    why: Why,
) -> Result<Option<Job>, StoreError> {
    let number = attempt.id.number;
    let (event, end, action) = match why {
        Why::LeaseLost => {
            (Event::LeaseLost { attempt: number }, AttemptEnd::LeaseLost, Action::LeaseLost)
        }
        Why::OverTime => {
            (Event::OverTime { attempt: number }, AttemptEnd::OverTime, Action::OverTime)
        }
        Why::CancelForced => (Event::CancelForced, AttemptEnd::Cancelled, Action::Cancelled),
    };
    let Ok(after) = work.step(job, &event).await? else { return Ok(None) };
    let detail = format!("attempt {number} by {}", attempt.runner);
    let now = work.now;
    attempt.end(end, now);
    work.tx.update_attempt(&attempt).await?;
    work.audit(&Actor::Server, action, &after, detail).await?;
    Ok(Some(after))
}
