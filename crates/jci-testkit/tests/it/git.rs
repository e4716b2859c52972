//! Real git against the forge.

use jci_testkit::forge::{Authorization, FakeForge, ForgeRepo, RepoSettings, Right};
use jci_testkit::{Finished, Formats, TestRepo};

/// Makes a repository on the forge, and a work tree with one commit that pushes there as `login`.
fn site(forge: &FakeForge, login: &str, right: Right) -> (ForgeRepo, TestRepo) {
    let site = forge.repository("team/site");
    let token = forge.token(login, &["write:repository"]);
    site.grant(login, right);
    let work = TestRepo::new();
    work.write("file", "content\n");
    work.commit("first");
    work.git(&["remote", "add", "origin", &site.url_with(&token)]);
    (site, work)
}

fn push(work: &TestRepo, refspecs: &[&str]) -> Finished {
    work.run("git", &[&["push", "--quiet", "origin"], refspecs].concat())
}

#[test]
fn what_is_pushed_can_be_cloned_and_fetched() {
    let forge = FakeForge::gitea();
    let (site, work) = site(&forge, "ann", Right::Write);
    let first = work.git(&["rev-parse", "HEAD"]);
    let _ = push(&work, &["main"]).success();
    assert_eq!(site.refs()["refs/heads/main"], first);

    work.git(&["clone", "--quiet", &work.git(&["remote", "get-url", "origin"]), "copy"]);
    assert_eq!(work.git(&["-C", "copy", "rev-parse", "HEAD"]), first);
    work.write("file", "more\n");
    let second = work.commit("second");
    let _ = push(&work, &["main"]).success();
    work.git(&["-C", "copy", "fetch", "--quiet"]);
    assert_eq!(work.git(&["-C", "copy", "rev-parse", "origin/main"]), second);
}

#[test]
fn requests_are_seen_without_their_token() {
    let forge = FakeForge::gitea();
    let (_site, work) = site(&forge, "ann", Right::Write);
    let _ = push(&work, &["main"]).success();
    let seen = forge.requests();
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
    let forge = FakeForge::gitea();
    let (site, work) = site(&forge, "ann", Right::Write);
    let commit = work.git(&["rev-parse", "HEAD"]);
    let run = format!("refs/jci-runs/{commit}/1-a");
    let _ = push(&work, &[&format!("HEAD:{run}")]).success();
    let refused = push(&work, &["HEAD:refs/pull/1/head"]).exits(1);
    assert!(refused.stderr().contains("hook declined"), "{refused:?}");
    assert_eq!(site.refs().into_keys().collect::<Vec<_>>(), [run.clone()]);
    assert_eq!(site.changed().len(), 1);
    let _ = push(&work, &[&format!(":{run}")]).success();
    assert!(site.refs().is_empty());
}

#[test]
fn a_commit_can_be_fetched_by_its_id_and_without_its_history() {
    let forge = FakeForge::gitea();
    let (site, work) = site(&forge, "ann", Right::Write);
    let first = work.git(&["rev-parse", "HEAD"]);
    work.commit("second");
    site.seed(&work);
    let copy = TestRepo::new();
    let url = work.git(&["remote", "get-url", "origin"]);
    copy.git(&["fetch", "--quiet", "--depth=1", &url, &first]);
    assert_eq!(copy.git(&["rev-parse", "FETCH_HEAD"]), first);
}

#[test]
fn a_reader_is_told_by_a_hook_that_it_must_not_push() {
    let forge = FakeForge::gitea();
    let (site, work) = site(&forge, "ann", Right::Read);
    let refused = push(&work, &["main"]).exits(1);
    assert!(refused.stderr().contains("User permission denied for writing."), "{refused:?}");
    assert!(site.refs().is_empty());
}

#[test]
fn a_private_repository_is_not_there_for_others() {
    let forge = FakeForge::gitea();
    let (site, work) = site(&forge, "ann", Right::Read);
    forge.expect_refusals();
    let other = forge.token("ben", &["all"]);
    let list = |url: &str| work.run("git", &["ls-remote", url]).exits(128).stderr();
    assert!(list(&site.url_with(&other)).contains("not found"));
    assert!(list(&site.url_with("wrong")).contains("Authentication failed"));
    forge.revoke(&other);
    assert!(list(&site.url_with(&other)).contains("Authentication failed"));
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
    let forge = FakeForge::gitea();
    let (_site, work) = site(&forge, "ann", Right::Write);
    forge.go_down();
    let refused = push(&work, &["main"]).exits(128);
    assert!(refused.stderr().contains("Failed to connect"), "{refused:?}");
    forge.come_back();
    let _ = push(&work, &["main"]).success();
}

#[test]
#[should_panic(expected = "no such page: GET /team/site.git/HEAD")]
fn a_page_that_the_forge_does_not_have_fails_the_test_by_name() {
    let forge = FakeForge::gitea();
    let (site, work) = site(&forge, "ann", Right::Write);
    let _ = work.run("curl", &["--silent", &format!("{}/HEAD", site.url())]);
}
