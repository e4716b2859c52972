//! The script among the examples that tells the server of a push.

use std::fs;

use jci_proto::WebhookAnswer;
use jci_testkit::{Finished, require};

use crate::server::WEBHOOK_SECRET;
use crate::world::World;

/// Runs the script in the work tree.
fn send(world: &World, secret: &str, arguments: &[&str]) -> Finished {
    let _ = (require("curl", "curl"), require("sha256sum", "coreutils"));
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/webhook/send-push");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secret");
    fs::write(&file, format!("{secret}\n")).unwrap();
    let mut command = std::process::Command::new(script);
    command.args(arguments).current_dir(world.work.path());
    Finished::of(command.env("GITEA_WEBHOOK_SECRET_FILE", file))
}

#[test]
fn a_push_that_the_script_tells_of_becomes_a_job() {
    let world = World::new();
    let commit = world.push("first");
    let server = format!("http://{}/", world.server.address());
    let sent = send(&world, WEBHOOK_SECRET, &[&server, "team/site"]).success();
    let answer: WebhookAnswer = serde_json::from_str(&sent.stdout()).unwrap();
    let offer = world.runner("one").poll().unwrap();
    assert_eq!((Some(&*offer.job_id), &*offer.commit_sha), (answer.job.as_deref(), &*commit));

    let arguments = [&*server, "team/site", &commit, "refs/heads/main"];
    let again = send(&world, WEBHOOK_SECRET, &arguments).success();
    let again: WebhookAnswer = serde_json::from_str(&again.stdout()).unwrap();
    assert_eq!(again.job, answer.job);
}

#[test]
fn a_secret_of_any_length_signs_as_the_server_expects() {
    // As long as a block of the hash, and longer; bytes that a shell could take for something.
    for secret in ["x".repeat(64), "%s\\x41 $é'\"".repeat(9)] {
        let world = World::with(&[("GITEA_WEBHOOK_SECRET", &secret)]);
        world.push("first");
        let server = format!("http://{}", world.server.address());
        let _ = send(&world, &secret, &[&server, "team/site"]).success();
    }
}

#[test]
fn what_is_wrong_is_said_and_is_no_success() {
    let world = World::new();
    let server = format!("http://{}", world.server.address());
    let commit = world.push("first");
    let refused = send(&world, "wrong", &[&server, "team/site"]).exits(1);
    assert!(refused.stdout().contains("signature"), "{refused:?}");
    let nowhere = send(&world, "s", &["http://127.0.0.1:9", "team/site", &commit]).exits(1);
    assert!(nowhere.stderr().contains("connect"), "{nowhere:?}");
    let no_commit = send(&world, "s", &[&server, "team/site", "main"]).exits(2);
    insta::assert_snapshot!(no_commit.stderr(), @"send-push: a commit is 40 or 64 hexadecimal digits, not main");
    let no_name = send(&world, "s", &[&server]).exits(2);
    insta::assert_snapshot!(no_name.stderr(), @"send-push: usage: send-push <server> <owner>/<repository> [<commit> [<ref>]]");
}
