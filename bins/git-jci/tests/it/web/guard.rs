//! Who is answered, and who is not.

use insta::assert_snapshot;

use super::http::head;
use super::server::Server;
use crate::fixture::Fixture;

const CSP: &str = "content-security-policy";

fn redact(server: &Server, text: &str) -> String {
    text.replace(&server.address.port().to_string(), "[port]")
}

#[test]
fn only_known_hosts_are_answered() {
    let fixture = Fixture::new();
    let server = Server::start(&fixture.repo);
    let port = server.address.port();
    for host in ["127.0.0.1", "localhost", "LOCALHOST", "[::1]"] {
        let host = format!("{host}:{port}");
        assert_eq!(server.get_with("/api/repository", &[("Host", &host)]).status, 200, "{host}");
    }
    let evil = format!("evil.example:{port}");
    for host in
        ["127.0.0.1", "localhost", "127.0.0.1:1", "127.0.0.2", "", "localhost.evil.example", &evil]
    {
        for path in ["/", "/api/repository", "/assets/index.html", "/site/a/b/c/d"] {
            let response = server.get_with(path, &[("Host", host)]);
            assert_eq!(response.status, 421, "{host} {path}");
        }
    }
    let problem = server.get_with("/", &[("Host", "ci.example:1")]).problem();
    assert_snapshot!(redact(&server, &problem), @r#"421 wrong host: the request is for the host "ci.example:1", and this server is 127.0.0.1:[port], localhost:[port], [::1]:[port]; if you reach it by that name, start it with `--allow-host ci.example:1`"#);
    let twice = server.get_with("/", &[("Host", "localhost"), ("Host", &evil)]);
    assert_eq!(twice.status, 400);
    let none = server.send(b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n");
    assert_eq!(none.status, 421);
    let absolute = format!("GET http://{evil}/ HTTP/1.1\r\nHost: localhost:{port}\r\n");
    let absolute = server.send(format!("{absolute}Connection: close\r\n\r\n").as_bytes());
    assert_eq!(absolute.status, 421);
}

#[test]
fn a_host_that_was_allowed_is_answered() {
    let fixture = Fixture::new();
    let arguments = ["--allow-host", "CI.example.org", "--allow-host", "localhost:9000"];
    let server = Server::start_in(&fixture.repo, fixture.repo.path(), &arguments);
    for host in ["ci.example.org", "localhost:9000"] {
        assert_eq!(server.get_with("/", &[("Host", host)]).status, 200, "{host}");
    }
    let headers = [("Host", "ci.example.org"), ("Origin", "https://ci.example.org")];
    assert_eq!(server.get_with("/api/branches", &headers).status, 200);
    assert_eq!(server.get_with("/", &[("Host", "ci.example.org:81")]).status, 421);
}

#[test]
fn pages_of_others_are_refused() {
    let fixture = Fixture::new();
    let server = Server::start(&fixture.repo);
    let own = format!("http://{}", server.address);
    let raw = format!("/jci/{}/run.output.txt/raw", fixture.second);
    for path in ["/", "/api/repository", "/assets/index.html", &raw] {
        let status = |headers: &[(&str, &str)]| server.get_with(path, headers).status;
        assert_eq!(status(&[("Origin", &own)]), 200, "{path}");
        assert_eq!(status(&[("Sec-Fetch-Site", "same-origin")]), 200, "{path}");
        assert_eq!(status(&[("Sec-Fetch-Site", "none")]), 200, "{path}");
        for origin in ["null", "http://evil.example", "http://127.0.0.1", "file://", &own[7..]] {
            assert_eq!(status(&[("Origin", origin)]), 403, "{origin} {path}");
        }
        for site in ["cross-site", "same-site", "nonsense"] {
            assert_eq!(status(&[("Sec-Fetch-Site", site)]), 403, "{site} {path}");
            let framed = [
                ("Sec-Fetch-Site", site),
                ("Sec-Fetch-Mode", "navigate"),
                ("Sec-Fetch-Dest", "iframe"),
            ];
            assert_eq!(status(&framed), 403, "{site} {path}");
            // A link to follow from a chat, say.
            let followed = [
                ("Sec-Fetch-Site", site),
                ("Sec-Fetch-Mode", "navigate"),
                ("Sec-Fetch-Dest", "document"),
            ];
            let expected = if path.starts_with("/api/") { 403 } else { 200 };
            assert_eq!(status(&followed), expected, "{site} {path}");
        }
    }
    let problem = server.get_with("/api/branches", &[("Sec-Fetch-Site", "cross-site")]).problem();
    assert_snapshot!(problem, @"403 wrong site: the request for /api/branches comes from a page of another site (cross-site)");
}

#[test]
fn nothing_but_get_and_head_is_answered_and_no_body_read() {
    let fixture = Fixture::new();
    let server = Server::start(&fixture.repo);
    for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"] {
        for path in ["/", "/api/repository"] {
            let response = server.send(head(method, server.address, path, &[]).as_bytes());
            assert_eq!(response.status, 405, "{method} {path}");
            assert_eq!(response.header("allow"), Some("GET, HEAD"));
        }
    }
    assert_eq!(server.get_with("/", &[("Content-Length", "5")]).status, 413);
    assert_eq!(server.get_with("/", &[("Transfer-Encoding", "chunked")]).status, 413);
    assert_eq!(server.get_with("/", &[("Content-Length", "0")]).status, 200);
    let long = "x".repeat(100_000);
    assert_eq!(server.get_with("/", &[("X-Long", &long)]).status, 431);
}

#[test]
fn every_answer_is_guarded_and_none_may_be_read_by_others() {
    let fixture = Fixture::new();
    let server = Server::start(&fixture.repo);
    let Fixture { first, second, .. } = &fixture;
    let run = format!("/api/commit/{second}/latest");
    for path in [
        "/",
        "/commit/x",
        "/assets/index.html",
        "/assets/none",
        "/api/repository",
        "/api/branches",
        "/api/commits",
        "/api/none",
        &format!("/api/commit/{first}"),
        &run,
        &format!("{run}/log"),
        &format!("{run}/markdown?file=report%2Fsummary.txt"),
        &format!("{run}/junit?file=report%2Fsummary.txt"),
        &format!("/jci/{second}/run.output.txt/raw"),
        "/jci/x",
        "/site/x",
    ] {
        let response = server.get(path);
        assert!(response.header(CSP).is_some(), "{path}");
        assert_eq!(response.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(response.header("referrer-policy"), Some("no-referrer"), "{path}");
        assert_eq!(response.header("cross-origin-resource-policy"), Some("same-origin"), "{path}");
        assert!(response.header("cache-control").is_some(), "{path}");
        assert!(response.header("set-cookie").is_none(), "{path}");
        // Browsers show nothing that has both.
        let alone = response.header("cross-origin-opener-policy").is_some();
        assert!(!(alone && response.header(CSP).unwrap().contains("sandbox")), "{path}");
        let cors = response.headers().find(|(name, _)| name.starts_with("access-control"));
        assert_eq!(cors, None, "{path}");
    }
    assert_snapshot!(server.get("/").header(CSP).unwrap(), @"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
    assert_snapshot!(server.get("/api/branches").header(CSP).unwrap(), @"default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox");
}
