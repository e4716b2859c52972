//! Runs to look at: pages, logs as a terminal shows them, and the HTTP views behind them.

mod log;

pub use log::{Direction, Log, LogError, Query, Timing};
