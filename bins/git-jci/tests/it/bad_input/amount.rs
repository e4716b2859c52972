//! Very many files, and a very large one: in little memory.

use std::path::{Path, PathBuf};

use jci_testkit::{Environment, Finished, Formats, TestRepo, thorough};

use super::assert_clean;
use crate::jci::BINARY;
use crate::stored_run::StoredRun;

/// What a program and all that it starts may take: 64 MiB of writable memory each.
///
/// Stricter than what they really touch: what was only reserved counts, too.
const LIMITED: &str = "ulimit -d 65536 && exec \"$0\" \"$@\"";

fn repo(environment: Environment, script: &str) -> TestRepo {
    let repo = TestRepo::in_environment(environment, Formats::Git2);
    repo.script(script);
    repo.commit("first");
    repo
}

/// Runs `git-jci` in little memory.
fn jci(repo: &TestRepo, arguments: &[&str]) -> Finished {
    let arguments = [&["-c", LIMITED, BINARY], arguments].concat();
    repo.run("sh", &arguments)
}

#[test]
fn there_is_a_limit_that_a_program_can_meet() {
    let repo = TestRepo::new();
    let hungry = "x=$(head -c 100M /dev/zero | tr '\\0' x)";
    let finished = repo.run("sh", &["-c", LIMITED, "bash", "-c", hungry]);
    assert_ne!(finished.code(), Some(0), "{finished:?}");
}

#[test]
fn a_hundred_thousand_files_are_stored_in_little_memory() {
    let script = "seq 100000 | split --lines=1 --suffix-length=6 - file-\n";
    let repo = repo(Environment::in_memory(), script);
    let _ = jci(&repo, &["run"]).success();
    let run = StoredRun::only(&repo);
    assert_eq!(run.artifacts().len(), 100_000);
    assert_eq!(run.text("file-aaaaaa"), "1\n");
    let shown = jci(&repo, &["show"]).success();
    assert!(shown.stdout().contains("\n100005 files, "), "{shown:?}");
    assert_clean(&repo);
}

/// Compares what is read of a file of the run of `HEAD` with a file on disk.
fn assert_reads_as(repo: &TestRepo, path: &str, expected: &Path) {
    let compare = format!("({LIMITED}) | cmp - '{}'", expected.display());
    let _ = repo.run("sh", &["-c", &compare, BINARY, "cat", path]).success();
}

/// Makes a file that holds nothing but zeros, and takes no room.
fn zeros(repo: &TestRepo, size: &str) -> PathBuf {
    let path = repo.environment.path("zeros");
    let _ = repo.run("truncate", &["--size", size, path.to_str().unwrap()]).success();
    path
}

/// Those of a thorough test have sizes and places in a pack that do not fit into 32 bits, and
/// places that do not fit into 31; they take a minute and 6 GiB of disk.
#[test]
fn large_files_are_stored_in_little_memory() {
    let (environment, large, random) = if thorough() {
        (Environment::new(), "4G", "2300M")
    } else {
        (Environment::in_memory(), "1G", "8M")
    };
    let script =
        format!("truncate --size={large} large; cp \"$HOME/random\" .; echo small > small\n");
    let repo = repo(environment, &script);
    let make = format!("head -c {random} /dev/urandom > \"$HOME/random\"");
    let _ = repo.run("sh", &["-c", &make]).success();
    let _ = jci(&repo, &["run"]).success();
    assert_eq!(StoredRun::only(&repo).artifacts(), ["large", "random", "small"]);
    assert_reads_as(&repo, "large", &zeros(&repo, large));
    assert_reads_as(&repo, "random", &repo.environment.path("home/random"));
    assert_eq!(StoredRun::only(&repo).text("small"), "small\n");
    if thorough() {
        repo.fsck();
    }
    repo.assert_no_remains();
}
