//! Tests of `git jci` as people and scripts meet it: through the binary itself.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails, helpers included")]

mod completions;
mod cron;
mod handover;
mod hooks;
mod init;
mod jci;
mod man;
mod run;
mod stored_run;
