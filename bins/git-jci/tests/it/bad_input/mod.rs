//! What should not be, and is: each gives one clear error or a run that says what was left out.
//!
//! Nothing is lost by it, and nothing is left behind in the work tree.

mod full_disk;
