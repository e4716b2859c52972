//! Logs of jobs, byte for byte: at once, and as they grow.

mod completeness;
mod end;
mod events;
mod follow;
mod raw;
mod socket;
mod source;

use jci_coord::{AttemptId, AttemptNumber, Job};
use serde::Deserialize;

use crate::http::access::Access;
use crate::http::problem::Refusal;
use crate::http::route::Route;
pub(crate) use completeness::{Completeness, CompletenessError};
pub(crate) use source::Source;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/v1/jobs/{job}/log", Access::Viewer, raw::read),
        Route::get("/api/v1/jobs/{job}/log/events", Access::Viewer, events::follow),
        Route::get("/api/v1/jobs/{job}/log/socket", Access::Viewer, socket::follow),
    ]
}

/// Which log is asked for, and from where on.
#[derive(Debug, Deserialize)]
pub(crate) struct Place {
    attempt: Option<u32>,
    offset: Option<u64>,
}

impl Place {
    /// Finds the attempt whose log is asked for: by its number, or the newest, if there is one.
    pub(crate) fn attempt(&self, job: &Job) -> Result<Option<AttemptId>, Refusal> {
        let newest = job.attempt;
        let number = match self.attempt {
            None => newest,
            Some(asked) => {
                let known = AttemptNumber::new(asked).filter(|asked| Some(*asked) <= newest);
                Some(known.ok_or_else(|| Refusal::not_found("the job has no such attempt"))?)
            }
        };
        Ok(number.map(|number| AttemptId { job: job.id.clone(), number }))
    }

    /// Tells whether an attempt goes on no more.
    fn is_over(job: &Job, attempt: &AttemptId) -> bool {
        !job.state.is_live() || job.attempt != Some(attempt.number)
    }
}
