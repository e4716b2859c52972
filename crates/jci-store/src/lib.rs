//! wip
mod delete;
mod durable;
mod fold;
mod git;
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

pub use durable::PathError;
pub use git::GitError;
pub use ids::{CommitId, ParseIdError, RUNS_PREFIX, RunId, RunName};
pub use lock::ObjectsLock;
pub use object::WriteError;
pub use object::read::{FileReader, ReadError};
pub use record::{Host, LeftOut, RUN_SCHEMA, Reason, RunRecord, Status, Tool};
pub use refs::RefError;
pub use run::{
    ActiveRun, BeginError, DeadRun, Ending, FileKind, FinishError, FinishOptions, PendingRun, Run,
    RunEntry, RunFile, RunStart, RunSummary, SelectError, SelectedRun, StoredRun, UnsafePath,
};
pub use store::{OpenError, ResolveError, Store};
pub use timing::{Piece, TimingReader, TimingWriter};
