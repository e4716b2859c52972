//! Jobs between forge, queue and runners: what is asked for, and what is handed out.

mod allowed_images;
mod image;
mod offer;
mod over_git;
mod reason;
mod result;
mod run;
mod script;
mod submission;

pub(crate) use allowed_images::AllowedImages;
pub(crate) use image::{ImageError, image};
pub(crate) use offer::{Reached, offer};
pub(crate) use over_git::JobsOverGit;
pub(crate) use reason::sentence;
pub(crate) use result::settle;
pub(crate) use run::{FindRunError, RunOnForge, find_run};
pub(crate) use submission::{Asked, asked, tag};
