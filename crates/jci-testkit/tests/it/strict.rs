//! What a test must not do without noticing.

use jci_testkit::forge::{FakeForge, Family, Fault, Right};

use crate::plain_http::{ask, get};
use crate::site::Site;

#[test]
#[should_panic(expected = "no such page: GET /team/site.git/HEAD")]
fn a_page_that_the_forge_does_not_have_is_named() {
    let site = Site::new();
    assert_eq!(get(&site.forge, "/team/site.git/HEAD", &site.token).status, 404);
}

#[test]
#[should_panic(expected = "the API knows no such route: GET /api/v1/repos/team/site/topics")]
fn a_route_that_the_api_does_not_have_is_named() {
    let site = Site::new();
    assert_eq!(get(&site.forge, "/api/v1/repos/team/site/topics", &site.token).status, 404);
}

#[test]
#[should_panic(expected = "the API knows no such route: DELETE /api/v1/version")]
fn a_method_that_a_route_does_not_have_is_named() {
    let site = Site::new();
    let reply = ask(&site.forge, "DELETE", "/api/v1/version", &site.token, "").unwrap();
    assert_eq!(reply.status, 404);
}

#[test]
#[should_panic(expected = "the route knows no query parameter per_page")]
fn a_query_parameter_of_another_forge_is_named() {
    let site = Site::new();
    let reply = get(&site.forge, "/api/v1/repos/search?per_page=1", &site.token);
    assert_eq!(reply.status, 422);
}

#[test]
#[should_panic(expected = "the route knows no field body")]
fn a_field_that_a_route_does_not_have_is_named() {
    let site = Site::new();
    let path = format!("/api/v1/repos/team/site/statuses/{}", site.first);
    let reply = ask(&site.forge, "POST", &path, &site.token, r#"{"body": "x"}"#).unwrap();
    assert_eq!(reply.status, 422);
}

#[test]
#[should_panic(expected = "the field state is not Text")]
fn a_field_of_another_type_is_named() {
    let site = Site::new();
    let path = format!("/api/v1/repos/team/site/statuses/{}", site.first);
    let reply = ask(&site.forge, "POST", &path, &site.token, r#"{"state": 1}"#).unwrap();
    assert_eq!(reply.status, 422);
}

#[test]
#[should_panic(expected = "GET /api/v1/user by Stranger got 401")]
fn a_token_that_is_none_is_named() {
    let site = Site::new();
    assert_eq!(get(&site.forge, "/api/v1/user", "wrong").status, 401);
}

#[test]
#[should_panic(expected = "got 403")]
fn a_right_that_is_missing_is_named() {
    let site = Site::with(FakeForge::gitea(), Right::Write);
    assert_eq!(get(&site.forge, "/api/v1/repos/team/site/hooks", &site.token).status, 403);
}

#[test]
#[should_panic(expected = "Internal was not met 1 times")]
fn a_fault_that_nobody_met_is_named() {
    let site = Site::new();
    site.forge.fail_next(2, Family::Api, Fault::Internal);
    assert_eq!(get(&site.forge, "/api/v1/version", "").status, 500);
}
