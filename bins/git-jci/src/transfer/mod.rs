//! What the commands share that talk to other repositories: git itself does the talking.

mod git_command;
mod porcelain;
mod remote;

pub(crate) use git_command::GitCommand;
pub(crate) use porcelain::{FetchLine, PushLine, Verdict, pass_on};
pub(crate) use remote::{Direction, Listing, Remote, without_password};
