//! The runner, as its users meet it: through the binary itself, with a real server, real git and a
//! real Docker Engine.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails, helpers included")]

mod compose;
mod end_to_end;
mod faults;
mod host;
mod jobs;
mod log_end;
mod original;
mod process;
mod registry;
mod restart;
mod stand_in;
mod startup;
mod stop;
mod world;
