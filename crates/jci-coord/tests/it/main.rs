//! The queue through its public interface, on every store that there is.

mod clock;
mod conformance;
mod faults;
mod model;
mod names;
mod postgres;
mod sqlite;
