//! The server, as its users meet it: through the binary itself, real git, and a forge that stands
//! in for a real one.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails, helpers included")]

mod client;
mod database;
mod faults;
mod follow;
mod git;
mod images;
mod job_page;
mod jobs;
mod limits;
mod log_end;
mod monitoring;
mod openapi;
mod original;
mod people;
mod postgres;
mod restart;
mod runner;
mod runners;
mod schedules;
mod schema;
mod send_push;
mod server;
mod settings;
mod survival;
mod terminal;
mod webhooks;
mod wire;
mod world;
