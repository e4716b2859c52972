//! How a daemon of jci is configured, logs, and is asked to stop.
//!
//! A program defines its [`Setting`]s in a table, from which flags, variables, the keys of a file,
//! the help and the rows of its documentation follow: see [`Program::read`]. Secrets come as a
//! variable or in a file of their own, never as an argument. All that is wrong is said at once.
//!
//! [`Telling`] begins the program's own log, [`stop`] is the wish that it end, [`Signals`] what
//! brings it, and [`service`] speaks with systemd.

mod open_files;
mod report;
pub mod service;
mod settings;
mod signals;
pub mod stop;
mod telemetry;

pub use open_files::allow_many_open_files;
pub use report::{FAILED, OK, SETTINGS, chain, report_failure, report_settings};
pub use settings::{
    ConfigError, Fallback, Invocation, Kind, Origin, Program, Reader, Setting, value,
};
pub use signals::Signals;
pub use telemetry::{LogFormat, Telling};
