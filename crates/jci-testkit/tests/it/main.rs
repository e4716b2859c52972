//! The forge that stands in for a real one, tried with real programs and with our own client.
#![expect(clippy::unwrap_used, reason = "what fails in the set-up of a test fails the test")]

mod api;
mod docker;
mod faults;
mod git;
mod noise;
mod openapi;
mod plain_http;
mod receiver;
mod schema;
mod site;
mod strict;
mod webhooks;
