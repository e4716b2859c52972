//! The queue through its public interface, on every store that there is.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails, helpers included")]

mod clock;
mod conformance;
mod faults;
mod model;
mod names;
mod postgres;
mod simulation;
mod sqlite;
