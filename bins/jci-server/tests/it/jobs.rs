//! Jobs from the push to the status, with real git through the server.

use jci_proto::Verdict;
use jci_testkit::forge::{Family, Fault, SeenStatus};

use crate::runner::{lease, run_script};
use crate::world::World;

/// Returns states and sentences, a line each.
fn told(statuses: &[SeenStatus]) -> String {
    let line = |status: &SeenStatus| format!("{} {}", status.state, status.description);
    statuses.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_push_becomes_a_job_and_its_run_a_status() {
    let world = World::new();
    world.hook();
    let runner = world.runner("one");
    let commit = world.push("first");
    let offer = runner.wait().expect("the push is a job");
    assert_eq!(offer.commit_sha, commit);
    assert_eq!((offer.repo_owner.as_str(), offer.repo_name.as_str()), ("team", "site"));
    assert_eq!(lease(&offer).reference.as_deref(), Some("refs/heads/main"));
    assert!(!offer.clone_url.contains('@'), "{}", offer.clone_url);
    assert_eq!(runner.start(&offer).status, 204);
    let _ = run_script(&offer, "ok").success();
    // The push has settled the job; what the runner says of it changes nothing.
    let statuses = world.wait_for_status(&commit, "success");
    assert_eq!(runner.finish(&offer, Verdict::Ok).status, 204);
    assert!(told(&statuses).ends_with("success passed"), "{}", told(&statuses));
    let url = &statuses.last().unwrap().target_url;
    let page = format!("https://ci.example.org/jobs/{}?key=", offer.job_id);
    assert!(url.starts_with(&page) && url.len() >= page.len() + 32, "{url}");
    // The token is dead, and git says so.
    let late = run_script(&offer, "ok");
    assert_ne!(late.code(), Some(0));
    assert!(late.stderr().contains("it ends with the job"), "{}", late.stderr());
    world.forge.finish();
}

#[test]
fn a_run_that_failed_is_a_failure_and_is_pushed_all_the_same() {
    let world = World::new();
    let (commit, _) = world.submit("first");
    let runner = world.runner("one");
    let offer = runner.poll().unwrap();
    assert_eq!(run_script(&offer, "err").code(), Some(1));
    let statuses = world.wait_for_status(&commit, "failure");
    assert!(told(&statuses).ends_with("failure failed"), "{}", told(&statuses));
    assert_eq!(world.site.refs().keys().filter(|name| name.contains("jci-runs")).count(), 1);
}

#[test]
fn two_pushes_of_one_commit_are_one_job() {
    let world = World::new();
    let (commit, job) = world.submit("first");
    let again: jci_proto::WebhookAnswer =
        world.tell("/webhook/gitea", &commit, crate::server::WEBHOOK_SECRET).json(200);
    assert_eq!(again.job.as_deref(), Some(&*job));
    let runner = world.runner("one");
    assert_eq!(runner.poll().unwrap().job_id, job);
    assert_eq!(runner.poll(), None);
}

#[test]
fn a_result_that_the_runner_reports_counts_without_a_push() {
    let world = World::new();
    let (commit, _) = world.submit("first");
    let runner = world.runner("one");
    let offer = runner.poll().unwrap();
    assert_eq!(runner.start(&offer).status, 204);
    world.wait_for_status(&commit, "pending");
    assert_eq!(runner.finish(&offer, Verdict::TimedOut).status, 204);
    assert_eq!(runner.finish(&offer, Verdict::TimedOut).status, 204);
    world.wait_for_status(&commit, "failure");
    assert_eq!(runner.finish(&offer, Verdict::Ok).problem(409).title, "stale attempt");
}

#[test]
fn statuses_reach_a_forge_that_was_away() {
    let world = World::new();
    let (commit, _) = world.submit("first");
    world.wait_for_status(&commit, "pending");
    world.forge.go_down();
    let runner = world.runner("one");
    let offer = runner.poll().unwrap();
    assert_eq!(runner.finish(&offer, Verdict::Ok).status, 204);
    world.server.wait_for_log("cannot be reached");
    assert_eq!(world.client.get("/readyz").problem(503).title, "not ready");
    world.forge.come_back();
    let statuses = world.wait_for_status(&commit, "success");
    assert_eq!(statuses.iter().filter(|status| status.state == "success").count(), 1);
}

#[test]
fn a_token_that_the_forge_refuses_is_named_and_its_statuses_wait() {
    let world = World::new();
    world.forge.expect_refusals();
    world.forge.fail(Family::Api, Fault::Unauthorized);
    let (commit, _) = world.submit("first");
    world.server.wait_for_log("GITEA_TOKEN is wrong");
    assert_eq!(world.client.get("/readyz").problem(503).title, "not ready");
    world.forge.heal();
    world.wait_for_status(&commit, "pending");
    assert!(!world.server.log().contains(&world.token));
}

#[test]
fn what_the_forge_answers_now_and_then_does_not_keep_a_status_from_it() {
    let world = World::new();
    for fault in [
        Fault::Internal,
        Fault::BadGateway,
        Fault::Closed,
        Fault::TooManyRequests { seconds: 1 },
        Fault::Cut { after: 10 },
    ] {
        world.forge.fail_next(1, Family::Api, fault);
    }
    let (commit, _) = world.submit("first");
    world.wait_for_status(&commit, "pending");
}

#[test]
fn a_forge_that_never_answers_holds_up_nothing_but_its_statuses() {
    let world = World::new();
    let silent = world.forge.hold(Family::Api);
    let (commit, _) = world.submit("first");
    let runner = world.runner("one");
    let offer = runner.poll().unwrap();
    assert_eq!(runner.finish(&offer, Verdict::Ok).status, 204);
    world.server.wait_for_log("cannot be reached");
    silent.open();
    world.wait_for_status(&commit, "success");
}
