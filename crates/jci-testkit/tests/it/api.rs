//! The API, asked by our own client, and by hand where that knows better.

use jci_forge::{
    FilePath, ForgeKind, GitRef, ObjectId, RefPart, RefsError, RepoName, State, StatusError,
};
use jci_testkit::forge::{FakeForge, RepoSettings, Right, SeenStatus};
use jci_testkit::{Formats, TestRepo};
use serde_json::{Value, json};

use crate::plain_http::{ask, get};
use crate::site::{BOTH, Site, client};

fn id(text: &str) -> ObjectId {
    ObjectId::new(text).unwrap()
}

#[tokio::test]
async fn forge_token_and_repository_are_described() {
    for (flavour, kind) in BOTH {
        let site = Site::with(FakeForge::start(flavour), Right::Write);
        let client = site.client(kind);
        let version = client.version().send().await.unwrap().unwrap();
        assert_eq!(version.is_forgejo(), kind == ForgeKind::Forgejo);
        client.check_token().send().await.unwrap();
        assert_eq!(client.current_user().send().await.unwrap().login.as_deref(), Some("ann"));
        let found = site.handle().get().send().await.unwrap();
        assert_eq!((found.id.0, found.clone_url), (site.repository.id(), site.repository.url()));
        let permissions = found.permissions.unwrap();
        assert_eq!((permissions.push, permissions.admin), (true, false));
    }
}

#[tokio::test]
async fn tokens_and_rights_are_heeded() {
    let site = Site::with(FakeForge::gitea(), Right::Read);
    site.forge.expect_refusals();
    site.repository.seed(&site.work);
    let set = async |token: &str| {
        let name = RepoName::parse("team/site").unwrap();
        let repository = client(&site.forge, ForgeKind::Gitea, token).repository(&name);
        let first = id(&site.first);
        let sent = repository.create_status(&first, State::Success, "jci").send().await;
        match sent.err() {
            Some(StatusError::Request(error)) => error.status().map(|status| status.as_u16()),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(set(&site.token).await, Some(403));
    assert_eq!(set(&site.forge.token("team", &["read:repository"])).await, Some(403));
    assert_eq!(set(&site.forge.token("ben", &["all"])).await, Some(404));
    site.forge.revoke(&site.token);
    assert_eq!(set(&site.token).await, Some(401));
    assert!(site.repository.statuses(&site.first).is_empty());
}

#[test]
fn a_forge_that_wants_everybody_to_sign_in_says_403_to_all_others() {
    let site = Site::new();
    site.forge.expect_refusals();
    assert_eq!(get(&site.forge, "/api/v1/version", "").status, 200);
    site.forge.require_sign_in();
    assert_eq!(get(&site.forge, "/api/v1/version", "").status, 403);
    assert_eq!(get(&site.forge, "/api/v1/version", &site.token).status, 200);
}

#[tokio::test]
async fn statuses_are_kept_in_order_and_listed_newest_first() {
    let site = Site::new();
    site.repository.seed(&site.work);
    let (repository, first) = (site.handle(), id(&site.first));
    for number in 0..60 {
        let context = format!("jci/{}", number % 2);
        let state = if number < 58 { State::Pending } else { State::Success };
        let status = repository.create_status(&first, state, &context);
        status.description(&number.to_string()).send().await.unwrap();
    }
    let listed = repository.statuses(&first).pages().all().await.unwrap();
    assert_eq!((listed.len(), listed[0].description.as_deref()), (60, Some("59")));
    let seen = site.repository.statuses(&site.first);
    assert_eq!((seen.len(), seen[0].description.as_str()), (60, "0"));
    let last = SeenStatus {
        context: "jci/1".to_owned(),
        state: "success".to_owned(),
        description: "59".to_owned(),
        target_url: String::new(),
    };
    assert_eq!(site.repository.last_statuses(&site.first)["jci/1"], last);
    let combined =
        get(&site.forge, &format!("/api/v1/repos/team/site/commits/{first}/status"), &site.token);
    let combined = combined.json();
    assert_eq!((&combined["state"], &combined["total_count"]), (&json!("success"), &json!(2)));
}

#[tokio::test]
async fn a_commit_that_is_not_there_is_an_error_inside_for_gitea_and_absent_for_forgejo() {
    for (flavour, kind, status) in BOTH
        .map(|(flavour, kind)| (flavour, kind, if kind == ForgeKind::Gitea { 500 } else { 404 }))
    {
        let site = Site::with(FakeForge::start(flavour), Right::Write);
        let absent = id(&"9".repeat(40));
        let repository = site.client(kind).repository(&RepoName::parse("team/site").unwrap());
        let sent = repository.create_status(&absent, State::Success, "jci").send().await;
        assert!(matches!(sent, Err(StatusError::UnknownCommit { .. })), "{sent:?}");
        assert_eq!(site.forge.requests()[0].status, Some(status));
    }
}

#[test]
fn any_short_word_is_a_state_and_an_unknown_one_is_pending_for_ever() {
    let site = Site::new();
    site.repository.seed(&site.work);
    let path = format!("/api/v1/repos/team/site/statuses/{}", site.first);
    let set = |state: &str| {
        let body = json!({"state": state}).to_string();
        ask(&site.forge, "POST", &path, &site.token, &body).unwrap()
    };
    let set_running = set("running");
    assert_eq!((set_running.status, &set_running.json()["status"]), (201, &json!("running")));
    let long = set("cancelled");
    assert_eq!((long.status, &long.json()["message"]), (500, &json!("")));
    let path = "/api/v1/repos/team/site/commits/main/status";
    assert_eq!(get(&site.forge, path, &site.token).json()["state"], "pending");
    // A short id has no statuses, though the commit has.
    let short = &site.first[..12];
    let path = format!("/api/v1/repos/team/site/statuses/{short}");
    assert_eq!(get(&site.forge, &path, &site.token).json(), json!([]));
}

#[tokio::test]
async fn refs_are_found_by_the_start_of_their_names() {
    let site = Site::new();
    site.repository.seed(&site.work);
    let list = |prefix: &str| {
        let path = format!("/api/v1/repos/team/site/git/refs/{prefix}");
        let reply = get(&site.forge, &path, &site.token);
        let refs = reply.json().as_array().cloned().unwrap_or_default();
        (reply.status, refs.iter().map(|found| found["ref"].clone()).collect::<Vec<Value>>())
    };
    for name in ["jci-runs/1/a", "jci-runs/10/b", "remotes/origin/main"] {
        site.repository.git(&["update-ref", &format!("refs/{name}"), &site.first]);
    }
    assert_eq!(list("heads/main"), (200, vec![json!("refs/heads/main")]));
    let both = vec![json!("refs/jci-runs/1/a"), json!("refs/jci-runs/10/b")];
    assert_eq!(list("jci-runs/1"), (200, both));
    assert_eq!(list("jci-runs/2"), (404, vec![]));
    assert_eq!(list("remotes"), (404, vec![]));

    let below = RefPart::new("jci-runs/1").unwrap();
    let found = site.handle().refs(&below).send().await.unwrap();
    assert_eq!(found.len(), 1);
    let main = GitRef::parse("refs/heads/main").unwrap();
    assert_eq!(site.handle().resolve(&main).send().await.unwrap(), Some(id(&site.first)));
    let other = client(&site.forge, ForgeKind::Gitea, &site.token);
    let other = other.repository(&RepoName::parse("team/other").unwrap());
    let error = other.refs(&below).send().await.unwrap_err();
    assert!(matches!(error, RefsError::Request(_)), "{error:?}");
}

#[tokio::test]
async fn trees_come_by_page_and_there_is_none_past_the_end() {
    let site = Site::new();
    for number in 0..5 {
        site.work.write(&format!("folder/{number}"), number.to_string());
    }
    let commit = site.work.commit("five");
    site.repository.seed(&site.work);
    let commit = id(&commit);
    let all = site.handle().tree(&commit).recursive().pages().all().await.unwrap();
    let paths: Vec<_> = all.iter().map(|entry| entry.path.as_str()).collect();
    assert_eq!(paths[..3], ["file", "folder", "folder/0"]);
    assert_eq!((all.len(), all[2].size), (7, Some(1)));

    let page = |page: usize| {
        let path = format!(
            "/api/v1/repos/team/site/git/trees/{commit}?recursive=1&per_page=4&page={page}"
        );
        get(&site.forge, &path, &site.token).json()
    };
    let (first, second, third) = (page(1), page(2), page(3));
    assert_eq!((&first["truncated"], &first["total_count"]), (&json!(true), &json!(7)));
    assert_eq!(
        (second["tree"].as_array().unwrap().len(), &second["truncated"]),
        (3, &json!(false))
    );
    assert_eq!(third["tree"], Value::Null);
    let wrong = "/api/v1/repos/team/site/git/trees/abcdef012345";
    assert_eq!(get(&site.forge, wrong, &site.token).status, 400);
}

#[tokio::test]
async fn contents_are_one_line_of_base64_or_null() {
    let site = Site::new();
    site.work.write(".jci/crontab", "0 3 * * * nightly\n".repeat(20));
    site.work.write("huge", vec![0; 10 * 1024 * 1024 + 1]);
    let commit = site.work.commit("contents");
    site.repository.seed(&site.work);
    let blob_of = |path: &str| site.work.git(&["rev-parse", &format!("HEAD:{path}")]);
    let repository = site.handle();
    let content = repository.blob(&id(&blob_of(".jci/crontab"))).send().await.unwrap();
    assert_eq!(content.len(), 18 * 20);
    let path = format!("/api/v1/repos/team/site/git/blobs/{}", blob_of("huge"));
    let huge = get(&site.forge, &path, &site.token).json();
    assert_eq!((&huge["content"], &huge["encoding"]), (&Value::Null, &Value::Null));
    let error = repository.blob(&id(&"9".repeat(40))).send().await.unwrap_err();
    assert_eq!(error.status().unwrap().as_u16(), 400);

    let path = FilePath::new(".jci/crontab").unwrap();
    assert_eq!(repository.file(&id(&commit), &path).send().await.unwrap().unwrap(), content);
    assert_eq!(repository.file(&id(&site.first), &path).send().await.unwrap(), None);
}

#[test]
fn a_name_that_gitea_does_not_know_reads_the_default_branch() {
    for ((flavour, _), status) in BOTH.into_iter().zip([200, 404]) {
        let site = Site::with(FakeForge::start(flavour), Right::Write);
        site.repository.seed(&site.work);
        let reply = get(
            &site.forge,
            "/api/v1/repos/team/site/raw/file?ref=refs/jci-runs/none",
            &site.token,
        );
        assert_eq!(reply.status, status, "{flavour:?}");
    }
}

#[test]
fn commits_are_described_or_absent_or_malformed() {
    let site = Site::new();
    site.repository.seed(&site.work);
    let commit = |name: &str| {
        let path = format!("/api/v1/repos/team/site/git/commits/{name}");
        get(&site.forge, &path, &site.token)
    };
    let found = commit(&site.first).json();
    assert_eq!((&found["sha"], &found["stats"]["total"]), (&json!(site.first), &json!(1)));
    assert_eq!(found["files"], json!([{"filename": "file", "status": "added"}]));
    assert_eq!((commit(&"9".repeat(40)).status, commit("main").status), (404, 422));
}

#[tokio::test]
async fn sha256_repositories_have_long_ids() {
    let forge = FakeForge::gitea();
    let settings = RepoSettings::new().formats(Formats::Sha256).default_branch("trunk");
    let repository = forge.repository_with("team/long", settings);
    let work = TestRepo::with_formats(Formats::Sha256);
    work.git(&["switch", "--quiet", "--create", "trunk"]);
    let commit = work.commit("first");
    repository.seed(&work);
    let token = forge.token("team", &["all"]);
    let handle = client(&forge, ForgeKind::Gitea, &token);
    let handle = handle.repository(&RepoName::parse("team/long").unwrap());
    handle.create_status(&id(&commit), State::Success, "jci").send().await.unwrap();
    assert_eq!(repository.statuses(&commit).len(), 1);
    let described = get(&forge, "/api/v1/repos/team/long", &token).json();
    assert_eq!(described["object_format_name"], "sha256");
    assert_eq!(described["default_branch"], "trunk");
}

#[test]
fn hooks_sleep_and_know_only_pushes_unless_told_otherwise_and_keep_their_secret() {
    let site = Site::with(FakeForge::gitea(), Right::Admin);
    let path = "/api/v1/repos/team/site/hooks";
    let config = json!({"url": "http://127.0.0.1:1/", "content_type": "json", "secret": "s3cret"});
    let body = json!({"type": "gitea", "config": config}).to_string();
    let made = ask(&site.forge, "POST", path, &site.token, &body).unwrap();
    assert_eq!(made.status, 201);
    let made = made.json();
    assert_eq!((&made["active"], &made["events"]), (&json!(false), &json!(["push"])));
    let listed = get(&site.forge, path, &site.token);
    assert!(!String::from_utf8_lossy(&listed.body).contains("s3cret"));
    assert_eq!(listed.json(), json!([made]));

    let broken = json!({"type": "gitea", "config": {"url": "x", "content_type": "xml"}});
    let broken = ask(&site.forge, "POST", path, &site.token, &broken.to_string()).unwrap();
    assert_eq!(broken.status, 422);
    let one = format!("{path}/{}", made["id"]);
    assert_eq!(ask(&site.forge, "DELETE", &one, &site.token, "").unwrap().status, 204);
    assert_eq!(get(&site.forge, &one, &site.token).status, 404);
}

#[test]
fn keys_are_checked_and_may_be_removed_twice() {
    let site = Site::with(FakeForge::gitea(), Right::Admin);
    let path = "/api/v1/repos/team/site/keys";
    // The start of every ed25519 key, and then zeros.
    let encoded = format!("AAAAC3NzaC1lZDI1NTE5AAAAI{}", "A".repeat(43));
    let key = format!("ssh-ed25519 {encoded} ann@example.org");
    let add = |title: &str, key: &str| {
        let body = json!({"title": title, "key": key, "read_only": true}).to_string();
        ask(&site.forge, "POST", path, &site.token, &body).unwrap()
    };
    let made = add("job", &key);
    assert_eq!(made.status, 201);
    assert_eq!((add("other", &key).status, add("job", "ssh-rsa AAAA").status), (422, 422));
    assert_eq!(site.repository.deploy_keys()[0].title, "job");
    let one = format!("{path}/{}", made.json()["id"]);
    for _ in 0..2 {
        assert_eq!(ask(&site.forge, "DELETE", &one, &site.token, "").unwrap().status, 204);
    }
    assert!(site.repository.deploy_keys().is_empty());
}

#[test]
fn a_token_of_gitea_can_look_at_itself_and_end_itself() {
    let site = Site::new();
    site.forge.expect_refusals();
    let token = site.forge.token("ann", &["read:repository"]);
    let own = get(&site.forge, "/api/v1/token", &token).json();
    assert_eq!(own["scopes"], json!(["read:repository"]));
    assert_eq!(ask(&site.forge, "DELETE", "/api/v1/token", &token, "").unwrap().status, 204);
    assert_eq!(get(&site.forge, "/api/v1/version", &token).status, 401);
}

#[test]
fn comments_go_to_pull_requests_and_elsewhere_is_an_error_inside() {
    let site = Site::new();
    site.work.git(&["branch", "topic"]);
    site.repository.seed(&site.work);
    let number = site.repository.open_pull("ann", &site.repository, "topic", "main");
    let comment = |number: u64| {
        let path = format!("/api/v1/repos/team/site/issues/{number}/comments");
        ask(&site.forge, "POST", &path, &site.token, r#"{"body": "it passed"}"#).unwrap().status
    };
    assert_eq!((comment(number), comment(7)), (201, 500));
    assert_eq!(site.repository.comments(number), ["it passed"]);
}
