//! One run: begun, finished, read.

mod active;
mod begin;
mod commit;
mod dead;
mod finish;
mod list;
mod page;
mod pair;
mod read;
mod safe_path;
mod select;

pub use active::ActiveRun;
pub use begin::{BeginError, PendingRun, RunStart};
pub use dead::DeadRun;
pub use finish::{Ending, FinishError, FinishOptions, StoredRun, remove_folder};
pub use list::{RunEntry, RunSummary};
pub use pair::FilePair;
pub use read::{FileKind, Run, RunFile};
pub use safe_path::UnsafePath;
pub use select::{SelectError, SelectedRun};

/// The file that holds the status in one word.
pub(crate) const STATUS: &str = "status.txt";
/// The file that holds the output of the script.
pub(crate) const LOG: &str = "run.output.txt";
/// The file that holds what is known of the run.
pub(crate) const RECORD: &str = "run.json";
/// The file that holds the times of the output.
pub(crate) const TIMING: &str = "run.timing";
/// The page that shows the run by itself; the script may bring its own.
pub(crate) const PAGE: &str = "index.html";

/// Names at the root of a run that a script cannot use.
pub(crate) const RESERVED_NAMES: [&str; 4] = [STATUS, LOG, RECORD, TIMING];
