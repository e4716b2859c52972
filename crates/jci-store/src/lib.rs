//! CI runs as git objects and refs.
//!
//! A run is a commit without parents below `refs/jci-runs/<commit>/<run-id>`. Its tree holds the
//! status, the log, what is known of the run and every file that its script left. So a run travels
//! by push and pull, is read by plain git, and needs no service. `docs/run-format.md` in the
//! repository of jci describes each file.
//!
//! # Guarantees
//!
//! - A run is there whole or not at all, also after a `SIGKILL` or a power cut at any point:
//!   objects are on disk before the ref that leads to them, and both before [`PendingRun::finish`]
//!   returns.
//! - Nothing is lost: a run whose program died, or for which there was no room, is found by
//!   [`Store::dead_runs`] and stored by the next program that asks.
//! - A ref is only written if it is as expected: runs are immutable, and two at once never meet.
//! - `git fsck --strict` stays clean whatever a script leaves: what git would refuse is left out
//!   and named, see [`LeftOut`].
//! - Memory stays bounded whatever the size of a file; equal contents are stored once.
//!
//! # Limits
//!
//! - Empty folders are not kept, for git has none; hard links become separate files.
//! - A file whose path is longer than the system allows (4096 bytes on Linux) is left out and
//!   named.
//! - The list of the files of one run is in memory while it is stored, about 150 bytes each.
//! - Unix only for now.
//!
//! # Example
//!
//! Stores a folder as a run of `HEAD` and reads its log back:
//!
//! ```
//! use std::io::Read as _;
//! use jci_store::{Ending, FinishOptions, Run, RunStart, Status, Store, Tool};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let repo = jci_testkit::TestRepo::new();
//! # repo.commit("first");
//! # let (repository, folder) = (repo.path(), repo.environment.path("home"));
//! # std::fs::write(folder.join("report.txt"), "fine")?;
//! let store = Store::discover(repository)?;
//! let run = store.begin_run(&RunStart {
//!     commit: store.resolve_commit("HEAD")?,
//!     branch: store.branch(),
//!     dirty: false,
//!     trigger: "example".to_owned(),
//!     tool: Tool { name: "my-ci".to_owned(), version: "1.0".to_owned() },
//! })?;
//! std::fs::write(run.log_path(), "all is well\n")?;
//! run.set_output_dir(&folder)?;
//! let ending = Ending {
//!     status: Status::Ok,
//!     reason: None,
//!     exit_code: Some(0),
//!     signal: None,
//!     memory_limit: None,
//!     duration: jiff::SignedDuration::from_millis(1500),
//! };
//! let stored = run.finish(&ending, &FinishOptions::default())?;
//!
//! let entry = store.find_run(&stored.name)?.ok_or("the run is gone")?;
//! let run = Run::open(&store, &entry)?;
//! let mut log = String::new();
//! run.log()?.ok_or("no log")?.read_to_string(&mut log)?;
//! assert_eq!(log, "all is well\n");
//! assert!(run.find(b"report.txt")?.is_some());
//! # Ok(())
//! # }
//! ```

mod beside;
mod delete;
mod durable;
mod fold;
mod git;
mod history;
mod ids;
mod ingest;
mod lock;
mod message;
mod object;
mod record;
mod refs;
mod run;
mod store;
mod timing;
mod verify;
mod work_tree;

pub use durable::PathError;
pub use fold::FoldError;
pub use git::GitError;
pub use history::{Branch, Commit, History};
pub use ids::{CommitId, ParseIdError, RUNS_PREFIX, RunId, RunName};
pub use lock::ObjectsLock;
pub use object::WriteError;
pub use object::read::{FileReader, ReadError};
pub use record::{Host, LeftOut, RUN_SCHEMA, Reason, RunRecord, Status, Tool};
pub use refs::{RefError, RefsStamp};
pub use run::{
    ActiveRun, BeginError, DeadRun, Ending, FileKind, FilePair, FinishError, FinishOptions,
    PendingRun, Run, RunEntry, RunFile, RunStart, RunSummary, SelectError, SelectedRun, StoredRun,
    UnsafePath, remove_folder,
};
pub use store::{OpenError, ResolveError, Store};
pub use timing::{Piece, TimingDecoder, TimingReader, TimingWriter};
