//! The repository: its formats, whether it can be written, and who signs for its runs.

use std::io;
use std::path::{Path, PathBuf};

use jci_store::Store;

use super::finding::{Findings, Level};
use crate::format;

/// Less room than this on the disk is worth a word.
const LITTLE_ROOM: u64 = 100 << 20;

/// Says how the repository keeps things, and what follows from that.
pub(super) fn repository(findings: &mut Findings, store: &Store) {
    const ABOUT: &str = "repository";
    let (objects, refs) = (store.object_format(), store.ref_format());
    let place = store.work_dir().unwrap_or_else(|| store.common_dir());
    findings.ok(ABOUT, format!("{}: {objects} objects, refs in {refs}", place.display()));
    let mut note = |says: String, todo: &[&str]| {
        findings.add(Level::Note, ABOUT, says, todo.iter().map(|it| (*it).to_owned()));
    };
    if store.work_dir().is_none() {
        note("it is bare".into(), &["name the commit to run: git jci run main"]);
    }
    let linked = linked_work_trees(&store.common_dir());
    if linked > 0 {
        let trees = format::count(linked, "linked work tree");
        note(format!("it has {trees}; all share the runs"), &[]);
    }
    if store.is_shallow() {
        note(
            "its history is shallow: prune counts no commit as gone, since it may only not have \
             been fetched"
                .into(),
            &["to get all of it: git fetch --unshallow"],
        );
    }
    if store.is_partial() {
        note(
            "it is a partial clone: prune counts no commit as gone, and small runs are not folded \
             into packs"
                .into(),
            &[],
        );
    }
    if store.config("extensions.preciousObjects").is_some_and(|value| value != "false") {
        note("its objects are precious: prune cannot free their space".into(), &[]);
    }
    if hides_runs(store) {
        note(
            "it hides runs from others, who can neither push nor pull them".into(),
            &["to change that: git config --unset-all transfer.hideRefs refs/jci-runs"],
        );
    }
}

fn linked_work_trees(common_dir: &Path) -> usize {
    std::fs::read_dir(common_dir.join("worktrees")).map_or(0, Iterator::count)
}

/// Tells whether refs of runs are hidden from those who fetch or push.
fn hides_runs(store: &Store) -> bool {
    let keys = ["transfer.hideRefs", "uploadpack.hideRefs", "receive.hideRefs"];
    let mut hidden = keys.iter().flat_map(|key| store.config_values(key));
    hidden.any(|value| value.trim_end_matches('/') == "refs/jci-runs" || value == "refs")
}

/// Tries to make files where runs are kept.
pub(super) fn writing(findings: &mut Findings, store: &Store) {
    const ABOUT: &str = "writing";
    let common = store.common_dir();
    if let Some((folder, error)) = unwritable(&common) {
        let says = format!("{} cannot be written: {error}", folder.display());
        let todo = [format!("see who owns it: ls -ld {}", folder.display())];
        return findings.add(Level::Problem, ABOUT, says, todo);
    }
    match rustix::fs::statvfs(&common) {
        Ok(disk) if disk.f_bavail * disk.f_frsize < LITTLE_ROOM => {
            let room = format::size(disk.f_bavail * disk.f_frsize);
            findings.add(
                Level::Warn,
                ABOUT,
                format!("{} can be written, but only {room} are free", common.display()),
                ["make room, for example by `git jci prune --older-than=30d`".to_owned()],
            );
        }
        _ => findings.ok(ABOUT, format!("{} can be written", common.display())),
    }
}

/// Finds the first folder that a run needs and in which no file can be made.
fn unwritable(common_dir: &Path) -> Option<(PathBuf, io::Error)> {
    let state = common_dir.join("jci");
    // The first run would make it, too.
    if let Err(error) = std::fs::create_dir_all(&state) {
        return Some((state, error));
    }
    let folders =
        [common_dir.to_owned(), state, common_dir.join("objects"), common_dir.join("refs")];
    folders.into_iter().find_map(|folder| {
        let error = tempfile::tempfile_in(&folder).err()?;
        Some((folder, error))
    })
}

/// Says who signs for runs.
pub(super) fn identity(findings: &mut Findings, store: &Store) {
    const ABOUT: &str = "identity";
    match store.identity() {
        Some(identity) => findings.ok(ABOUT, format!("runs are signed by {identity}")),
        None => findings.add(
            Level::Note,
            ABOUT,
            "git does not know who you are: runs are signed by jci <jci@localhost>",
            ["git config user.name 'Your Name'", "git config user.email you@example.com"]
                .map(ToOwned::to_owned),
        ),
    }
}
