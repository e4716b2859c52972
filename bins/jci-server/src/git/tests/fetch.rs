//! Clones and fetches, which pass as they are.

use jci_testkit::{Finished, Formats};

use super::place::{Place, TOKEN};
use crate::git::Limits;

#[test]
fn a_clone_has_all_and_keeps_no_token() {
    let place = Place::new();
    let work = place.clone(&[]);
    assert_eq!(place.in_clone(&["rev-parse", "HEAD"]).success().stdout().trim(), place.commit);
    assert_eq!(place.in_clone(&["tag"]).success().stdout(), "v1\n");
    let _ = place.in_clone(&["fsck", "--strict"]).success();
    let kept = std::fs::read_to_string(work.join(".git/config")).unwrap();
    assert!(kept.contains(&place.url()) && !kept.contains(TOKEN), "{kept}");
}

#[test]
fn every_version_of_the_protocol_passes() {
    for version in ["0", "1", "2"] {
        let place = Place::new();
        place.clone(&["--config", &format!("protocol.version={version}")]);
        let head = place.in_clone(&["rev-parse", "HEAD"]).success().stdout();
        assert_eq!(head.trim(), place.commit, "version {version}");
    }
}

#[test]
fn the_version_that_git_asks_for_is_the_one_that_the_forge_speaks() {
    for (version, spoken) in [("0", ""), ("1", "version 1"), ("2", "version 2")] {
        let place = Place::new();
        let mut git = place.git_in(
            &place.folder(),
            TOKEN,
            &["-c", &format!("protocol.version={version}"), "ls-remote", &place.url()],
        );
        let finished = Finished::of(git.env("GIT_TRACE_PACKET", "1")).success();
        let first = finished.stderr();
        assert_eq!(first.contains("< version "), !spoken.is_empty(), "{first}");
        assert!(first.contains(spoken), "{first}");
    }
}

#[test]
fn parts_of_a_history_can_be_fetched() {
    let place = Place::new();
    place.clone(&["--depth=1"]);
    assert_eq!(place.in_clone(&["rev-list", "--count", "HEAD"]).success().stdout(), "1\n");
    let _ = place.in_clone(&["fetch", "--quiet", "--unshallow"]).success();
    assert_eq!(place.in_clone(&["rev-list", "--count", "HEAD"]).success().stdout(), "2\n");
}

#[test]
fn a_commit_is_fetched_by_its_id() {
    let place = Place::new();
    let _ = place.git(&["init", "--quiet", "work"]).success();
    let (url, id) = (place.url(), place.commit.clone());
    let _ = place.in_clone(&["fetch", "--quiet", "--depth=1", &url, &id]).success();
    assert_eq!(place.in_clone(&["rev-parse", "FETCH_HEAD"]).success().stdout().trim(), id);
}

#[test]
fn a_long_request_is_compressed_and_passes() {
    let place = Place::new();
    // git compresses what is longer than a kilobyte: the ids of so many tags that it wants.
    for number in 0..40 {
        place.author.commit("one more");
        place.author.git(&["tag", &format!("t{number}")]);
    }
    place.repository.seed(&place.author);
    let mut git = place.git_in(&place.folder(), TOKEN, &["clone", &place.url(), "work"]);
    let said = Finished::of(git.env("GIT_TRACE_CURL", "1")).success().stderr();
    assert!(said.contains("Send header: Content-Encoding: gzip"), "{said}");
    assert_eq!(place.in_clone(&["tag"]).success().stdout().lines().count(), 41);
}

#[test]
fn sha_256_repositories_are_served_alike() {
    let place = Place::with(Formats::Sha256, Limits::default());
    place.clone(&[]);
    let head = place.in_clone(&["rev-parse", "HEAD"]).success().stdout();
    assert_eq!((head.trim(), head.trim().len()), (place.commit.as_str(), 64));
}

#[test]
fn only_what_git_needs_reaches_the_forge() {
    let place = Place::new();
    place.clone(&[]);
    for request in place.forge.requests() {
        let seen = format!("{request:?}");
        assert!(!seen.contains(TOKEN), "{seen}");
    }
    assert!(!place.forge.requests().is_empty());
}
