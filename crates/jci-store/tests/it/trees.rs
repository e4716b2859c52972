//! Arbitrary folders come back as they were, whichever way they are stored.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use jci_store::{FileKind, Run};
use jci_testkit::{Formats, thorough};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::embedder::{Embedder, entry, read};

/// Files that jci adds to a run.
const OWN: [&[u8]; 4] = [b"index.html", b"run.json", b"run.output.txt", b"status.txt"];

#[derive(Debug, Clone)]
enum Node {
    File { content: Vec<u8>, executable: bool },
    Symlink(Vec<u8>),
    Folder(BTreeMap<Vec<u8>, Node>),
}

/// What a run should hold: path, kind and content.
type Files = BTreeMap<Vec<u8>, (FileKind, Vec<u8>)>;

fn name() -> impl Strategy<Value = Vec<u8>> {
    let byte = any::<u8>().prop_filter("no name has these", |byte| !matches!(byte, 0 | b'/'));
    let odd = prop::collection::vec(byte, 1..20);
    let name = prop_oneof![3 => odd, 2 => "[a-c.~-]{1,3}".prop_map(String::into_bytes)];
    name.prop_filter("folders have these themselves", |name| name != b"." && name != b"..")
        // What git would take for its own is left out, which is not what is looked at here.
        .prop_filter("git's own", |name| !name.to_ascii_lowercase().windows(2).any(|w| w == b"gi"))
}

/// Contents that compress and that do not.
fn small() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        3 => prop::collection::vec(any::<u8>(), 0..100),
        1 => (0..5000usize).prop_map(|length| b"all work and no play\n".repeat(length / 21)),
        1 => prop::collection::vec(any::<u8>(), 4000..4200),
    ]
}

/// Contents small and large, with lengths about that from which on the store streams.
fn any_size() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        20 => small(),
        1 => ((1usize << 20) - 2..(1 << 20) + 3).prop_map(|length| vec![b'x'; length]),
    ]
}

fn leaf(content: impl Strategy<Value = Vec<u8>>) -> impl Strategy<Value = Node> {
    let file = (content, any::<bool>());
    prop_oneof![
        4 => file.prop_map(|(content, executable)| Node::File { content, executable }),
        1 => name().prop_map(Node::Symlink),
    ]
}

/// So few objects of so few bytes that a run keeps them loose.
fn few() -> impl Strategy<Value = BTreeMap<Vec<u8>, Node>> {
    let folder = prop::collection::btree_map(name(), leaf(small()), 0..2).prop_map(Node::Folder);
    prop::collection::btree_map(name(), prop_oneof![2 => leaf(small()), 1 => folder], 0..3)
}

/// So many objects that a run packs them.
fn many() -> impl Strategy<Value = BTreeMap<Vec<u8>, Node>> {
    let node = leaf(any_size()).prop_recursive(4, 24, 6, |inner| {
        prop::collection::btree_map(name(), inner, 0..6).prop_map(Node::Folder)
    });
    prop::collection::btree_map(name(), node, 13..20)
}

/// Writes a folder and notes what a run of it should hold.
fn write(folder: &Path, prefix: &[u8], nodes: &BTreeMap<Vec<u8>, Node>, expected: &mut Files) {
    for (name, node) in nodes {
        let path = folder.join(OsStr::from_bytes(name));
        let full = [prefix, name].concat();
        match node {
            Node::File { content, executable } => {
                fs::write(&path, content).unwrap();
                let mode = if *executable { 0o755 } else { 0o600 };
                fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
                let kind = if *executable { FileKind::Executable } else { FileKind::Regular };
                expected.insert(full, (kind, content.clone()));
            }
            Node::Symlink(target) => {
                symlink(OsStr::from_bytes(target), &path).unwrap();
                expected.insert(full, (FileKind::Symlink, target.clone()));
            }
            Node::Folder(inner) => {
                fs::create_dir(&path).unwrap();
                write(&path, &[&full, &b"/"[..]].concat(), inner, expected);
            }
        }
    }
}

/// Stores folders in one repository, whose objects they share, and reads them back.
///
/// Returns how many packs there are in the end.
fn folders_come_back(
    formats: Formats,
    folders: &impl Strategy<Value = BTreeMap<Vec<u8>, Node>>,
) -> usize {
    let it = Embedder::with_formats(formats);
    let cases = if thorough() { 500 } else { 16 };
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let result = TestRunner::new_with_rng(config, rng).run(folders, |nodes| {
        let folder = tempfile::tempdir_in(it.repo.environment.path("")).unwrap();
        let mut expected = Files::new();
        write(folder.path(), b"", &nodes, &mut expected);
        let stored = it.store(folder.path());
        prop_assert!(stored.record.left_out.is_empty(), "{:?}", stored.record.left_out);
        let entry = entry(&it.store, &stored);
        let run = Run::open(&it.store, &entry).unwrap();
        let mut found = Files::new();
        for file in run.files().unwrap() {
            if !OWN.contains(&&file.path[..]) {
                found.insert(file.path.clone(), (file.kind, read(&run, &file.path)));
            }
        }
        prop_assert!(found == expected, "{:?} is not {:?}", found.keys(), expected.keys());
        it.store.verify_run(&entry).unwrap();
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
    it.repo.fsck();
    let counted = it.repo.git(&["count-objects", "-v"]);
    let packs = counted.lines().find_map(|line| line.strip_prefix("packs: "));
    packs.unwrap().parse().unwrap()
}

#[test]
fn folders_that_are_stored_loose_come_back() {
    assert_eq!(folders_come_back(Formats::Git2, &few()), 0);
    assert_eq!(folders_come_back(Formats::Git3, &few()), 0);
}

#[test]
fn folders_that_are_packed_come_back() {
    assert!(folders_come_back(Formats::Git2, &many()) >= 16);
    assert!(folders_come_back(Formats::Git3, &many()) >= 16);
}
