//! Jobs between forge, queue and runners: what is asked for, and what is handed out.

mod offer;
mod result;
mod script;
mod submission;

pub(crate) use offer::{Reached, offer};
pub(crate) use result::{RunOnForge, settle};
pub(crate) use submission::{Asked, asked};
