//! All kinds of repositories.

use std::fs;

use jci_store::{OpenError, Run, Store};
use jci_testkit::{Environment, Formats, TestRepo};

use crate::embedder::{Embedder, entry, read, store_folder};

#[test]
fn every_format_is_told_and_works() {
    for formats in Formats::ALL {
        let it = Embedder::with_formats(formats);
        let (objects, refs) = match formats {
            Formats::Git2 => ("sha1", "files"),
            Formats::Sha256 => ("sha256", "files"),
            Formats::Reftable => ("sha1", "reftable"),
            Formats::Git3 => ("sha256", "reftable"),
        };
        assert_eq!((it.store.object_format(), it.store.ref_format()), (objects, refs));
        let folder = it.folder("out");
        fs::write(folder.join("file"), "x").unwrap();
        let stored = it.store(&folder);
        let run = Run::open(&it.store, &entry(&it.store, &stored)).unwrap();
        assert_eq!(read(&run, b"file"), b"x");
        assert_eq!(it.repo.run_refs(), [stored.name.ref_name()]);
        it.repo.fsck();
    }
}

#[test]
fn a_bare_repository_needs_no_work_tree() {
    let it = Embedder::new();
    let bare = it.repo.environment.path("bare.git");
    it.repo.git(&["clone", "--quiet", "--bare", ".", bare.to_str().unwrap()]);
    let store = Store::discover(&bare).unwrap();
    assert_eq!((store.work_dir(), store.common_dir()), (None, bare.clone()));
    let stored = store_folder(&store, &it.commit, &it.folder("out"));
    assert_eq!(store.runs(None).unwrap(), [entry(&store, &stored)]);
    assert!(it.store.runs(None).unwrap().is_empty(), "each repository has its own");
}

#[test]
fn linked_work_trees_share_their_runs() {
    let it = Embedder::new();
    let linked = it.repo.environment.path("linked");
    it.repo.git(&["worktree", "add", "--quiet", "-b", "side", linked.to_str().unwrap()]);
    let store = Store::discover(&linked).unwrap();
    assert_eq!(store.branch().as_deref(), Some("side"));
    assert_eq!(store.common_dir(), it.store.common_dir());
    assert_ne!(store.git_dir(), it.store.git_dir());
    let stored = store_folder(&store, &it.commit, &it.folder("out"));
    assert_eq!(it.store.runs(None).unwrap(), [entry(&store, &stored)]);
    it.repo.fsck();
}

/// What the other repository has is not stored again, and read from there.
#[test]
fn objects_of_alternates_are_there_already() {
    let it = Embedder::new();
    let folder = it.folder("out");
    for number in 0..20 {
        fs::write(folder.join(number.to_string()), format!("equal {number}\n")).unwrap();
    }
    it.store(&folder);
    let shared = it.repo.environment.path("shared");
    it.repo.git(&["clone", "--quiet", "--shared", ".", shared.to_str().unwrap()]);
    let store = Store::discover(&shared).unwrap();
    let stored = store_folder(&store, &it.commit, &folder);
    let run = Run::open(&store, &entry(&store, &stored)).unwrap();
    assert_eq!(read(&run, b"7"), b"equal 7\n");
    store.verify_run(&entry(&store, &stored)).unwrap();
    let git = |arguments: &[&str]| it.repo.environment.run("git", arguments, &shared).success();
    let counted = git(&["count-objects", "-v"]).stdout();
    let number = |name: &str| -> u64 {
        let line = counted.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.parse().unwrap()
    };
    let own = number("count: ") + number("in-pack: ");
    assert!((1..=6).contains(&own), "the tree, the commit, and what tells of the run: {counted}");
    let _ = git(&["fsck", "--strict", "--no-dangling"]);
}

#[test]
fn equal_content_is_stored_once() {
    let it = Embedder::new();
    let folder = it.folder("out");
    for number in 0..50 {
        fs::write(folder.join(number.to_string()), "the same").unwrap();
    }
    it.store(&folder);
    let counted = it.repo.git(&["count-objects", "-v"]);
    let line = counted.lines().find_map(|line| line.strip_prefix("in-pack: ")).unwrap();
    // One for all fifty, four that jci adds, their tree and the commit.
    assert_eq!(line, "7", "{counted}");
    it.repo.fsck();
}

#[test]
fn where_there_is_no_repository_none_is_opened() {
    let environment = Environment::new();
    let error = Store::discover(&environment.path("home")).unwrap_err();
    assert!(matches!(error, OpenError::NotARepository { .. }), "{error:?}");
    let repo = TestRepo::with_formats(Formats::Reftable);
    repo.git(&["config", "extensions.refStorage", "stone-tablets"]);
    let error = Store::discover(repo.path()).unwrap_err();
    assert!(error.to_string().contains("stone-tablets"), "{error:?}");
}
