//! The runner and the webhook of the original, word for word.

use serde_json::{Value, json};

use crate::runner::run_script;
use crate::server::WEBHOOK_SECRET;
use crate::world::World;

#[test]
fn its_webhook_is_answered_as_it_was() {
    let world = World::new();
    let commit = world.push("first");
    assert_eq!(world.tell("/webhook", &commit, "wrong").problem(400).title, "wrong signature");
    let unsigned = world.client.request(http::Method::POST, "/webhook").body("{}");
    assert_eq!(world.client.send(unsigned).status, 400);
    let other = world.webhook("/webhook", "{}", WEBHOOK_SECRET);
    let mut other = other.build().unwrap();
    other.headers_mut().insert("x-gitea-event", "star".parse().unwrap());
    assert_eq!(world.client.send_built(other).json::<Value>(200)["job"], Value::Null);
    let first = world.tell("/webhook", &commit, WEBHOOK_SECRET).json::<Value>(200);
    let second = world.tell("/webhook", &commit, WEBHOOK_SECRET).json::<Value>(200);
    assert!(first["job"].is_string());
    assert_eq!(first["job"], second["job"]);
}

#[test]
fn its_poll_is_answered_as_it_was() {
    let world = World::with(&[("JCI_MAX_JOBS", "1")]);
    let runner = world.runner("old");
    assert_eq!(runner.poll_as_original().json::<Value>(200), json!({"job": null}));
    let (commit, job) = world.submit("first");
    let mut offer = runner.poll_as_original().json::<Value>(200)["job"].clone();
    let script = offer.as_object_mut().unwrap().remove("script").unwrap();
    assert!(script.is_string());
    assert_eq!(
        offer,
        json!({
            "job_id": job,
            "clone_url": format!("http://{}/git/team/site.git", world.server.address()),
            "commit_sha": commit,
            "repo_owner": "team",
            "repo_name": "site",
            "timeout_seconds": 3600,
            "image": "python:3.11",
            "allow_docker_socket": false,
        })
    );
    world.submit("second");
    let full = runner.poll_as_original();
    assert_eq!((full.status.as_u16(), &full.headers["retry-after"]), (429, &"5".parse().unwrap()));
    let wrong = r#"{"runner_id":"old","secret":"wrong"}"#;
    let wrong = world.client.request(http::Method::POST, "/poll").body(wrong);
    assert_eq!(world.client.send(wrong).status, 403);
}

#[test]
fn its_runner_clones_and_pushes_through_the_server() {
    let world = World::new();
    let (commit, _) = world.submit("first");
    let answer = world.runner("old").poll_as_original();
    let offer = answer.json::<jci_proto::PollAnswer>(200).job.unwrap();
    assert!(offer.lease.is_none());
    let _ = run_script(&offer, "ok").success();
    world.wait_for_status(&commit, "success");
    world.forge.finish();
}

#[test]
fn its_runner_and_one_of_today_work_side_by_side() {
    let world = World::new();
    let (first, _) = world.submit("first");
    let (second, _) = world.submit("second");
    let (old, new) = (world.runner("old"), world.runner("new"));
    let of_old = old.poll_as_original().json::<jci_proto::PollAnswer>(200).job.unwrap();
    let of_new = new.poll().unwrap();
    assert_eq!((&of_old.commit_sha, &of_new.commit_sha), (&first, &second));
    assert_eq!(new.heartbeat(&of_new), jci_proto::Fate::Kept);
    let _ = run_script(&of_new, "ok").success();
    assert_eq!(run_script(&of_old, "err").code(), Some(1));
    world.wait_for_status(&first, "failure");
    world.wait_for_status(&second, "success");
    assert_eq!(old.poll_as_original().json::<Value>(200), json!({"job": null}));
    assert_eq!(new.poll(), None);
    world.forge.finish();
}

#[test]
fn with_the_forges_own_token_jobs_go_past_the_server_and_their_runs_are_found() {
    let settings = [("JCI_CREDENTIALS", "token"), ("JCI_RESULTS_EVERY", "1s")];
    let world = World::with(&settings);
    world.server.wait_for_log("every job gets the forge's own token");
    let (commit, _) = world.submit("first");
    let answer = world.runner("old").poll_as_original();
    let offer = answer.json::<jci_proto::PollAnswer>(200).job.unwrap();
    assert!(offer.clone_url.starts_with("http://jci:"), "{}", offer.clone_url);
    assert_eq!(run_script(&offer, "err").code(), Some(1));
    world.wait_for_status(&commit, "failure");
    world.forge.finish();
}

#[test]
fn the_docker_socket_is_for_the_repositories_on_the_list() {
    let world = World::with(&[("JCI_JOB_ALLOW_DOCKER_FOR_REPOS", "team/site, team/app")]);
    world.server.wait_for_log("rule the machine of their runner");
    world.submit("first");
    let answer = world.runner("old").poll_as_original();
    assert!(answer.json::<jci_proto::PollAnswer>(200).job.unwrap().allow_docker_socket);
}
