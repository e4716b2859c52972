//! The commits that runs belong to: branches, what leads to them, and what each commit says.

mod branches;
mod commit;
mod walk;

pub use branches::Branch;
pub use commit::Commit;
pub use walk::History;
