//! Webhooks in all their forms, hostile ones included.

use jci_proto::WebhookAnswer;
use jci_testkit::forge::{HookSettings, Right};

use crate::server::WEBHOOK_SECRET;
use crate::world::{World, push_body};

/// Sends a body that is rightly signed.
fn send(world: &World, body: &str) -> crate::client::Answer {
    world.client.send(world.webhook("/webhook/gitea", body, WEBHOOK_SECRET))
}

#[test]
fn what_is_hostile_makes_no_job() {
    let world = World::new();
    let commit = "1".repeat(40);
    let push = |reference: &str| push_body(&commit, reference);
    let unsigned = world.webhook("/webhook/gitea", &push("refs/heads/main"), "wrong");
    assert_eq!(world.client.send(unsigned).problem(401).title, "wrong signature");
    assert_eq!(send(&world, "{").problem(400).title, "malformed request");
    for reference in ["--upload-pack=touch x", "refs/heads/--upload-pack=sh", "refs/heads/a..b"] {
        let answer = send(&world, &push(reference));
        assert_eq!(answer.problem(422).title, "unprocessable webhook", "{reference}");
    }
    let github = world.webhook("/webhook/github", &push("refs/heads/main"), WEBHOOK_SECRET);
    assert!(world.client.send(github).problem(404).detail.contains("JCI_FORGE"));
    assert_eq!(world.runner("one").poll(), None);
}

#[test]
fn only_branches_and_tags_that_are_there_make_jobs() {
    let world = World::new();
    let (commit, zeros) = ("1".repeat(40), "0".repeat(40));
    let nothing = |body: &str| {
        let answer: WebhookAnswer = send(&world, body).json(200);
        assert_eq!(answer.job, None, "{body}");
        answer.message
    };
    assert_eq!(nothing(&push_body(&zeros, "refs/tags/v1")), "the ref is gone");
    let run = format!("refs/jci-runs/{commit}/1-a");
    assert_eq!(nothing(&push_body(&commit, &run)), "neither a branch nor a tag");
    assert!(
        send(&world, &push_body(&commit, "refs/tags/v1")).json::<WebhookAnswer>(202).job.is_some()
    );
}

#[test]
fn a_tag_of_which_no_commit_is_named_is_a_job_of_its_commit() {
    let world = World::new();
    let commit = world.push("first");
    world.work.git(&["tag", "-a", "-m", "one", "v1"]);
    world.work.git(&["push", "--quiet", "origin", "v1"]);
    let tag = world.work.git(&["rev-parse", "refs/tags/v1"]);
    let body = |object: &str| {
        let named = format!(r#"{{"id":"{object}"}}"#);
        push_body(object, "refs/tags/v1").replace(&named, "null")
    };
    world.forge.go_down();
    let away = send(&world, &body(&tag)).problem(503);
    assert!(away.detail.contains("which commit the tag leads to"), "{away:?}");
    world.forge.come_back();
    assert!(send(&world, &body(&tag)).json::<WebhookAnswer>(202).job.is_some());
    assert_eq!(world.runner("one").poll().unwrap().commit_sha, commit);
    let nowhere = send(&world, &body(&"1".repeat(40))).problem(422);
    assert_eq!(nowhere.detail, "refs/tags/v1 leads to no commit");
}

#[test]
fn the_forge_delivers_and_delivers_again_and_there_is_one_job() {
    let world = World::new();
    world.hook();
    let commit = world.push("first");
    let delivered = world.forge.wait_for_deliveries(1);
    world.forge.redeliver(&delivered[0].id);
    let _ = world.forge.wait_for_deliveries(2);
    let runner = world.runner("one");
    assert_eq!(runner.poll().unwrap().commit_sha, commit);
    assert_eq!(runner.poll(), None);
}

#[test]
fn a_pull_request_of_a_fork_waits_for_approval_and_one_of_the_repository_does_not() {
    let world = World::new();
    let url = format!("http://{}/webhook/gitea", world.server.address());
    let settings = HookSettings::new(&url).secret(WEBHOOK_SECRET).events(&["pull_request"]);
    world.site.add_hook(settings);
    world.push("first");
    let fork = world.forge.repository("eve/site");
    let eve = world.forge.token("eve", &["all"]);
    fork.grant("eve", Right::Admin);
    world.work.git(&["commit", "--quiet", "--allow-empty", "-m", "evil"]);
    let evil = world.work.git(&["rev-parse", "HEAD"]);
    world.work.git(&["push", "--quiet", &fork.url_with(&eve), "HEAD:refs/heads/evil"]);
    world.site.open_pull("eve", &fork, "evil", "main");
    world.wait_for_status(&evil, "pending");
    let runner = world.runner("one");
    assert_eq!(runner.poll(), None);
    assert_eq!(world.site.statuses(&evil)[0].description, "waits for approval");

    world.work.git(&["commit", "--quiet", "--allow-empty", "-m", "good"]);
    let good = world.work.git(&["rev-parse", "HEAD"]);
    world.work.git(&["push", "--quiet", "origin", "HEAD:refs/heads/good"]);
    world.site.open_pull("ann", &world.site, "good", "main");
    world.wait_for_status(&good, "pending");
    assert_eq!(runner.poll().unwrap().commit_sha, good);
}

#[test]
fn the_answer_does_not_wait_for_the_forge() {
    let world = World::new();
    let gate = world.forge.hold(jci_testkit::forge::Family::Api);
    let commit = "1".repeat(40);
    // With the forge held it is answered all the same, and the job can be had.
    send(&world, &push_body(&commit, "refs/heads/main")).json::<WebhookAnswer>(202);
    assert!(world.runner("one").poll().is_some());
    gate.open();
}

#[test]
fn an_annotated_tag_makes_a_job_of_the_commit_it_leads_to() {
    let world = World::new();
    world.hook();
    let commit = world.push("first");
    let runner = world.runner("one");
    let offer = runner.wait().unwrap();
    assert_eq!(runner.finish(&offer, jci_proto::Verdict::Ok).status, 204);
    world.work.git(&["tag", "--annotate", "--message=release", "v1"]);
    world.work.git(&["push", "--quiet", "origin", "v1"]);
    let offer = runner.wait().unwrap();
    assert_eq!(offer.commit_sha, commit);
    assert_eq!(crate::runner::lease(&offer).reference.as_deref(), Some("refs/tags/v1"));
}
