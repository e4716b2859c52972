//! The forge, ill as told.

use std::time::Duration;

use jci_forge::{Failure, ForgeKind, ObjectId, RepoName, Retry, State};
use jci_testkit::forge::{Family, Fault, Which};

use crate::plain_http::{ask, get};
use crate::site::Site;

const VERSION: &str = "/api/v1/version";

#[test]
fn faults_answer_instead_of_the_forge_as_often_as_told() {
    let site = Site::new();
    for (fault, status) in [
        (Fault::Unauthorized, 401),
        (Fault::Forbidden, 403),
        (Fault::TooManyRequests { seconds: 7 }, 429),
        (Fault::Internal, 500),
        (Fault::BadGateway, 502),
    ] {
        site.forge.fail_next(2, Family::Api, fault.clone());
        let met: Vec<_> = (0..3).map(|_| get(&site.forge, VERSION, "")).collect();
        let statuses: Vec<_> = met.iter().map(|reply| reply.status).collect();
        assert_eq!(statuses, [status, status, 200], "{fault:?}");
        let waits = met[0].head.contains("retry-after: 7");
        assert_eq!(waits, status == 429, "{met:?}");
    }
}

#[test]
fn a_fault_meets_only_what_it_is_for() {
    let site = Site::new();
    site.forge.fail(Which::all(Family::Api).method("GET").containing("/repos/"), Fault::Internal);
    assert_eq!(get(&site.forge, VERSION, "").status, 200);
    assert_eq!(get(&site.forge, "/api/v1/repos/team/site", &site.token).status, 500);
    let _ = site.push(&["main"]).success();
    site.forge.heal();
    assert_eq!(get(&site.forge, "/api/v1/repos/team/site", &site.token).status, 200);
}

#[tokio::test]
async fn an_answer_can_be_lost_after_all_was_done() {
    let site = Site::new();
    site.repository.seed(&site.work);
    let first = ObjectId::new(&site.first).unwrap();
    let repository = site.handle();
    for (fault, statuses) in [(Fault::Closed, 0), (Fault::Lost, 1), (Fault::Cut { after: 5 }, 2)] {
        site.forge.fail_next(1, Family::Api, fault.clone());
        let sent = repository.create_status(&first, State::Success, "jci").send().await;
        assert_eq!(sent.unwrap_err().retry(), Retry::Backoff, "{fault:?}");
        assert_eq!(site.repository.statuses(&site.first).len(), statuses, "{fault:?}");
    }
}

#[tokio::test]
async fn an_html_page_is_known_as_a_proxys() {
    let site = Site::new();
    site.forge.fail(Family::Api, Fault::BadGateway);
    let repository = site.client(ForgeKind::Gitea);
    let repository = repository.repository(&RepoName::parse("team/site").unwrap());
    let error = repository.get().send().await.unwrap_err();
    let Failure::Refused(refusal) = &*error.failure else { panic!("{error:?}") };
    assert!(refusal.html);
}

#[test]
fn a_body_can_come_byte_by_byte_and_whole() {
    let site = Site::new();
    site.forge.fail_next(1, Family::Api, Fault::Drip { pause: Duration::from_millis(1) });
    let reply = get(&site.forge, VERSION, "");
    assert!(reply.head.contains("chunked"), "{reply:?}");
    let pieces = String::from_utf8(reply.body).unwrap();
    assert!(pieces.starts_with("1\r\n{\r\n1\r\n\"\r\n"), "{pieces}");
    assert!(pieces.ends_with("\r\n0\r\n\r\n"), "{pieces}");
}

#[test]
fn an_answer_can_be_half_sent() {
    let site = Site::new();
    site.forge.fail_next(1, Family::Api, Fault::Cut { after: 5 });
    let reply = get(&site.forge, VERSION, "");
    assert_eq!((reply.status, reply.body.as_slice()), (200, &b"5\r\n{\"ver\r\n"[..]));
}

#[test]
fn git_says_that_the_connection_broke() {
    let site = Site::new();
    site.work.write("noise", crate::noise::bytes(64 * 1024));
    site.work.commit("much");
    site.repository.seed(&site.work);
    site.forge.fail_next(
        1,
        Which::all(Family::Git).containing("git-upload-pack").method("POST"),
        Fault::Cut { after: 1000 },
    );
    let url = site.repository.url_with(&site.token);
    let cut = site.work.run("git", &["-c", "protocol.version=0", "clone", &url, "copy"]).exits(128);
    assert!(cut.stderr().contains("early EOF") || cut.stderr().contains("RPC failed"), "{cut:?}");
    let _ = site.work.run("git", &["clone", &url, "copy"]).success();
}

#[test]
fn requests_are_held_until_the_gate_opens() {
    let site = Site::new();
    let gate = site.forge.hold(Which::all(Family::Api).containing("/version"));
    std::thread::scope(|scope| {
        let asking = scope.spawn(|| get(&site.forge, VERSION, "").status);
        gate.wait_for(1);
        assert_eq!(get(&site.forge, "/api/v1/user", &site.token).status, 200);
        assert!(!asking.is_finished());
        gate.open();
        assert_eq!(asking.join().unwrap(), 200);
    });
}

#[test]
fn what_was_held_when_the_forge_goes_down_gets_no_answer() {
    let site = Site::new();
    let gate = site.forge.hold(Family::Api);
    std::thread::scope(|scope| {
        let asking = scope.spawn(|| ask(&site.forge, "GET", VERSION, "", "").is_none());
        gate.wait_for(1);
        site.forge.go_down();
        assert!(asking.join().unwrap());
    });
}

#[tokio::test]
async fn asynchronous_tests_can_wait_too() {
    let site = Site::new();
    let client = site.client(ForgeKind::Gitea);
    let asking = tokio::spawn(async move { client.version().send().await.map(drop) });
    let seen = site.forge.until("a request", |forge| forge.requests().pop()).await;
    assert_eq!(seen.line(), "GET /api/v1/version");
    asking.await.unwrap().unwrap();
}
