//! How patient and how generous the queue is.

use std::time::Duration;

/// Settings of a [`Coordinator`](crate::Coordinator).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// How long an attempt lives without being renewed.
    pub lease: Duration,
    /// How often a runner is asked to renew.
    pub renew_every: Duration,
    /// How many jobs may be assigned or running at once; `None` for any number.
    pub max_jobs: Option<u32>,
    /// How long a job may take that does not say so itself.
    pub timeout: Duration,
    /// How many attempts a job gets if runners are lost or report trouble of their own.
    pub max_attempts: u32,
    /// How long a job waits before its next attempt.
    pub job_backoff: Backoff,
    /// How long a status waits before it is sent again.
    pub status_backoff: Backoff,
    /// How long a row of the outbox, or a schedule that is due, belongs to the server that took it.
    pub claim: Duration,
    /// How long a runner may take to stop a cancelled job before the job is cancelled without it.
    pub cancel_grace: Duration,
    /// The time zone of schedules, such as `Europe/Berlin`; one that is not known is UTC.
    pub time_zone: String,
    /// How long things are remembered.
    pub retention: Retention,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            lease: Duration::from_secs(30),
            renew_every: Duration::from_secs(5),
            max_jobs: None,
            timeout: Duration::from_secs(60 * 60),
            max_attempts: 3,
            job_backoff: Backoff {
                first: Duration::from_secs(5),
                greatest: Duration::from_secs(5 * 60),
            },
            status_backoff: Backoff {
                first: Duration::from_secs(1),
                greatest: Duration::from_secs(30),
            },
            claim: Duration::from_secs(30),
            cancel_grace: Duration::from_secs(60),
            time_zone: "UTC".to_owned(),
            retention: Retention::default(),
        }
    }
}

/// Waits that double each time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// The first wait.
    pub first: Duration,
    /// The longest wait.
    pub greatest: Duration,
}

impl Backoff {
    /// Tells how long to wait after so many failures, of which there is at least one.
    #[must_use]
    pub fn after(&self, failures: u32) -> Duration {
        let doublings = failures.saturating_sub(1).min(31);
        self.first.saturating_mul(1 << doublings).min(self.greatest)
    }
}

/// How long things are remembered after they have ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retention {
    /// How long ended jobs are kept.
    pub jobs: Duration,
    /// How many ended jobs are kept, the newest; `None` for any number.
    pub job_count: Option<u64>,
    /// How long deliveries of webhooks are remembered, so that one that comes again starts nothing.
    pub deliveries: Duration,
    /// How long the audit log is kept.
    pub audit: Duration,
    /// How long a runner is listed that is not heard of.
    pub runners: Duration,
}

impl Default for Retention {
    fn default() -> Self {
        let days = |days: u64| Duration::from_secs(days * 24 * 60 * 60);
        Self {
            jobs: days(90),
            job_count: None,
            deliveries: days(7),
            audit: days(365),
            runners: days(7),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest() {
        let backoff = Settings::default().job_backoff;
        let waits: Vec<_> = (1..=8).map(|failures| backoff.after(failures).as_secs()).collect();
        assert_eq!(waits, [5, 10, 20, 40, 80, 160, 300, 300]);
        assert_eq!(backoff.after(u32::MAX).as_secs(), 300);
    }
}
