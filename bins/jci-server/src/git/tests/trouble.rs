//! A forge in trouble, and what git says about it.

use insta::assert_snapshot;

use super::place::{Place, RUN};

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
