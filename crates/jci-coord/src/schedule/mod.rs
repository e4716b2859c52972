//! `.jci/crontab`: when a repository wants to be run.

mod fields;
mod line;

pub use fields::FieldsError;
pub(crate) use fields::first_after;
pub(crate) use line::{Entry, parse};
pub use line::{LineError, LineProblem};
