//! Real git against the forge.

use std::process::Stdio;

use jci_testkit::forge::{Authorization, FakeForge, RepoSettings, Right};
use jci_testkit::{Formats, TestRepo};

use crate::site::Site;

#[test]
fn what_is_pushed_can_be_cloned_and_fetched() {
    let site = Site::new();
    let _ = site.push(&["main"]).success();
    assert_eq!(site.repository.refs()["refs/heads/main"], site.first);

    site.work.git(&["clone", "--quiet", &site.work.git(&["remote", "get-url", "origin"]), "copy"]);
    assert_eq!(site.work.git(&["-C", "copy", "rev-parse", "HEAD"]), site.first);
    site.work.write("file", "more\n");
    let second = site.work.commit("second");
    let _ = site.push(&["main"]).success();
    site.work.git(&["-C", "copy", "fetch", "--quiet"]);
    assert_eq!(site.work.git(&["-C", "copy", "rev-parse", "origin/main"]), second);
}

#[test]
fn requests_are_seen_without_their_token() {
    let site = Site::new();
    let _ = site.push(&["main"]).success();
    let seen = site.forge.requests();
    let kinds: Vec<_> = seen.iter().map(|seen| (seen.status, seen.authorization)).collect();
    let (none, basic) = (Authorization::None, Authorization::Basic);
    assert_eq!(kinds, [(Some(401), none), (Some(200), basic), (Some(200), basic)]);
    assert_eq!(seen[2].line(), "POST /team/site.git/git-receive-pack");
    assert!(!format!("{seen:?}").contains("70cec3e7"));
}

#[test]
fn every_way_to_keep_objects_is_served() {
    for formats in Formats::ALL {
        let forge = FakeForge::gitea();
        let site = forge.repository_with("team/site", RepoSettings::new().formats(formats));
        let token = forge.token("team", &["all"]);
        let work = TestRepo::with_formats(formats);
        let commit = work.commit("first");
        work.git(&["push", "--quiet", &site.url_with(&token), "main"]);
        assert_eq!(site.refs()["refs/heads/main"], commit, "{formats:?}");
    }
}

#[test]
fn refs_of_runs_are_taken_and_those_of_pull_requests_are_not() {
    let site = Site::new();
    let run = format!("refs/jci-runs/{}/1-a", site.first);
    let _ = site.push(&[&format!("HEAD:{run}")]).success();
    let refused = site.push(&["HEAD:refs/pull/1/head"]).exits(1);
    assert!(refused.stderr().contains("hook declined"), "{refused:?}");
    assert_eq!(site.repository.refs().keys().collect::<Vec<_>>(), [&run]);
    assert_eq!(site.repository.changed().len(), 1);
    let _ = site.push(&[&format!(":{run}")]).success();
    assert!(site.repository.refs().is_empty());
}

#[test]
fn a_commit_can_be_fetched_by_its_id_and_without_its_history() {
    let site = Site::new();
    site.work.commit("second");
    site.repository.seed(&site.work);
    let copy = TestRepo::new();
    let url = site.work.git(&["remote", "get-url", "origin"]);
    copy.git(&["fetch", "--quiet", "--depth=1", &url, &site.first]);
    assert_eq!(copy.git(&["rev-parse", "FETCH_HEAD"]), site.first);
}

#[test]
fn a_reader_is_told_by_a_hook_that_it_must_not_push() {
    let site = Site::with(FakeForge::gitea(), Right::Read);
    let refused = site.push(&["main"]).exits(1);
    assert!(refused.stderr().contains("User permission denied for writing."), "{refused:?}");
    assert!(site.repository.refs().is_empty());
}

#[test]
fn a_private_repository_is_not_there_for_others() {
    let site = Site::with(FakeForge::gitea(), Right::Read);
    site.forge.expect_refusals();
    let other = site.forge.token("ben", &["all"]);
    let list = |url: &str| site.work.run("git", &["ls-remote", url]).exits(128).stderr();
    assert!(list(&site.repository.url_with(&other)).contains("not found"));
    assert!(list(&site.repository.url_with("wrong")).contains("Authentication failed"));
    site.forge.revoke(&other);
    assert!(list(&site.repository.url_with(&other)).contains("Authentication failed"));
}

#[test]
fn a_public_repository_is_read_without_a_token() {
    let forge = FakeForge::gitea();
    let site = forge.repository_with("team/site", RepoSettings::new().public());
    let work = TestRepo::new();
    assert_eq!(work.git(&["ls-remote", &site.url()]), "");
    assert_eq!(forge.requests()[0].authorization, Authorization::None);
}

#[test]
fn a_forge_that_is_down_refuses_and_comes_back() {
    let site = Site::new();
    site.forge.go_down();
    let refused = site.push(&["main"]).exits(128);
    assert!(refused.stderr().contains("Failed to connect"), "{refused:?}");
    site.forge.come_back();
    let _ = site.push(&["main"]).success();
}

#[test]
fn a_large_push_comes_in_pieces_and_a_long_list_of_wishes_compressed() {
    let site = Site::new();
    for number in 0..40 {
        site.work.git(&["branch", &format!("topic-{number}"), "main"]);
        site.work.commit(&number.to_string());
    }
    site.work.write("noise", crate::noise::bytes(4 * 1024 * 1024));
    let commit = site.work.commit("noise");
    let push = ["-c", "http.postBuffer=65536", "push", "--quiet", "origin", "--all"];
    let _ = site.work.run("git", &push).success();
    assert_eq!(site.repository.refs()["refs/heads/main"], commit);

    site.work.git(&[
        "clone",
        "--quiet",
        "--bare",
        &site.work.git(&["remote", "get-url", "origin"]),
        "copy",
    ]);
    assert_eq!(site.work.git(&["-C", "copy", "rev-parse", "main"]), commit);
    let requests = site.forge.requests();
    let compressed =
        requests.iter().filter(|seen| seen.content_encoding.as_deref() == Some("gzip"));
    assert!(compressed.count() > 0, "{requests:?}");
    assert!(requests.iter().any(|seen| seen.git_protocol.as_deref() == Some("version=2")));
}

#[test]
fn a_push_that_still_writes_ends_with_the_forge() {
    let Site { forge, repository, work, .. } = Site::new();
    let folder = repository.path().ancestors().nth(3).unwrap().to_owned();
    let begun = work.environment.path("begun");
    let _ = work.run("mkfifo", &[&begun.to_string_lossy()]).success();
    // What is removed it makes again.
    let script = "#!/bin/sh\necho >\"$BEGUN\"\nwhile mkdir -p \"$PWD/folder\"; do :; done\n";
    let hook = script.replace("$BEGUN", &begun.to_string_lossy());
    std::fs::write(folder.join("hooks/pre-receive"), hook).unwrap();
    let mut push = work.environment.command("git", work.path());
    let mut push = push.args(["push", "origin", "main"]).stderr(Stdio::null()).spawn().unwrap();
    assert_eq!(std::fs::read_to_string(begun).unwrap(), "\n");
    drop((forge, repository));
    assert!(!push.wait().unwrap().success());
    assert!(!folder.exists(), "{} is still there", folder.display());
}
