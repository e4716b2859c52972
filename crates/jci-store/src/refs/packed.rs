//! Deleting many packed refs at once.
//!
//! git makes a lock file for each ref that it deletes, in a folder made for it: a hundred thousand
//! runs take it half a minute. Where all of them are packed, one lock and one new file are enough.
//!
//! What the lock of each ref keeps out cannot happen to runs: nobody gives a run that is there
//! another value. Whoever packs refs, or deletes packed ones, needs the lock that is held here.

use std::collections::HashMap;
use std::fs;
use std::io::Write as _;
use std::path::Path;

use gix::ObjectId;
use gix::lock::File as LockFile;
use gix::lock::acquire::Fail;

use super::files::lock_path;
use super::{LOCK_WAIT, RefError};
use crate::RunName;
use crate::durable::{sync_dir, sync_file};
use crate::git::{git, output};

/// For fewer than these, git is quick enough.
const MANY: usize = 100;

/// Deletes refs in one transaction, each only if it still points to the object named.
///
/// `Ok(false)` if that is for git to do, and nothing was done: there are few, some are not packed,
/// or somebody is to be told of each.
pub(super) fn delete(
    repo: &gix::Repository,
    runs: &[(RunName, ObjectId)],
) -> Result<bool, RefError> {
    if runs.len() < MANY || is_followed(repo) {
        return Ok(false);
    }
    output(git(repo.common_dir()).args(["-c", "core.fsync=committed", "pack-refs", "--all"]), b"")?;
    let packed = repo.common_dir().join("packed-refs");
    let wait = Fail::AfterDurationWithBackoff(LOCK_WAIT);
    let lock = LockFile::acquire_to_update_resource(&packed, wait, None, 0).map_err(|_| {
        RefError::Locked { ref_name: "packed-refs".into(), lock: lock_path(&packed) }
    })?;
    // With the lock in hand. What is a symlink git knows how to follow.
    let is_file = fs::symlink_metadata(&packed).is_ok_and(|metadata| metadata.is_file());
    if !is_file || runs.iter().any(|(name, _)| repo.common_dir().join(name.ref_name()).exists()) {
        return Ok(false);
    }
    let failed = |source: std::io::Error| RefError::Write {
        ref_name: "packed-refs".to_owned(),
        source: source.into(),
    };
    let old = fs::read(&packed).map_err(failed)?;
    let new = without(&old, runs)?;
    replace(lock, &packed, &new).map_err(failed)?;
    Ok(true)
}

/// Tells whether somebody besides `packed-refs` is to learn of each ref that goes.
fn is_followed(repo: &gix::Repository) -> bool {
    let common = repo.common_dir();
    // Other folders of hooks are not looked into: where they lie is git's to say.
    repo.config_snapshot().string("core.hooksPath").is_some()
        || common.join("hooks/reference-transaction").exists()
        || common.join("logs/refs/jci-runs").exists()
}

/// Copies the lines of `packed-refs` that do not tell of these runs.
fn without(packed: &[u8], runs: &[(RunName, ObjectId)]) -> Result<Vec<u8>, RefError> {
    let lines =
        runs.iter().map(|(name, target)| (name.ref_name().into_bytes(), target.to_string()));
    let mut going: HashMap<Vec<u8>, String> = lines.collect();
    let mut kept = Vec::with_capacity(packed.len());
    let mut is_kept = true;
    for line in packed.split_inclusive(|byte| *byte == b'\n') {
        // What a tag leads to stands in a line of its own below it and stays or goes with it.
        if !line.starts_with(b"^") {
            is_kept = !is_of(line, &mut going);
        }
        if is_kept {
            kept.extend_from_slice(line);
        }
    }
    match going.into_keys().next() {
        None => Ok(kept),
        Some(name) => {
            Err(RefError::Changed { ref_name: String::from_utf8_lossy(&name).into_owned() })
        }
    }
}

/// Tells whether a line, `<id> <name>`, is of a ref that goes; each goes once.
fn is_of(line: &[u8], going: &mut HashMap<Vec<u8>, String>) -> bool {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let Some(space) = line.iter().position(|byte| *byte == b' ') else { return false };
    let (id, name) = (&line[..space], &line[space + 1..]);
    if going.get(name).is_some_and(|expected| expected.as_bytes() == id) {
        going.remove(name);
        return true;
    }
    false
}

/// Puts new content in the place of the old; after a crash one of the two is there, whole.
fn replace(mut lock: LockFile, packed: &Path, content: &[u8]) -> std::io::Result<()> {
    lock.with_mut(|file| file.write_all(content))?;
    let path = lock_path(packed);
    fs::set_permissions(&path, fs::metadata(packed)?.permissions())?;
    sync_file(&path)?;
    lock.commit().map_err(|failed| failed.error)?;
    packed.parent().map_or(Ok(()), sync_dir)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use crate::{RefError, Store};
    use jci_testkit::{Finished, PlumbedRun, TestRepo};

    const RUNS: usize = 150;

    /// A repository with a packed tag and this many runs that are packed.
    fn repository() -> TestRepo {
        let repo = TestRepo::new();
        let commit = repo.commit("first");
        repo.git(&["tag", "-a", "-m", "a tag", "v1"]);
        let run = repo.plumb_run(&commit, &PlumbedRun::new("1767323000-ffff", "ok"));
        let target = repo.git(&["rev-parse", &run]);
        let refs = (1..RUNS).map(|n| format!("create refs/jci-runs/{commit}/{n}-00ab {target}\n"));
        let mut command = repo.environment.command("git", repo.path());
        command.args(["update-ref", "--stdin"]);
        let _ = Finished::fed(&mut command, refs.collect::<String>().as_bytes()).success();
        repo.git(&["pack-refs", "--all"]);
        repo
    }

    fn rest(repo: &TestRepo) -> Vec<String> {
        let refs = repo.git(&["for-each-ref", "--format=%(refname) %(*objectname)"]);
        refs.lines().map(|line| line.trim_end().to_owned()).collect()
    }

    #[test]
    fn many_go_at_once_and_all_else_stays() {
        let repo = repository();
        let store = Store::discover(repo.path()).unwrap();
        let runs = store.runs(None).unwrap();
        // One of them is loose: it is packed first.
        let loose = runs[3].name.ref_name();
        repo.git(&["update-ref", "-d", &loose]);
        repo.git(&["update-ref", &loose, &runs[3].object_id()]);
        let before = rest(&repo);
        store.delete_runs(&runs[1..]).unwrap();
        let kept = runs[0].name.ref_name();
        let expected: Vec<_> = before
            .into_iter()
            .filter(|line| !line.starts_with("refs/jci-runs/") || *line == kept)
            .collect();
        assert_eq!(rest(&repo), expected);
        assert!(expected.iter().any(|line| line.starts_with("refs/tags/v1 ")));
        assert!(!repo.path().join(".git/packed-refs.lock").exists());
        repo.fsck();
    }

    #[test]
    fn all_stay_if_one_is_not_as_it_was_listed() {
        let repo = repository();
        let store = Store::discover(repo.path()).unwrap();
        let runs = store.runs(None).unwrap();
        repo.git(&["update-ref", &runs[7].name.ref_name(), "HEAD"]);
        let before = rest(&repo);
        let result = store.delete_runs(&runs);
        let Err(RefError::Changed { ref_name }) = result else { panic!("{result:?}") };
        assert_eq!(ref_name, runs[7].name.ref_name());
        repo.git(&["update-ref", "-d", &ref_name]);
        assert!(matches!(store.delete_runs(&runs), Err(RefError::Changed { .. })));
        assert_eq!(rest(&repo).len(), before.len() - 1);
    }

    #[test]
    fn who_wants_to_be_told_is_told() {
        let repo = repository();
        repo.environment
            .install("hook", "#!/bin/sh\n[ $1 = committed ] && cat >> \"$GIT_DIR/told\"\nexit 0\n");
        let hook = repo.path().join(".git/hooks/reference-transaction");
        fs::create_dir_all(hook.parent().unwrap()).unwrap();
        fs::rename(repo.environment.path("bin/hook"), hook).unwrap();
        let store = Store::discover(repo.path()).unwrap();
        store.delete_runs(&store.runs(None).unwrap()).unwrap();
        assert_eq!(store.runs(None).unwrap(), []);
        let told = fs::read_to_string(repo.path().join(".git/told")).unwrap();
        assert!(told.lines().filter(|line| line.contains("refs/jci-runs/")).count() >= RUNS);
    }

    #[test]
    fn a_lock_of_somebody_else_is_named() {
        let repo = repository();
        let store = Store::discover(repo.path()).unwrap();
        let runs = store.runs(None).unwrap();
        repo.git(&["config", "core.packedRefsTimeout", "1"]);
        repo.write(".git/packed-refs.lock", "");
        let error = store.delete_runs(&runs).unwrap_err().to_string();
        assert!(error.contains("packed-refs.lock"), "{error}");
        assert_eq!(store.runs(None).unwrap().len(), RUNS);
    }
}
