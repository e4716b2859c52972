//! How times, sizes, names and states look to people, the same in every command.

mod amount;
mod status;
mod table;
mod text;
mod time;

pub(crate) use amount::{count, size};
pub(crate) use status::{exit_reason, note, status, status_style};
pub(crate) use table::{Cell, Table};
pub(crate) use text::{one_line, path};
pub(crate) use time::{age, day_and_minute, duration, moment};
