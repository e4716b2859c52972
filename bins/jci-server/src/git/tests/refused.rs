//! What a job may not do, and what git says about it.

use insta::assert_snapshot;
use jci_testkit::Finished;

use super::place::{Place, RUN, TOKEN, grant};

/// Pushes what is refused, and returns what git says.
fn refused(place: &Place, arguments: &[&str]) -> String {
    let before = place.repository.refs();
    let finished = place.in_clone(arguments).exits(1);
    assert_eq!(place.repository.refs(), before, "nothing may arrive");
    assert!(place.heard().is_empty());
    assert!(place.repository.changed().is_empty());
    place.said(&finished)
}

fn cloned() -> Place {
    let place = Place::new();
    place.clone(&[]);
    place
}

#[test]
fn branches_and_tags_are_not_pushed() {
    let place = cloned();
    let said = refused(&place, &["push", "origin", "HEAD:refs/heads/evil", "HEAD:refs/tags/v2"]);
    assert_snapshot!(said, @"
    remote: jci: a job may create refs/jci-runs/[commit]/<run id> and nothing else; nothing was stored
    To http://[server]/git/team/site.git
     ! [remote rejected] HEAD -> evil (a job may push nothing but runs)
     ! [remote rejected] HEAD -> v2 (a job may push nothing but runs)
    error: failed to push some refs to 'http://[server]/git/team/site.git'
    ");
    let said = refused(&place, &["push", "--force", "origin", "HEAD~1:refs/heads/main"]);
    assert_snapshot!(said, @"
    remote: jci: a job may create refs/jci-runs/[commit]/<run id> and nothing else; nothing was stored
    To http://[server]/git/team/site.git
     ! [remote rejected] HEAD~1 -> main (a job may push nothing but runs)
    error: failed to push some refs to 'http://[server]/git/team/site.git'
    ");
}

#[test]
fn nothing_is_deleted() {
    let place = cloned();
    assert_snapshot!(refused(&place, &["push", "origin", ":refs/heads/main"]), @"
    remote: jci: a job may create refs/jci-runs/[commit]/<run id> and nothing else; nothing was stored
    To http://[server]/git/team/site.git
     ! [remote rejected] main (a job may not delete refs)
    error: failed to push some refs to 'http://[server]/git/team/site.git'
    ");
}

#[test]
fn a_run_stays_what_it_is() {
    let place = cloned();
    let name = place.run(RUN);
    place.repository.git(&["update-ref", &name, "refs/tags/v1"]);
    let forced = format!("+{name}:{name}");
    assert_snapshot!(refused(&place, &["push", "origin", &forced]), @"
    remote: jci: a job may create refs/jci-runs/[commit]/<run id> and nothing else; nothing was stored
    To http://[server]/git/team/site.git
     ! [remote rejected] refs/jci-runs/[commit]/1795241966-cc77 -> refs/jci-runs/[commit]/1795241966-cc77 (a job may not change refs)
    error: failed to push some refs to 'http://[server]/git/team/site.git'
    ");
    let deleted = format!(":{name}");
    assert_snapshot!(refused(&place, &["push", "origin", &deleted]), @"
    remote: jci: a job may create refs/jci-runs/[commit]/<run id> and nothing else; nothing was stored
    To http://[server]/git/team/site.git
     ! [remote rejected] refs/jci-runs/[commit]/1795241966-cc77 (a job may not delete refs)
    error: failed to push some refs to 'http://[server]/git/team/site.git'
    ");
}

#[test]
fn runs_of_other_commits_are_not_pushed() {
    let place = cloned();
    let other = format!("HEAD:refs/jci-runs/{}/{RUN}", "d".repeat(40));
    assert_snapshot!(refused(&place, &["push", "origin", &other]), @"
    remote: jci: a job may create refs/jci-runs/[commit]/<run id> and nothing else; nothing was stored
    To http://[server]/git/team/site.git
     ! [remote rejected] HEAD -> refs/jci-runs/dddddddddddddddddddddddddddddddddddddddd/1795241966-cc77 (a job may push runs of its own commit only)
    error: failed to push some refs to 'http://[server]/git/team/site.git'
    ");
}

#[test]
fn what_is_no_run_id_is_not_pushed() {
    let place = cloned();
    let odd = format!("HEAD:refs/jci-runs/{}/latest", place.commit);
    assert_snapshot!(refused(&place, &["push", "origin", &odd]), @"
    remote: jci: a job may create refs/jci-runs/[commit]/<run id> and nothing else; nothing was stored
    To http://[server]/git/team/site.git
     ! [remote rejected] HEAD -> refs/jci-runs/[commit]/latest (not a run id, which is <unix seconds>-<4 hex>)
    error: failed to push some refs to 'http://[server]/git/team/site.git'
    ");
}

#[test]
fn one_bad_ref_keeps_the_good_ones_back() {
    for option in ["--no-atomic", "--atomic"] {
        let place = cloned();
        let name = place.run(RUN);
        let said = refused(&place, &["push", option, "origin", &name, "HEAD:refs/heads/evil"]);
        assert!(said.contains("a job may push nothing but runs"), "{said}");
        assert!(said.contains("another ref of this push is refused"), "{said}");
    }
}

#[test]
fn a_job_that_may_not_push_reads_why() {
    let place = cloned();
    let name = place.run(RUN);
    place.jobs.add(TOKEN, crate::git::Grant { may_push: false, ..grant(&place.commit) });
    assert_snapshot!(refused(&place, &["push", "origin", &name]), @"
    remote: jci: a job may create refs/jci-runs/[commit]/<run id> and nothing else; nothing was stored
    To http://[server]/git/team/site.git
     ! [remote rejected] refs/jci-runs/[commit]/1795241966-cc77 -> refs/jci-runs/[commit]/1795241966-cc77 (this job may not push)
    error: failed to push some refs to 'http://[server]/git/team/site.git'
    ");
}

#[test]
fn options_and_signatures_are_not_on_offer() {
    let place = cloned();
    let name = place.run(RUN);
    let push = ["push", "--push-option=x", "origin", &name];
    let finished = place.in_clone(&push).exits(1);
    assert_snapshot!(place.said(&finished), @"
    fatal: the receiving end does not support push options
    fatal: the remote end hung up unexpectedly
    error: failed to push some refs to 'http://[server]/git/team/site.git'
    ");
    let finished = place.in_clone(&["push", "--signed=true", "origin", &name]).exits(1);
    assert_snapshot!(place.said(&finished), @"
    fatal: the receiving end does not support --signed push
    fatal: the remote end hung up unexpectedly
    error: failed to push some refs to 'http://[server]/git/team/site.git'
    ");
    assert!(place.runs().is_empty() && place.heard().is_empty());
}

#[test]
fn without_a_token_git_asks_for_one() {
    let place = Place::new();
    let mut git = place.author.environment.command("git", &place.folder());
    let finished = Finished::of(git.args(["clone", &place.url(), "work"])).exits(128);
    assert_snapshot!(place.said(&finished), @"
    Cloning into 'work'...
    fatal: could not read Username for 'http://[server]': terminal prompts disabled
    ");
}

#[test]
fn a_token_that_is_not_valid_is_named() {
    let place = Place::new();
    let mut git = place.git_in(&place.folder(), "wrong", &["clone", &place.url(), "work"]);
    let finished = Finished::of(&mut git).exits(128);
    assert_snapshot!(place.said(&finished), @"
    Cloning into 'work'...
    remote: jci: the token of this job is not valid, or not any more: it ends with the job
    fatal: unable to access 'http://[server]/git/team/site.git/': The requested URL returned error: 403
    ");
}

#[test]
fn another_repository_is_not_served() {
    let place = Place::new();
    let _other = place.forge.repository("team/other");
    let finished = place.git(&["clone", &place.url_of("team/other"), "work"]).exits(128);
    assert_snapshot!(place.said(&finished), @"
    Cloning into 'work'...
    remote: jci: the token of this job is for another repository
    fatal: unable to access 'http://[server]/git/team/other.git/': The requested URL returned error: 403
    ");
    for odd in [
        "team/%73ite",
        "team//site",
        "team/site/..%2fother",
        "team/site%00",
        "team/site%2f..",
        "Team/site",
    ] {
        let finished = place.git(&["clone", &place.url_of(odd), "work"]).exits(128);
        assert!(finished.stderr().contains("remote: jci: "), "{odd}: {finished:?}");
    }
    assert!(place.forge.requests().is_empty(), "the forge hears of none of it");
}

#[test]
fn a_token_that_dies_between_two_requests_is_named() {
    let place = Place::new();
    place.jobs.ends_after(TOKEN, 1);
    let finished = place.git(&["clone", &place.url(), "work"]).exits(128);
    assert_snapshot!(place.said(&finished), @"
    Cloning into 'work'...
    fatal: remote error: jci: the token of this job is not valid, or not any more: it ends with the job
    ");
}

#[test]
fn a_push_whose_job_ends_meanwhile_is_not_stored() {
    let place = cloned();
    let name = place.run(RUN);
    // Good for the list of refs: the push itself comes too late.
    place.jobs.ends_after(TOKEN, 1);
    assert_snapshot!(refused(&place, &["push", "origin", &name]), @"
    remote: jci: the token of this job is not valid, or not any more: it ends with the job
    error: remote unpack failed: not stored, see above
    To http://[server]/git/team/site.git
     ! [remote rejected] refs/jci-runs/[commit]/1795241966-cc77 -> refs/jci-runs/[commit]/1795241966-cc77 (see above)
    error: failed to push some refs to 'http://[server]/git/team/site.git'
    ");
    // Good for the push too, but not until its pack has come.
    place.jobs.ends_after(TOKEN, 2);
    assert_snapshot!(refused(&place, &["push", "origin", &name]), @"
    remote: jci: the token of this job is not valid, or not any more: it ends with the job
    error: remote unpack failed: not stored, see above
    To http://[server]/git/team/site.git
     ! [remote rejected] refs/jci-runs/[commit]/1795241966-cc77 -> refs/jci-runs/[commit]/1795241966-cc77 (see above)
    error: failed to push some refs to 'http://[server]/git/team/site.git'
    ");
}

#[test]
fn dumb_http_is_refused_with_a_sentence() {
    let place = Place::new();
    let mut git = place.git_in(&place.folder(), TOKEN, &["clone", &place.url(), "work"]);
    let finished = Finished::of(git.env("GIT_SMART_HTTP", "0")).exits(128);
    assert_snapshot!(place.said(&finished), @"
    Cloning into 'work'...
    remote: jci: dumb HTTP is not spoken here; use a git that knows smart HTTP, 1.6.6 or newer
    fatal: unable to access 'http://[server]/git/team/site.git/': The requested URL returned error: 403
    ");
}
