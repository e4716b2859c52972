//! A work tree made for one run.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use jci_store::{CommitId, PathError, PendingRun, Store, remove_folder};

use crate::error::CommandError;

/// Makes a linked work tree of exactly this commit.
///
/// It does not lie inside `.git`: many tools treat all below a folder of that name as not theirs.
pub(super) fn create(
    store: &Store,
    run: &PendingRun<'_>,
    commit: &CommitId,
) -> Result<PathBuf, CommandError> {
    let path = folder().join(run.name().id.to_string()).join(repository_name(store));
    let failed = |what: &str| CommandError::failed(format!("{what} {}", path.display()));
    run.set_checkout(&path).map_err(|error| failed("failed to note").because(error))?;
    let parent = path.parent().unwrap_or(&path);
    fs::create_dir_all(parent).map_err(|error| failed("failed to create").because(error))?;
    let mut add = git(store.common_dir());
    add.args(["worktree", "add", "--quiet", "--detach", "--no-checkout"]);
    add.arg(&path).arg(commit.to_string());
    // Not left to the command above: it would go on to `git reset`, which for a moment locks all
    // packed refs, and killed at that moment for ever.
    let mut fill = git(path.join(".git"));
    fill.arg("--work-tree").arg(&path).current_dir(&path);
    fill.args(["read-tree", "--reset", "-u", "HEAD"]);
    for mut command in [add, fill] {
        // Should we be killed, the run lives on until git is done: nobody clears under its hands.
        let lifeline = run.lifeline().map_err(|error| failed("failed to note").because(error))?;
        let done = command.stdin(lifeline).output();
        let done =
            done.map_err(|error| CommandError::failed("failed to run git").because(error))?;
        if !done.status.success() {
            let said = String::from_utf8_lossy(&done.stderr).trim().to_owned();
            return Err(failed("failed to check out the commit to").because(said));
        }
    }
    Ok(path)
}

/// Removes the work tree of a run and git's notes on it, as far as there are any.
pub(crate) fn remove(common_dir: &Path, path: &Path) -> Result<(), PathError> {
    // Once for what a script left there, once more for the lock of a git that was killed.
    let command = ["worktree", "remove", "--force", "--force"];
    let removed = git(common_dir).args(command).arg(path).output();
    if !removed.is_ok_and(|output| output.status.success()) {
        remove_folder(path)?;
        forget(common_dir, path);
    }
    // The folder of the run id, and no more than that.
    let Some(parent) = path.parent() else { return Ok(()) };
    match fs::remove_dir(parent) {
        Err(source) if parent.exists() => {
            Err(PathError { action: "remove", path: parent.to_owned(), source })
        }
        _ => Ok(()),
    }
}

/// Removes git's notes on a work tree that git itself does not take for one, or could not remove.
fn forget(common_dir: &Path, path: &Path) {
    // From the run id on: git notes where symlinks lead, and may note it from elsewhere.
    let parts: Vec<_> = path.iter().rev().take(2).collect();
    let link = parts.into_iter().rev().collect::<PathBuf>().join(".git");
    for notes in fs::read_dir(common_dir.join("worktrees")).into_iter().flatten().flatten() {
        let noted = fs::read_to_string(notes.path().join("gitdir")).unwrap_or_default();
        if Path::new(noted.trim_end()).ends_with(&link) {
            let _ = fs::remove_dir_all(notes.path());
        }
    }
}

fn git(git_dir: impl AsRef<Path>) -> Command {
    let mut git = Command::new("git");
    for variable in super::job::REPOSITORY_VARIABLES {
        git.env_remove(variable);
    }
    // A post-checkout hook is for people who switch branches.
    git.arg("--git-dir").arg(git_dir.as_ref()).args(["-c", "core.hooksPath=/dev/null"]);
    git.stdin(Stdio::null());
    git
}

/// Where work trees of runs go: the user's cache, or the system's folder for temporary files.
fn folder() -> PathBuf {
    let absolute =
        |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    absolute("XDG_CACHE_HOME")
        .or_else(|| absolute("HOME").map(|home| home.join(".cache")))
        .unwrap_or_else(std::env::temp_dir)
        .join("jci")
        .join("checkouts")
}

/// Scripts print the name of their folder; it should be one that people know.
fn repository_name(store: &Store) -> PathBuf {
    let common = store.common_dir();
    let named = if common.file_name().is_some_and(|name| name == ".git") {
        common.parent().and_then(Path::file_name)
    } else {
        common.file_stem()
    };
    named.map_or_else(|| "repository".into(), PathBuf::from)
}
