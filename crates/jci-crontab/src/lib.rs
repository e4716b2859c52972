//! When a repository asks to be run: the lines of its `.jci/crontab`.
//!
//! A line has the five fields of crontab(5), or one of its `@` names, and behind them, if wanted,
//! `branch:NAME` and `name:NAME`.
//!
//! # Guarantees
//!
//! - What is read here every cron understands alike: Sunday is 0 and 7, and a day comes if either
//!   its number or its weekday fits, where both are given.
//! - A file is read whole or not at all; what is wrong is said with the number of its line.
//! - No branch that is read begins with `-` or is none that git would allow.
//!
//! # Limits
//!
//! - `@reboot` is read, and has no next time.
//! - Extensions of some crons, such as `L`, `#` and `5/15`, are refused.
//!
//! # Example
//!
//! ```
//! let entries = jci_crontab::parse(b"# every night\n30 2 * * 1-5 branch:main name:nightly\n")?;
//! assert_eq!(entries[0].name.as_deref(), Some("nightly"));
//!
//! let friday = "2026-01-02T12:00:00Z".parse()?;
//! let fields = entries[0].schedule.fields().unwrap_or_default();
//! let next = jci_crontab::first_after(fields, friday, "Europe/Berlin").unwrap();
//! assert_eq!(next.to_string(), "2026-01-05T02:30:00+01:00[Europe/Berlin]");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod line;
mod schedule;

pub use line::{Entry, LineError, LineProblem, parse};
pub use schedule::{Schedule, ScheduleError, first_after};
