//! Tests of `git jci` as people and scripts meet it: through the binary itself.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails, helpers included")]

mod bad_input;
mod cat;
mod clones;
mod closed_output;
mod completions;
mod cron;
mod diff;
mod doctor;
mod documented;
mod fixture;
mod get;
mod handover;
mod hooks;
mod init;
mod interleaved;
mod jci;
mod log;
mod ls;
mod man;
mod prune;
mod pull;
mod push;
mod run;
mod running;
mod show;
mod status;
mod stored_run;
mod survival;
mod terminal;
mod web;
