//! Scripted git repositories and the programs that tests run in them.
//!
//! Everything happens in a folder of its own with an environment of its own: no test sees the
//! configuration, the home or the crontab of the person who runs it, or another test.
//!
//! With the feature `forge` there is a forge for such a world too, in the place of a real Gitea;
//! with `docker` an image in which jobs can run, and a mark on what a test makes of containers;
//! with `browser` a Chromium that looks at pages.
//!
//! A test kit that cannot do its work panics: a missing tool fails the test by name, it never
//! skips it.

#[cfg(feature = "browser")]
pub mod browser;
mod crontab;
mod daemon;
mod disk;
#[cfg(feature = "docker")]
pub mod docker;
mod environment;
mod finished;
#[cfg(feature = "forge")]
pub mod forge;
mod network;
mod plumbing;
mod postgres;
mod programs;
mod remains;
mod repo;
mod strace;
mod thorough;
mod tools;
mod user;

pub use crontab::FakeCrontab;
pub use daemon::Daemon;
pub use disk::SmallDisk;
pub use environment::Environment;
pub use finished::Finished;
pub use network::ip;
pub use plumbing::{Facts, PlumbedRun};
pub use postgres::Postgres;
pub use programs::{program, static_git_jci};
pub use repo::{Formats, TestRepo};
pub use strace::{Call, Fault, Point, Strace};
pub use thorough::thorough;
pub use tools::require;
pub use user::OrdinaryUser;
