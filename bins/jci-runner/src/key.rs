//! The name of an attempt, as this runner knows it.

use std::fmt;

use jci_proto::{AttemptName, JobOffer};

/// Names an attempt at a job. A server of the original counts no attempts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Key {
    /// The id of the job.
    pub(crate) job: String,
    /// The number of the attempt, if the server counts them.
    pub(crate) attempt: Option<u32>,
}

impl Key {
    /// Returns the name of the attempt that is offered.
    pub(crate) fn of(offer: &JobOffer) -> Self {
        let attempt = offer.lease.as_ref().map(|lease| lease.attempt);
        Self { job: offer.job_id.clone(), attempt }
    }

    /// Returns the name in the words of the server, if it counts attempts.
    pub(crate) fn name(&self) -> Option<AttemptName> {
        self.attempt.map(|attempt| AttemptName { job: self.job.clone(), attempt })
    }
}

impl From<AttemptName> for Key {
    fn from(name: AttemptName) -> Self {
        Self { job: name.job, attempt: Some(name.attempt) }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.attempt {
            Some(attempt) => write!(f, "{}-{attempt}", self.job),
            None => f.write_str(&self.job),
        }
    }
}
