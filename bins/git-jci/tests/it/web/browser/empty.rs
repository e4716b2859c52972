//! What is shown while there is nothing to show.

use jci_testkit::{Environment, Formats, TestRepo};

use crate::jci::jci;
use crate::web::server::Server;
use jci_testkit::browser::Page;

fn repository() -> TestRepo {
    TestRepo::in_environment(Environment::in_memory(), Formats::Git2)
}

#[test]
fn each_first_step_is_explained() {
    let repo = repository();
    let site = Server::start(&repo);
    let page = Page::open(&site.url(), "/");
    page.until_text("#content", "git commit");
    page.until_text("#commits", "No commit yet");
    page.picture("empty");

    let commit = repo.commit("first");
    page.goto("/");
    page.until_text("#content", "git jci init");
    page.until_text("#commits", "first");

    repo.script("#!/bin/sh\necho hello\n");
    page.goto("/");
    page.until_text("#content", "git jci run");
    page.click(".commit");
    page.until_at(&format!("/commit/{commit}"));
    page.until_text("#runs", "git jci run");

    page.goto("/");
    page.until_text("#content", "No run yet");
    let _ = jci(&repo, &["run"]).success();
    page.until_text("#commits", "passed");
    page.until_text("#content", "Choose a commit");
}

#[test]
fn the_first_step_is_explained_on_a_narrow_screen_too() {
    let repo = repository();
    repo.commit("first");
    let site = Server::start(&repo);
    let page = Page::open(&site.url(), "/");
    page.resize(390, 780);
    page.until_text(".commit", "first");
    page.until("document.querySelector('#content').checkVisibility()");
    page.until_text("#content", "git jci init");
    page.picture("narrow-empty");
}

#[test]
fn an_empty_log_says_so() {
    let repo = TestRepo::with_script("#!/bin/sh\n");
    let _ = jci(&repo, &["run"]).success();
    let site = Server::start(&repo);
    let commit = repo.git(&["rev-parse", "HEAD"]);
    let page = Page::open(&site.url(), &format!("/commit/{commit}"));
    page.until_text("#content", "Nothing is in it.");
}
