//! A forge in trouble, and what git says about it.

use std::time::Duration;

use insta::assert_snapshot;
use jci_testkit::forge::{FakeForge, Family, Fault, Which};
use jci_testkit::{Formats, PlumbedRun};

use super::place::{Place, RUN, TOKEN};
use crate::git::Limits;

fn clone(place: &Place) -> String {
    let finished = place.git(&["clone", &place.url(), "other"]).exits(128);
    place.said(&finished)
}

#[test]
fn a_forge_that_is_down_is_named() {
    let place = Place::new();
    place.clone(&[]);
    let name = place.run(RUN);
    place.forge.go_down();
    assert_snapshot!(clone(&place), @"
    Cloning into 'other'...
    remote: jci: the forge cannot be reached at the moment; try again later
    fatal: unable to access 'http://[server]/git/team/site.git/': The requested URL returned error: 502
    ");
    let finished = place.in_clone(&["push", "origin", &name]).exits(128);
    assert_snapshot!(place.said(&finished), @"
    remote: jci: the forge cannot be reached at the moment; try again later
    fatal: unable to access 'http://[server]/git/team/site.git/': The requested URL returned error: 502
    ");
    place.forge.come_back();
    let _ = place.in_clone(&["push", "origin", &name]).success();
    assert_eq!(place.heard().len(), 1);
}

#[test]
fn a_token_of_the_server_that_the_forge_refuses_is_named_but_not_shown() {
    let place = Place::new();
    place.forge.expect_refusals();
    place.forge.revoke(&place.server_token);
    assert_snapshot!(clone(&place), @"
    Cloning into 'other'...
    remote: jci: the forge does not accept the server's token; whoever runs the server must renew it
    fatal: unable to access 'http://[server]/git/team/site.git/': The requested URL returned error: 502
    ");
}

#[test]
fn a_repository_that_is_closed_for_writing_is_named() {
    let place = Place::new();
    place.clone(&[]);
    let name = place.run(RUN);
    place.forge.expect_refusals();
    place.repository.archive();
    let finished = place.in_clone(&["push", "origin", &name]).exits(128);
    assert_snapshot!(place.said(&finished), @"
    remote: jci: the forge does not let the server do this; whoever runs the server can give it rights
    fatal: unable to access 'http://[server]/git/team/site.git/': The requested URL returned error: 502
    ");
}

#[test]
fn what_the_forge_answers_instead_is_named_and_not_repeated() {
    let place = Place::new();
    for (fault, sentence) in [
        (Fault::TooManyRequests { seconds: 7 }, "the forge has too much to do; try again later"),
        (Fault::Internal, "the forge failed with HTTP status 500; try again later"),
        (Fault::BadGateway, "the forge failed with HTTP status 502; try again later"),
        (Fault::Closed, "the forge broke off in the middle of its answer; try again"),
    ] {
        place.forge.fail(Family::Git, fault.clone());
        let said = clone(&place);
        assert!(said.contains(&format!("remote: jci: {sentence}\n")), "{said}");
        assert!(!said.contains("502 Bad Gateway"), "{said}");
        place.forge.heal();
        // The list of refs comes, and then the trouble begins.
        place.forge.fail(Which::all(Family::Git).method("POST"), fault);
        let said = clone(&place);
        assert!(said.contains(&format!("remote error: jci: {sentence}\n")), "{said}");
        place.forge.heal();
    }
}

#[test]
fn a_push_that_meets_trouble_says_so() {
    for fault in [Fault::Internal, Fault::TooManyRequests { seconds: 7 }, Fault::BadGateway] {
        let place = Place::new();
        place.clone(&[]);
        let name = place.run(RUN);
        place.forge.fail_next(1, Which::all(Family::Git).method("POST"), fault);
        let said = place.said(&place.in_clone(&["push", "origin", &name]).exits(1));
        assert!(said.contains("remote: jci: the forge "), "{said}");
        assert!(said.contains("remote unpack failed: not stored"), "{said}");
        assert!(place.runs().is_empty() && place.heard().is_empty());
        let _ = place.in_clone(&["push", "origin", &name]).success();
        assert_eq!(place.heard().len(), 1);
    }
}

#[test]
fn a_pack_that_breaks_off_is_named_wherever_it_does() {
    let place = Place::new();
    let mut noise = vec![0; 300_000];
    fastrand::Rng::with_seed(1).fill(&mut noise);
    place.author.write("noise", noise);
    place.author.commit("third");
    place.repository.seed(&place.author);
    for after in [0, 1, 70, 1000, 65_520, 200_000] {
        for version in ["protocol.version=0", "protocol.version=2"] {
            let pack = Which::all(Family::Git).method("POST");
            place.forge.fail(pack, Fault::Cut { after });
            let finished = place.git(&["-c", version, "clone", &place.url(), "other"]).exits(128);
            let said = place.said(&finished);
            assert!(said.contains("jci: the forge broke off"), "{version}, {after}: {said}");
            place.forge.heal();
        }
    }
}

#[test]
fn a_list_of_refs_that_breaks_off_is_named() {
    let place = Place::new();
    place.clone(&[]);
    let name = place.run(RUN);
    for after in [1, 40, 100] {
        place.forge.fail(Family::Git, Fault::Cut { after });
        let said = clone(&place);
        assert!(said.contains("remote error: jci: the forge broke off"), "{after}: {said}");
        let said = place.said(&place.in_clone(&["push", "origin", &name]).exits(128));
        assert!(said.contains("remote error: jci: the forge broke off"), "{after}: {said}");
        place.forge.heal();
    }
}

#[test]
fn an_answer_that_is_lost_leaves_a_push_in_doubt_and_a_second_one_settles_it() {
    let place = Place::new();
    place.clone(&[]);
    let name = place.run(RUN);
    place.forge.fail_next(1, Which::all(Family::Git).method("POST"), Fault::Lost);
    let finished = place.in_clone(&["push", "origin", &name]).exits(1);
    assert_snapshot!(place.said(&finished), @"
    remote: jci: the forge broke off in the middle of its answer; try again
    error: remote unpack failed: nobody knows whether it is stored, push again to find out
    To http://[server]/git/team/site.git
     ! [remote rejected] refs/jci-runs/[commit]/1795241966-cc77 -> refs/jci-runs/[commit]/1795241966-cc77 (see above)
    error: failed to push some refs to 'http://[server]/git/team/site.git'
    ");
    assert!(place.heard().is_empty(), "the forge has not said that it took the run");
    // The forge goes on with what nobody waits for any more.
    let taken = |_: &FakeForge| place.runs().first().cloned();
    assert_eq!(place.forge.wait_until("the forge takes the run", taken), name);
    let again = place.in_clone(&["push", "origin", &name]).success();
    assert!(again.stderr().contains("Everything up-to-date"), "{again:?}");
}

#[test]
fn a_job_may_not_have_any_number_of_connections() {
    let limits = Limits { connections: 1, ..Limits::default() };
    let place = Place::with(Formats::Git2, limits);
    let gate = place.forge.hold(Family::Git);
    std::thread::scope(|scope| {
        let first = scope.spawn(|| place.git(&["ls-remote", &place.url()]));
        gate.wait_for(1);
        let second = place.git(&["ls-remote", &place.url()]).exits(128);
        assert_snapshot!(place.said(&second), @"
        remote: jci: this job has all the connections that it may have at once, which is 1
        fatal: unable to access 'http://[server]/git/team/site.git/': The requested URL returned error: 429
        ");
        gate.open();
        let _ = first.join().unwrap().success();
    });
    let _ = place.git(&["ls-remote", &place.url()]).success();
}

#[test]
fn a_forge_that_says_nothing_is_not_waited_for() {
    let limits = Limits { silence: Duration::from_millis(50), ..Limits::default() };
    let place = Place::with(Formats::Git2, limits);
    let gate = place.forge.hold(Family::Git);
    let finished = place.git(&["ls-remote", &place.url()]).exits(128);
    assert_snapshot!(place.said(&finished), @"
    remote: jci: the forge has been silent for 50ms; try again later
    fatal: unable to access 'http://[server]/git/team/site.git/': The requested URL returned error: 504
    ");
    drop(gate);
}

#[test]
fn a_pack_that_is_too_long_is_not_stored() {
    let limits = Limits { pack_bytes: 100_000, ..Limits::default() };
    let place = Place::with(Formats::Git2, limits);
    place.clone(&["--config", "http.postBuffer=65536"]);
    let mut noise = vec![0; 150_000];
    fastrand::Rng::with_seed(1).fill(&mut noise);
    let run = PlumbedRun::new(RUN, "ok").file("noise", noise);
    let name = place.author.environment.plumb_run(&place.work(), &place.commit, &run);
    let finished = place.in_clone(&["push", "origin", &name]).exits(1);
    assert_snapshot!(place.said(&finished), @"
    remote: jci: more than 100000 bytes at once are not taken from a job
    error: remote unpack failed: not stored, see above
    To http://[server]/git/team/site.git
     ! [remote rejected] refs/jci-runs/[commit]/1795241966-cc77 -> refs/jci-runs/[commit]/1795241966-cc77 (see above)
    error: failed to push some refs to 'http://[server]/git/team/site.git'
    ");
    assert!(place.runs().is_empty() && place.heard().is_empty());
}

#[test]
fn a_push_counts_even_if_git_is_gone_when_the_forge_has_taken_it() {
    let place = Place::new();
    place.clone(&[]);
    let name = place.run(RUN);
    // The forge holds its answer back, not the taking of the run.
    let gate = place.forge.hold(Which::all(Family::Git).method("POST"));
    let mut git = place.git_in(&place.work(), TOKEN, &["push", "--quiet", "origin", &name]);
    let mut pushing = git.spawn().unwrap();
    gate.wait_for(1);
    pushing.kill().unwrap();
    pushing.wait().unwrap();
    gate.open();
    place.until_heard(1);
    assert_eq!(place.runs(), [name]);
}
