//! What the commands share that talk to other repositories: git itself does the talking.

mod git_command;
mod porcelain;
mod push;
mod remote;

pub(crate) use git_command::GitCommand;
pub(crate) use porcelain::{FetchLine, Verdict};
pub(crate) use push::{Pushed, push};
pub(crate) use remote::{Direction, Listing, Remote, without_password};
