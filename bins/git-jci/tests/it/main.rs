//! Tests of `git jci` as people and scripts meet it: through the binary itself.

mod completions;
mod cron;
mod handover;
mod hooks;
mod jci;
mod man;
