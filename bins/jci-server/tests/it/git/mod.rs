//! Git through the server, as a job meets it.

mod job;
mod memory;
mod secrets;
