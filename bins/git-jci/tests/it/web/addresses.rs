//! Addresses that lead nowhere, and say so.

use insta::assert_snapshot;

use super::server::Server;
use crate::fixture::{Fixture, PASSED};

#[test]
fn what_is_not_there_says_what_was_asked_for() {
    let fixture = Fixture::new();
    let server = Server::start(&fixture.repo);
    let problem = |path: &str| fixture.redact(&server.problem(path));
    let Fixture { first, second, .. } = &fixture;
    assert_snapshot!(problem("/api/nothing"), @r#"404 no such address: there is nothing at "/api/nothing"; docs/web.md lists what there is"#);
    assert_snapshot!(problem("/api/commits?branch=none"), @r#"404 no such branch: "none" is no branch and no other revision here"#);
    assert_snapshot!(problem("/api/commits?page=2"), @r#"400 malformed request: page is "2"; expected what the page before said as `next`"#);
    assert_snapshot!(problem("/api/commits?status=good"), @r#"400 malformed request: status is "good"; expected ok, err, running or none"#);
    assert_snapshot!(problem("/api/commits?author=%FF"), @"400 malformed request: the parameter author is not UTF-8");
    assert_snapshot!(problem("/api/commit/HEAD"), @r#"400 malformed request: the commit is "HEAD"; expected the full id of a commit in hex, as this repository has them"#);
    assert_snapshot!(problem(&format!("/api/commit/{}", "1".repeat(64))), @r#"400 malformed request: the commit is "1111111111111111111111111111111111111111111111111111111111111111"; expected the full id of a commit in hex, as this repository has them"#);
    assert_snapshot!(problem(&format!("/api/commit/{}", "1".repeat(40))), @"404 no such commit: there is no commit 1111111111111111111111111111111111111111 here, and no run of it; it may have to be fetched");
    assert_snapshot!(problem(&format!("/api/commit/{second}/1-0000")), @"404 no such run: the commit [second] has no run 1-0000 here; `git jci pull` gets runs made elsewhere");
    assert_snapshot!(problem(&format!("/api/commit/{first}/{PASSED}")), @"404 no such run: the commit [first] has no run 1767326645-00cc here; `git jci pull` gets runs made elsewhere");
    assert_snapshot!(problem(&format!("/api/commit/{second}/newest")), @r#"400 malformed request: the run is "newest"; expected a run id, <unix seconds>-<4 hex>, or `latest`"#);
    assert_snapshot!(problem(&format!("/api/commit/{second}/latest/log?count=2001")), @"400 malformed request: the parameter count is 2001; at most 2000");
    assert_snapshot!(problem(&format!("/api/commit/{second}/latest/log?first=x")), @r#"400 malformed request: the parameter first is "x"; expected a number"#);
    assert_snapshot!(problem(&format!("/api/commit/{second}/latest/log?file=none")), @r#"404 no such file: the run 1767326645-00cc has no file "none""#);
    assert_snapshot!(problem(&format!("/api/commit/{second}/latest/log/search")), @"400 malformed request: the parameter text is missing: what to look for");
    assert_snapshot!(problem(&format!("/api/commit/{second}/latest/junit")), @"400 malformed request: the parameter file is missing: the path of a file in the run");
    assert_snapshot!(problem(&format!("/jci/{second}/none/raw")), @r#"404 no such file: the run 1767326645-00cc has no file "none""#);
    assert_snapshot!(problem(&format!("/jci/{second}/report/raw")), @r#"404 no such file: the run 1767326645-00cc has no file "report""#);
    assert_snapshot!(problem(&format!("/jci/{second}/run.output.txt")), @r#"404 no such address: "/jci/[second]/run.output.txt" does not end with /raw or /archive.tar"#);
}

#[test]
fn objects_of_another_kind_are_no_commits_and_no_runs() {
    let fixture = Fixture::new();
    let server = Server::start(&fixture.repo);
    let Fixture { repo, second, .. } = &fixture;
    for object in
        [format!("refs/jci-runs/{second}/{PASSED}:run.output.txt"), "HEAD^{tree}".to_owned()]
    {
        let id = repo.git(&["rev-parse", &object]);
        assert_eq!(server.get(&format!("/api/commit/{id}")).status, 404, "{object}");
        assert_eq!(server.get(&format!("/jci/{id}/run.output.txt/raw")).status, 404, "{object}");
    }
    // The commit of a run is a commit, and not one that runs are of.
    let run = repo.git(&["rev-parse", &format!("refs/jci-runs/{second}/{PASSED}")]);
    assert_eq!(server.get(&format!("/jci/{run}/run.output.txt/raw")).status, 404);
}

#[test]
fn paths_that_lead_elsewhere_are_refused() {
    let fixture = Fixture::new();
    let server = Server::start(&fixture.repo);
    let second = &fixture.second;
    for (path, status) in [
        ("../run.output.txt", 400),
        ("report/../run.output.txt", 400),
        ("report/%2e%2e/run.output.txt", 400),
        ("./run.output.txt", 400),
        ("report//summary.txt", 400),
        ("/run.output.txt", 400),
        ("report%2Fsummary.txt", 400),
        ("report%2fsummary.txt", 400),
        ("run.output.txt%00", 400),
        ("%2e%2e%2f%2e%2e%2fetc%2fpasswd", 400),
        ("report/summary.txt", 200),
        ("report%5Csummary.txt", 404),
        ("latest/summary.txt", 404),
    ] {
        for address in
            [format!("/jci/{second}/{path}/raw"), format!("/jci/{second}/{PASSED}/{path}/raw")]
        {
            let response = server.get(&address);
            assert_eq!(response.status, status, "{address}: {}", response.text());
        }
    }
    for (path, status) in [
        ("report%2Fsummary.txt", 200),
        ("report/summary.txt", 200),
        ("..%2Frun.output.txt", 400),
        ("report%2F..%2Frun.output.txt", 400),
        ("report%2F%2Fsummary.txt", 400),
        ("run.output.txt%00", 400),
        ("%2Fetc%2Fpasswd", 400),
        ("", 400),
    ] {
        let address = format!("/api/commit/{second}/latest/log?file={path}");
        assert_eq!(server.get(&address).status, status, "{address}");
    }
    for path in ["../../Cargo.toml", "..%2f..%2fCargo.toml", "%2e%2e/lib.rs", "/etc/passwd"] {
        assert_eq!(server.get(&format!("/assets/{path}")).status, 404, "{path}");
    }
}

#[test]
fn any_other_path_is_the_page() {
    let fixture = Fixture::new();
    let server = Server::start(&fixture.repo);
    let page = server.get("/");
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    for path in ["/commit/x/y/log?text=a", "/compare/a/b/c/d", "/%FF", "/api", "/x.js"] {
        let response = server.get(path);
        assert_eq!((response.status, &response.body), (200, &page.body), "{path}");
    }
    let tag = page.header("etag").unwrap();
    let again = server.get_with("/", &[("If-None-Match", tag)]);
    assert_eq!((again.status, again.body.len()), (304, 0));
}
