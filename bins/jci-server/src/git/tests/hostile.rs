//! Requests that no git sends.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::future::BoxFuture;

use super::place::{Jobs, Place, RUN, Served, TOKEN, grant};
use crate::git::{Grant, Limits, PushObserver, PushedRun};

/// Sends a request and returns the whole answer, head and body.
fn send(served: &Served, head: &str, body: &[u8]) -> String {
    let mut stream = TcpStream::connect(served.address).unwrap();
    let basic = STANDARD.encode(format!("jci:{TOKEN}"));
    let length = body.len();
    let head = format!(
        "{head}\r\nhost: ci\r\nconnection: close\r\nauthorization: Basic {basic}\r\n\
         content-length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    // The server may have answered and closed already.
    let _ = stream.write_all(body);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

fn push(served: &Served, body: &[u8]) -> String {
    let head = "POST /git/team/site.git/git-receive-pack HTTP/1.1\r\n\
                content-type: application/x-git-receive-pack-request";
    send(served, head, body)
}

/// Writes a list of commands, and a pack of nothing.
fn list(lines: &[String]) -> Vec<u8> {
    let line = |line: &String| format!("{:04x}{line}", line.len() + 4);
    let lines: String = lines.iter().map(line).collect();
    format!("{lines}0000PACK").into_bytes()
}

#[test]
fn what_is_no_push_never_reaches_the_forge() {
    let place = Place::new();
    let (zeros, id) = ("0".repeat(40), "a".repeat(40));
    let run = format!("refs/jci-runs/{}/{RUN}", place.commit);
    let wants = "\0report-status side-band-64k";
    for (body, expected) in [
        (b"".to_vec(), "HTTP/1.1 400"),
        (b"PACK".to_vec(), "is not what git sends"),
        (b"fffffff".to_vec(), "is not what git sends"),
        (b"00".to_vec(), "broke off in its list"),
        (list(&["push-cert\0report-status".to_owned()]), "signed pushes are not taken"),
        (list(&[format!("{zeros} {id} {run}{wants}"), "junk".to_owned()]), "is no command"),
        (list(&[format!("{zeros} {id} {run}{wants}"), format!("{id} {id} {run}{wants}")]), "400"),
        (list(&[format!("{id} {id} {run}{wants}")]), "a job may not change refs"),
        (list(&[format!("{id} {zeros} {run}{wants}")]), "a job may not delete refs"),
        (list(&[format!("{zeros} {id} {run}/x{wants}")]), "not a run id"),
        (list(&[format!("{zeros} {id} {run}\nrefs/heads/main{wants}")]), "not a run id"),
        (list(&[format!("{zeros} {id} {run}{wants} push-options")]), "push options are not taken"),
        (list(&[format!("{zeros} {id} {run}\0atomic")]), "asks for no report"),
    ] {
        let answer = push(&place.served, &body);
        assert!(answer.contains(expected), "{}: {answer}", body.escape_ascii());
    }
    assert!(place.forge.requests().is_empty());
}

#[test]
fn bodies_that_git_does_not_send_are_refused() {
    let place = Place::new();
    let of = |head: &str| send(&place.served, head, b"0000");
    let path = "/git/team/site.git/git-receive-pack HTTP/1.1";
    assert!(of(&format!("POST {path}")).starts_with("HTTP/1.1 415 "));
    let kind = "content-type: application/x-git-receive-pack-request";
    let zipped = format!("POST {path}\r\n{kind}\r\ncontent-encoding: gzip");
    assert!(of(&zipped).starts_with("HTTP/1.1 415 "));
    assert!(of(&format!("PUT {path}\r\n{kind}")).starts_with("HTTP/1.1 405 "));
    assert!(of(&format!("POST {path}\r\n{kind}")).starts_with("HTTP/1.1 200 "));
    let twice = format!("POST {path}\r\n{kind}\r\nauthorization: Bearer x");
    assert!(of(&twice).starts_with("HTTP/1.1 401 "));
    assert!(place.forge.requests().is_empty());
}

#[test]
fn a_forge_is_let_go_once_git_is_gone() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let served = before(&format!("http://{}", listener.local_addr().unwrap()));
    let mut git = TcpStream::connect(served.address).unwrap();
    let basic = STANDARD.encode(format!("jci:{TOKEN}"));
    let head = format!(
        "POST /git/team/site.git/git-upload-pack HTTP/1.1\r\nhost: ci\r\ncontent-length: 4\r\n\
         content-type: application/x-git-upload-pack-request\r\n\
         authorization: Basic {basic}\r\n\r\n0000"
    );
    git.write_all(head.as_bytes()).unwrap();
    let (mut forge, _) = listener.accept().unwrap();
    // Less than the proxy would wait for an answer.
    forge.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let mut piece = [0; 4096];
    assert_ne!(forge.read(&mut piece).unwrap(), 0, "the request comes");
    drop(git);
    while forge.read(&mut piece).expect("the proxy closes its connection") > 0 {}
}

/// Hears of nothing.
#[derive(Debug)]
struct Deaf;

impl PushObserver for Deaf {
    fn pushed<'a>(&'a self, _: &'a Grant, run: &'a PushedRun) -> BoxFuture<'a, ()> {
        panic!("{run:?} cannot have been taken")
    }
}

/// Answers one request with these bytes, and returns what came.
fn forge_that_says(answer: &'static str) -> (String, thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let heard = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let (mut heard, mut piece) = (Vec::new(), [0; 4096]);
        while !heard.windows(4).any(|end| end == b"\r\n\r\n") {
            let length = stream.read(&mut piece).unwrap();
            assert_ne!(length, 0, "the request is whole");
            heard.extend_from_slice(&piece[..length]);
        }
        stream.write_all(answer.as_bytes()).unwrap();
        String::from_utf8(heard).unwrap()
    });
    (url, heard)
}

fn before(forge: &str) -> Served {
    let jobs = Jobs::default();
    jobs.add(TOKEN, grant(&"c".repeat(40)));
    Served::start(forge, "forge-t0ken", Arc::new(jobs), Arc::new(Deaf), Limits::default())
}

const REFS: &str = "GET /git/team/site.git/info/refs?service=git-upload-pack HTTP/1.1\r\n\
                    git-protocol: version=2:evil\r\ncookie: session=1\r\nx-forwarded-for: ::1\r\n\
                    accept-encoding: gzip\r\nreferer: http://secret";

#[test]
fn the_forge_hears_what_it_needs_and_nothing_else() {
    let (forge, heard) = forge_that_says("HTTP/1.1 500 no\r\ncontent-length: 0\r\n\r\n");
    let served = before(&forge);
    assert!(send(&served, REFS, b"").starts_with("HTTP/1.1 502 "));
    let heard = heard.join().unwrap().replace(&forge.replace("http://", ""), "[forge]");
    let token = STANDARD.encode("ci:forge-t0ken");
    let heard = heard.replace(&token, "[token]").replace(env!("CARGO_PKG_VERSION"), "[version]");
    insta::assert_snapshot!(heard.replace('\r', ""), @"
    GET /team/site.git/info/refs?service=git-upload-pack HTTP/1.1
    accept: application/x-git-upload-pack-advertisement
    authorization: Basic [token]
    user-agent: jci-server/[version]
    host: [forge]
    ");
}

#[test]
fn no_redirect_is_followed_and_no_header_of_the_forge_passed_on() {
    for (answer, status) in [
        ("HTTP/1.1 302 there\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n", "502"),
        ("HTTP/1.1 200 fine\r\ncontent-type: text/html\r\ncontent-length: 2\r\n\r\nhi", "502"),
        (
            "HTTP/1.1 200 fine\r\ncontent-type: application/x-git-upload-pack-advertisement\r\n\
             set-cookie: forge=1\r\nx-secret: 1\r\ncontent-length: 4\r\n\r\n0000",
            "200",
        ),
    ] {
        let (forge, heard) = forge_that_says(answer);
        let said = send(&before(&forge), REFS, b"");
        heard.join().unwrap();
        assert!(said.starts_with(&format!("HTTP/1.1 {status} ")), "{said}");
        for word in ["127.0.0.1", "cookie", "secret", "location", "hi"] {
            assert!(!said.contains(&format!("\n{word}")), "{said}");
        }
    }
}

#[test]
fn a_forge_that_claims_to_have_taken_something_else_is_not_believed() {
    // `Deaf` fails the test if it hears of anything.
    let report = "HTTP/1.1 200 ok\r\ncontent-type: application/x-git-receive-pack-result\r\n\
                  connection: close\r\n\r\n000eunpack ok\n0017ok refs/heads/main\n0000";
    let (forge, heard) = forge_that_says(report);
    let (zeros, id) = ("0".repeat(40), "a".repeat(40));
    let run = format!("refs/jci-runs/{}/{RUN}", "c".repeat(40));
    let said = push(&before(&forge), &list(&[format!("{zeros} {id} {run}\0report-status")]));
    heard.join().unwrap();
    assert!(said.contains("ok refs/heads/main"), "{said}");
}
