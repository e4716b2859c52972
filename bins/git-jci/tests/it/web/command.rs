//! The command itself.

use insta::assert_snapshot;
use jci_testkit::TestRepo;

use super::http::Events;
use super::server::Server;
use crate::fixture::Fixture;
use crate::jci::{jci, shown};

#[test]
fn a_port_that_is_taken_says_what_to_type() {
    let fixture = Fixture::new();
    let server = Server::start(&fixture.repo);
    let port = server.address.port().to_string();
    let next = (server.address.port() + 1).to_string();
    let refused = shown(&fixture.repo, &jci(&fixture.repo, &["web", &port]));
    assert_snapshot!(refused.replace(&port, "[port]").replace(&next, "[next]"), @"
    exit 3
    --- stderr
    error: cannot listen on 127.0.0.1:[port]: another program does
    hint: type `git jci web [next]`, or `git jci web 0` to take any port that is free
    ");
    let nowhere = shown(&fixture.repo, &jci(&fixture.repo, &["web", "0", "--host", "192.0.2.1"]));
    assert_snapshot!(nowhere, @"
    exit 3
    --- stderr
    error: cannot listen on 192.0.2.1:0: this machine has no such address
    hint: leave --host away to serve this machine only
    ");
}

#[test]
fn one_interrupt_ends_it_whoever_is_connected() {
    let fixture = Fixture::new();
    let server = Server::start(&fixture.repo);
    let mut listening = Events::of(server.address, "/api/events", &[("Last-Event-ID", "1")]);
    assert!(listening.next().is_some());
    let (status, printed) = server.interrupt();
    assert!(!status.success());
    assert_snapshot!(printed, @"jci: serving until Ctrl-C at");
    assert!(listening.next().is_none());
}

#[test]
fn other_addresses_are_told_of_and_answered_by_their_numbers() {
    let fixture = Fixture::new();
    let server = Server::start_in(
        &fixture.repo,
        fixture.repo.path(),
        &["--host", "0.0.0.0", "--allow-host", "box:1"],
    );
    let reached = std::net::SocketAddr::from(([127, 0, 0, 1], server.address.port()));
    assert_eq!(super::http::get(reached, "/", &[("Host", "box:1")]).status, 200);
    assert_eq!(super::http::get(reached, "/", &[]).status, 200);
    assert_eq!(super::http::get(reached, "/", &[("Host", "other:1")]).status, 421);
    let (_, printed) = server.interrupt();
    assert_snapshot!(printed, @"
    jci: whoever can reach 0.0.0.0 sees all runs and logs; there is no password
    jci: serving until Ctrl-C at
    ");
}

#[test]
fn outside_a_repository_there_is_nothing_to_serve() {
    let repo = TestRepo::new();
    let finished =
        repo.environment.run(crate::jci::BINARY, &["web", "0"], &repo.environment.path("home"));
    assert_eq!(finished.code(), Some(3));
}
