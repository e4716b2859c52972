//! wip
mod durable;
mod git;
mod ids;
mod refs;
mod store;
pub use durable::PathError;
pub use git::GitError;
pub use ids::{CommitId, ParseIdError, RunId, RunName};
pub use refs::RefError;
pub use store::{OpenError, ResolveError, Store};
