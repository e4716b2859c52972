//! What should not be, and is: each gives one clear error or a run that says what was left out.
//!
//! Nothing is lost by it, and nothing is left behind in the work tree.

use jci_testkit::TestRepo;

mod amount;
mod files;
mod full_disk;
mod locks;
mod permissions;
mod place;
mod remotes;
mod revision;
mod script;

/// Asserts that git sees nothing new in the work tree, and nothing wrong in the repository.
#[track_caller]
fn assert_clean(repo: &TestRepo) {
    assert_eq!(repo.git(&["status", "--porcelain"]), "");
    repo.assert_no_remains();
    repo.fsck();
}
