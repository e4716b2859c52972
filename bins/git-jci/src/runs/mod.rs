//! What the commands that read runs share: finding the one that is meant, and reading it.

mod disk_usage;
mod kind;
mod paths;
mod read;
mod select;

pub(crate) use disk_usage::disk_usage;
pub(crate) use kind::kind;
pub(crate) use paths::{is_inside, no_such_path};
pub(crate) use read::{
    CopyError, POLL_INTERVAL, copy, ended, open, read_failed, result, subject, summary, unreadable,
};
pub(crate) use select::{any, any_soon, listing_failed, stored};
