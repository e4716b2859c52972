//! Webhooks as they arrive.

use std::time::Duration;

use jci_forge::webhook::{Action, Event, Origin, Push};
use jci_forge::{ForgeKind, GitRef};
use jci_testkit::forge::{FakeForge, Family, Fault, HookSettings, Right};
use serde_json::Value;

use crate::receiver::{Arrived, Receiver, SECRET};
use crate::site::{BOTH, Site};

fn hooked(site: &Site) -> Receiver {
    let receiver = Receiver::start();
    site.repository.add_hook(HookSettings::new(&receiver.url).secret(SECRET));
    receiver
}

fn push_of(arrived: &Arrived) -> Push {
    match arrived.read(ForgeKind::Gitea).event {
        Event::Push(push) => push,
        other => panic!("no push: {other:?}"),
    }
}

fn names(arrived: &[&Arrived]) -> Vec<String> {
    arrived.iter().map(|arrived| arrived.header("x-gitea-event").to_owned()).collect()
}

#[test]
fn a_new_branch_is_told_twice_and_a_moved_one_once() {
    for (flavour, kind) in BOTH {
        let site = Site::with(FakeForge::start(flavour), Right::Write);
        let receiver = hooked(&site);
        let _ = site.push(&["main"]).success();
        let (create, push) = (receiver.next(), receiver.next());
        assert_eq!(names(&[&create, &push]), ["create", "push"]);
        let forgejo = push.headers.contains_key("x-forgejo-signature");
        assert_eq!(forgejo, kind == ForgeKind::Forgejo);
        let Event::Push(told) = push.read(kind).event else { panic!("{push:?}") };
        assert_eq!(told.commit().unwrap().as_str(), site.first);
        assert_eq!((told.before, told.pusher.login.as_deref()), (None, Some("ann")));

        let second = site.work.commit("second");
        let _ = site.push(&["main"]).success();
        let told = push_of(&receiver.next());
        assert_eq!(told.before.unwrap().as_str(), site.first);
        assert_eq!(told.after.unwrap().as_str(), second);
        assert_eq!(site.forge.wait_for_deliveries(3).len(), 3);
    }
}

#[test]
fn each_delivery_has_the_headers_of_the_real_forge() {
    let site = Site::new();
    let receiver = hooked(&site);
    let _ = site.push(&["main"]).success();
    let arrived = [receiver.next(), receiver.next()];
    let header = |name| arrived[1].header(name);
    assert_eq!(header("x-gitea-event-type"), "push");
    assert_eq!(header("x-gogs-delivery"), header("x-gitea-delivery"));
    assert_eq!(header("x-hub-signature-256"), format!("sha256={}", header("x-gitea-signature")));
    assert_eq!(header("x-hub-signature").len(), "sha1=".len() + 40);
    assert_eq!(header("x-gitea-hook-installation-target-type"), "repository");
    assert_eq!(header("content-type"), "application/json");
}

#[test]
fn without_a_secret_signatures_are_there_and_empty() {
    let site = Site::new();
    let receiver = Receiver::start();
    let settings = HookSettings::new(&receiver.url).events(&["push"]).authorization("Bearer x");
    site.repository.add_hook(settings);
    let _ = site.push(&["main"]).success();
    let arrived = receiver.next();
    assert_eq!(arrived.header("x-gitea-signature"), "");
    assert_eq!(arrived.header("x-hub-signature-256"), "sha256=");
    assert_eq!(arrived.header("authorization"), "Bearer x");
}

#[test]
fn forms_are_signed_by_their_json() {
    let site = Site::new();
    let receiver = Receiver::start();
    let settings = HookSettings::new(&receiver.url).secret(SECRET).events(&["push"]).form();
    site.repository.add_hook(settings);
    site.work.write("a + b & c", "ä");
    let commit = site.work.commit("plus + and & and ä");
    let _ = site.push(&["main"]).success();
    let arrived = receiver.next();
    assert!(arrived.body.starts_with(b"payload=%7B"));
    let head = push_of(&arrived).head_commit.unwrap();
    assert_eq!(head.id.as_str(), commit);
    assert_eq!(head.message.unwrap(), "plus + and & and ä\n");
}

#[test]
fn a_branch_that_is_deleted_is_no_push_and_a_tag_is() {
    let site = Site::new();
    site.work.git(&["tag", "--annotate", "--message=release", "v1"]);
    let tag = site.work.git(&["rev-parse", "v1"]);
    let receiver = hooked(&site);
    let _ = site.push(&["main:topic"]).success();
    let _ = site.push(&["v1"]).success();
    let _ = site.push(&[":topic"]).success();
    let _ = site.push(&[":v1"]).success();
    let arrived: Vec<_> = std::iter::repeat_with(|| receiver.next()).take(7).collect();
    assert_eq!(
        names(&arrived.iter().collect::<Vec<_>>()),
        ["create", "push", "push", "create", "delete", "push", "delete"]
    );
    let pushed = push_of(&arrived[2]);
    assert_eq!((pushed.before.is_none(), pushed.after.as_ref().unwrap().as_str()), (true, &*tag));
    assert_eq!(pushed.commit().unwrap().as_str(), site.first);
    let Event::RefDeleted(branch) = arrived[4].read(ForgeKind::Gitea).event else { panic!() };
    assert_eq!(branch.reference, GitRef::parse("refs/heads/topic").unwrap());
    let gone = push_of(&arrived[5]);
    assert_eq!((gone.before.unwrap().as_str(), gone.after), (&*tag, None));
}

#[test]
fn nobody_is_told_of_runs() {
    let site = Site::new();
    let receiver = hooked(&site);
    let _ = site.push(&[&format!("main:refs/jci-runs/{}/1-a", site.first)]).success();
    let _ = site.push(&["main"]).success();
    assert_eq!(names(&[&receiver.next(), &receiver.next()]), ["create", "push"]);
    assert_eq!(site.repository.changed().len(), 2);
    assert_eq!(site.forge.wait_for_deliveries(2).len(), 2);
}

#[test]
fn commits_are_cut_to_five_and_counted() {
    let site = Site::new();
    let _ = site.push(&["main"]).success();
    let receiver = hooked(&site);
    for number in 0..7 {
        site.work.commit(&number.to_string());
    }
    let _ = site.push(&["main"]).success();
    let body: Value = serde_json::from_slice(&receiver.next().body).unwrap();
    assert_eq!((body["commits"].as_array().unwrap().len(), &body["total_commits"]), (5, &7.into()));
    assert_eq!(
        (&body["commits"][0]["message"], &body["head_commit"]["message"]),
        (&"6\n".into(), &"6\n".into())
    );
}

#[test]
fn a_redelivery_has_the_same_body_and_another_id() {
    let site = Site::new();
    let receiver = hooked(&site);
    let _ = site.push(&["main"]).success();
    let (_, first) = (receiver.next(), receiver.next());
    let sent = site.forge.wait_for_deliveries(2);
    assert_eq!(sent[1].answer, Ok(204));
    let again = site.forge.redeliver(&sent[1].id);
    let second = receiver.next();
    assert_eq!((second.header("x-gitea-delivery"), &second.body), (again.as_str(), &first.body));
    assert_ne!(first.header("x-gitea-delivery"), again);
}

#[test]
fn pull_requests_tell_where_their_commits_come_from() {
    let site = Site::new();
    site.repository.seed(&site.work);
    let fork = site.forge.repository("ben/site");
    fork.seed(&site.work);
    let receiver = hooked(&site);
    let number = site.repository.open_pull("ben", &fork, "main", "main");
    let token = site.forge.token("ben", &["all"]);
    let second = site.work.commit("second");
    site.work.git(&["push", "--quiet", &fork.url_with(&token), "main"]);
    let synchronized = [receiver.next(), receiver.next()];
    site.repository.close_pull(number, true);
    let read = |arrived: &Arrived| match arrived.read(ForgeKind::Gitea).event {
        Event::PullRequest(pull) => *pull,
        other => panic!("no pull request: {other:?}"),
    };
    let pulls = [read(&synchronized[0]), read(&synchronized[1]), read(&receiver.next())];
    assert_eq!(pulls[0].action, Action::Opened);
    assert_eq!(pulls[1].action, Action::Synchronized);
    assert_eq!(pulls[2].action, Action::Closed { merged: true });
    assert_eq!(synchronized[1].header("x-gitea-event-type"), "pull_request_sync");
    for pull in &pulls {
        assert_eq!((pull.origin(), pull.author.login.as_deref()), (Origin::Fork, Some("ben")));
    }
    assert_eq!(pulls[1].head_commit.as_str(), second);
    // The commit is in this repository too, where statuses can be set for it.
    assert_eq!(site.repository.refs()["refs/pull/1/head"], second);
}

#[test]
fn a_receiver_that_is_slow_is_given_up_and_not_tried_again() {
    let site = Site::new();
    // Bound and never accepting: the kernel takes the connection, and nobody answers.
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", nobody.local_addr().unwrap());
    site.repository.add_hook(HookSettings::new(&url).events(&["push"]));
    site.forge.deliver_timeout(Duration::from_millis(50));
    let _ = site.push(&["main"]).success();
    let sent = site.forge.wait_for_deliveries(1);
    assert_eq!(sent[0].answer, Err("no answer in time".to_owned()));
}

#[test]
fn webhooks_are_lost_and_held_as_the_test_wants_it() {
    let site = Site::new();
    let receiver = hooked(&site);
    site.forge.fail_next(1, Family::Webhooks, Fault::Closed);
    site.forge.fail_next(1, Family::Webhooks, Fault::Cut { after: 100 });
    let gate = site.forge.hold(Family::Webhooks);
    let _ = site.push(&["main"]).success();
    gate.wait_for(1);
    assert!(site.forge.deliveries().is_empty());
    gate.open();
    let sent = site.forge.wait_for_deliveries(2);
    assert!(sent.iter().all(|sent| sent.answer.is_err()), "{sent:?}");
    let _ = site.push(&["main:other"]).success();
    assert_eq!(names(&[&receiver.next(), &receiver.next()]), ["create", "push"]);
}

#[test]
fn the_local_network_is_refused_as_the_real_forge_does_at_first() {
    let site = Site::new();
    let _receiver = hooked(&site);
    site.forge.allow_local_hooks(false);
    let _ = site.push(&["main"]).success();
    let sent = site.forge.wait_for_deliveries(2);
    let refused = "webhook can only call allowed HTTP servers, deny '127.0.0.1'";
    assert_eq!(sent[0].answer, Err(refused.to_owned()));
}
