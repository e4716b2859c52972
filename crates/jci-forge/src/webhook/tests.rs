use http::HeaderValue;
use serde_json::{Value, json};

use super::*;
use crate::ids::{InstallationId, RepoId, UserId};

const OLD: &str = "1111111111111111111111111111111111111111";
const NEW: &str = "2222222222222222222222222222222222222222";
const TAG: &str = "3333333333333333333333333333333333333333";
const ZERO: &str = "0000000000000000000000000000000000000000";

fn headers(forge: ForgeKind, event: &str) -> HeaderMap {
    let (name, id) = match forge {
        ForgeKind::Gitea => ("x-gitea-event", "x-gitea-delivery"),
        ForgeKind::Forgejo => ("x-forgejo-event", "x-forgejo-delivery"),
        ForgeKind::GitHub => ("x-github-event", "x-github-delivery"),
        ForgeKind::GitLab => ("x-gitlab-event", "x-gitlab-event-uuid"),
    };
    let mut headers = HeaderMap::new();
    headers.insert(name, HeaderValue::from_str(event).unwrap());
    headers.insert(id, HeaderValue::from_static("d-1"));
    headers
}

fn read(forge: ForgeKind, event: &str, body: &Value) -> Result<Delivery, ParseError> {
    parse(forge, &headers(forge, event), body.to_string().as_bytes())
}

fn push_of(forge: ForgeKind, event: &str, body: &Value) -> Push {
    match read(forge, event, body).unwrap().event {
        Event::Push(push) => push,
        other => panic!("no push: {other:?}"),
    }
}

fn pull_of(forge: ForgeKind, event: &str, body: &Value) -> PullRequest {
    match read(forge, event, body).unwrap().event {
        Event::PullRequest(pull) => *pull,
        other => panic!("no pull request: {other:?}"),
    }
}

fn repository() -> Value {
    json!({"id": 6, "full_name": "team/site", "name": "site", "default_branch": "main",
           "owner": {"id": 2, "login": "team"}, "created_at": 1_700_000_000, "private": true})
}

fn user(id: u64, login: &str) -> Value {
    json!({"id": id, "login": login, "username": login, "full_name": ""})
}

/// A push as Gitea, Forgejo and GitHub send it.
fn push(reference: &str, before: &str, after: &str) -> Value {
    json!({"ref": reference, "before": before, "after": after, "commits": [], "total_commits": 9,
           "head_commit": {"id": NEW, "message": "news\n", "timestamp": "2026-01-01T00:00:00Z"},
           "repository": repository(), "pusher": user(3, "ann"), "sender": user(4, "ben")})
}

fn pull(action: &str) -> Value {
    json!({"action": action, "number": 12, "repository": repository(), "sender": user(4, "ben"),
           "pull_request": {"user": user(3, "ann"), "merged": false, "title": "t",
               "head": {"ref": "topic", "sha": NEW, "repo": {"id": 7}},
               "base": {"ref": "main", "sha": OLD, "repo": {"id": 6}}}})
}

fn error_of(forge: ForgeKind, event: &str, body: &[u8]) -> String {
    match parse(forge, &headers(forge, event), body).unwrap_err() {
        ParseError::Body { event, path, source } => format!("{event}: at {path}: {source}"),
        other @ ParseError::Header { .. } => panic!("{other}"),
    }
}

#[test]
fn a_push_to_a_branch_is_read_alike_from_three_forges() {
    for forge in [ForgeKind::Gitea, ForgeKind::Forgejo, ForgeKind::GitHub] {
        let body = push("refs/heads/main", OLD, NEW);
        let delivery = read(forge, "push", &body).unwrap();
        assert_eq!((delivery.forge, delivery.id.as_str()), (forge, "d-1"));
        let push = push_of(forge, "push", &body);
        assert_eq!(push.repository.id, RepoId(6));
        assert_eq!(push.repository.name.to_string(), "team/site");
        assert_eq!(push.repository.default_branch.as_deref(), Some("main"));
        assert_eq!(push.reference.branch(), Some("main"));
        assert_eq!(push.change(), Change::Updated);
        assert_eq!(push.commit().unwrap().as_str(), NEW);
        assert_eq!(push.pusher, Account { id: Some(UserId(3)), login: Some("ann".to_owned()) });
        assert_eq!(push.sender.id, Some(UserId(4)));
    }
}

#[test]
fn zeros_say_that_a_ref_is_new_or_gone() {
    let long = ["0".repeat(64), "2".repeat(64)];
    for (zero, id) in [(ZERO, NEW), (&long[0], &long[1])] {
        let new = push_of(ForgeKind::GitHub, "push", &push("refs/heads/a", zero, id));
        assert_eq!((new.change(), new.before.is_none()), (Change::Created, true));
        let mut gone = push("refs/heads/a", id, zero);
        gone["head_commit"] = Value::Null;
        let gone = push_of(ForgeKind::GitHub, "push", &gone);
        assert_eq!((gone.change(), gone.commit()), (Change::Deleted, None));
    }
}

#[test]
fn gitea_deletes_a_tag_with_a_push_and_a_branch_without() {
    for before in [TAG, ZERO] {
        let mut body = push("refs/tags/v1", before, ZERO);
        body["head_commit"] = Value::Null;
        assert_eq!(push_of(ForgeKind::Gitea, "push", &body).change(), Change::Deleted);
    }

    for (kind, full) in [("branch", "refs/heads/old/one"), ("tag", "refs/tags/old/one")] {
        let body = json!({"ref": "old/one", "ref_type": kind, "pusher_type": "user",
                          "repository": repository(), "sender": user(4, "ben")});
        match read(ForgeKind::Gitea, "delete", &body).unwrap().event {
            Event::RefDeleted(deleted) => assert_eq!(deleted.reference.to_string(), full),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn an_annotated_tag_leads_to_its_commit() {
    let push = push_of(ForgeKind::Gitea, "push", &push("refs/tags/v1", ZERO, TAG));
    assert_eq!(push.after.as_ref().unwrap().as_str(), TAG);
    assert_eq!(push.commit().unwrap().as_str(), NEW);

    let push = push_of(ForgeKind::GitLab, "Tag Push Hook", &gitlab_push("refs/tags/v1", TAG));
    assert_eq!(push.after.as_ref().unwrap().as_str(), TAG);
    assert_eq!(push.commit().unwrap().as_str(), NEW);
}

#[test]
fn refs_of_runs_are_nothing_to_build() {
    let body = push("refs/jci-runs/2222/1-a", ZERO, NEW);
    assert_eq!(push_of(ForgeKind::Gitea, "push", &body).commit(), None);
}

#[test]
fn github_names_the_pusher_without_a_number() {
    let mut body = push("refs/heads/main", OLD, NEW);
    body["pusher"] = json!({"name": "ann", "email": "ann@example.org"});
    body["installation"] = json!({"id": 55});
    let push = push_of(ForgeKind::GitHub, "push", &body);
    assert_eq!(push.pusher, Account { id: None, login: Some("ann".to_owned()) });
    assert_eq!(push.installation, Some(InstallationId(55)));
}

#[test]
fn new_commits_of_a_pull_request_have_three_names() {
    let action = |forge, event, body: &Value| pull_of(forge, event, body).action;
    let (gitea, github) = (ForgeKind::Gitea, ForgeKind::GitHub);
    assert_eq!(action(gitea, "pull_request", &pull("synchronized")), Action::Synchronized);
    assert_eq!(action(github, "pull_request", &pull("synchronize")), Action::Synchronized);
    let other = Action::Other("synchronize".to_owned());
    assert_eq!(action(gitea, "pull_request", &pull("synchronize")), other);

    let (gitlab, event) = (ForgeKind::GitLab, "Merge Request Hook");
    let mut body = merge_request("update");
    assert_eq!(action(gitlab, event, &body), Action::Edited);
    body["object_attributes"]["oldrev"] = OLD.into();
    assert_eq!(action(gitlab, event, &body), Action::Synchronized);
}

#[test]
fn trust_comes_from_the_head_and_the_author() {
    let mut body = pull("opened");
    let fork = pull_of(ForgeKind::Forgejo, "pull_request", &body);
    assert_eq!((fork.origin(), fork.number), (Origin::Fork, 12));
    assert_eq!(fork.head_commit.as_str(), NEW);
    assert_eq!((fork.author.id, fork.sender.id), (Some(UserId(3)), Some(UserId(4))));
    body["pull_request"]["head"]["repo"]["id"] = 6.into();
    let own = pull_of(ForgeKind::Forgejo, "pull_request", &body);
    assert_eq!(own.origin(), Origin::SameRepository);
    for gone in [Value::Null, json!(null)] {
        body["pull_request"]["head"]["repo"] = gone;
        let gone = pull_of(ForgeKind::GitHub, "pull_request", &body);
        assert_eq!(gone.origin(), Origin::Unknown);
    }
    body["pull_request"]["base"].as_object_mut().unwrap().remove("repo");
    body["pull_request"]["head"].as_object_mut().unwrap().remove("repo");
    assert_eq!(pull_of(ForgeKind::Gitea, "pull_request", &body).origin(), Origin::Unknown);
}

#[test]
fn actions_of_pull_requests_are_told_apart() {
    let action = |body: &Value| pull_of(ForgeKind::Gitea, "pull_request", body).action;
    assert_eq!(action(&pull("opened")), Action::Opened);
    assert_eq!(action(&pull("reopened")), Action::Reopened);
    assert_eq!(action(&pull("closed")), Action::Closed { merged: false });
    let mut merged = pull("closed");
    merged["pull_request"]["merged"] = true.into();
    assert_eq!(action(&merged), Action::Closed { merged: true });
    assert_eq!(action(&pull("label_updated")), Action::Other("label_updated".to_owned()));
}

fn gitlab_project() -> Value {
    json!({"id": 6, "path_with_namespace": "group/sub/site", "default_branch": "main"})
}

fn gitlab_push(reference: &str, after: &str) -> Value {
    json!({"object_kind": "push", "ref": reference, "before": ZERO, "after": after,
           "checkout_sha": NEW, "user_id": 3, "user_username": "ann", "project_id": 6,
           "project": gitlab_project(), "commits": [{"id": NEW, "message": "news"}]})
}

fn merge_request(action: &str) -> Value {
    json!({"object_kind": "merge_request", "user": {"id": 4, "username": "ben"},
           "project": gitlab_project(), "object_attributes": {
               "iid": 12, "action": action, "author_id": 3, "source_project_id": 7,
               "target_project_id": 6, "source_branch": "topic", "target_branch": "main",
               "last_commit": {"id": NEW, "message": "news"}}})
}

#[test]
fn gitlab_is_read() {
    let push = push_of(ForgeKind::GitLab, "Push Hook", &gitlab_push("refs/heads/main", NEW));
    assert_eq!(push.repository.name.owner(), "group/sub");
    assert_eq!(push.change(), Change::Created);
    assert_eq!(push.head_commit.unwrap().message.as_deref(), Some("news"));
    assert_eq!(push.pusher.login.as_deref(), Some("ann"));

    let mut gone = gitlab_push("refs/heads/main", ZERO);
    gone["checkout_sha"] = Value::Null;
    let gone = push_of(ForgeKind::GitLab, "Push Hook", &gone);
    assert_eq!((gone.change(), gone.commit()), (Change::Deleted, None));

    let pull = pull_of(ForgeKind::GitLab, "Merge Request Hook", &merge_request("open"));
    assert_eq!((pull.action.clone(), pull.origin()), (Action::Opened, Origin::Fork));
    assert_eq!(pull.author, Account { id: Some(UserId(3)), login: None });
    assert_eq!(pull.sender.login.as_deref(), Some("ben"));
    let merged = pull_of(ForgeKind::GitLab, "Merge Request Hook", &merge_request("merge"));
    assert_eq!(merged.action, Action::Closed { merged: true });
}

#[test]
fn installations_are_read() {
    let body = json!({"action": "created", "installation": {"id": 55, "account": user(3, "ann")}});
    match read(ForgeKind::GitHub, "installation", &body).unwrap().event {
        Event::Installation(found) => {
            assert_eq!((found.id, found.action.as_str()), (InstallationId(55), "created"));
            assert_eq!(found.account.login.as_deref(), Some("ann"));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn other_events_are_kept_by_name_whatever_is_in_them() {
    for (forge, name) in [
        (ForgeKind::Gitea, "create"),
        (ForgeKind::Forgejo, "action_run_success"),
        (ForgeKind::GitHub, "check_run"),
        (ForgeKind::GitLab, "Pipeline Hook"),
    ] {
        let delivery = read(forge, name, &json!([1, 2])).unwrap();
        assert_eq!((delivery.name.as_str(), delivery.event), (name, Event::Unknown));
    }
    assert_eq!(read(ForgeKind::GitHub, "ping", &json!({})).unwrap().event, Event::Ping);
}

#[test]
fn what_is_wrong_is_named_by_its_path() {
    let error = |path: &str, value: Value| {
        let mut body = push("refs/heads/main", OLD, NEW);
        *body.pointer_mut(path).unwrap() = value;
        error_of(ForgeKind::Gitea, "push", body.to_string().as_bytes())
    };
    let found = error("/repository/id", json!("six"));
    assert!(found.starts_with("push: at repository.id: invalid type: string \"six\""), "{found}");
    let found = error("/repository/full_name", json!("team/../x"));
    assert!(found.starts_with("push: at repository.full_name: \"team/..\" is not"), "{found}");
    let found = error("/after", json!("--upload-pack=sh"));
    assert!(found.starts_with("push: at after: \"--upload-pack=sh\" is not an id"), "{found}");
    let found = error("/head_commit/id", json!("22"));
    assert!(found.starts_with("push: at head_commit.id: \"22\" is not an id of 40"), "{found}");
    for name in ["refs/heads/-x", "refs/heads/a\nb", "-x", "refs/heads/a..b", "main"] {
        let found = error("/ref", json!(name));
        assert!(found.starts_with("push: at ref: ") && found.contains(" is not a"), "{found}");
    }
}

#[test]
fn what_is_no_json_or_has_no_end_of_nesting_is_an_error() {
    let deep = format!("{{\"x\": {}", "[".repeat(1_000_000));
    for body in ["", "{", "null", "[]", "{\"ref\": 1}", "\u{0}", &deep] {
        let found = error_of(ForgeKind::GitLab, "Push Hook", body.as_bytes());
        assert!(found.starts_with("Push Hook: at "), "{found}");
    }
    let trailing = format!("{} x", push("refs/heads/main", OLD, NEW));
    let found = error_of(ForgeKind::Gitea, "push", trailing.as_bytes());
    assert!(found.contains("trailing characters"), "{found}");
}

#[test]
fn a_webhook_without_a_name_or_an_id_is_an_error() {
    for missing in ["x-gitea-event", "x-gitea-delivery"] {
        let mut headers = headers(ForgeKind::Gitea, "push");
        headers.remove(missing);
        let error = parse(ForgeKind::Gitea, &headers, b"{}").unwrap_err();
        assert!(matches!(error, ParseError::Header { header } if header == missing));
    }
}
