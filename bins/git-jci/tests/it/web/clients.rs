//! Clients that are slow, idle or rude.

use std::io::{BufReader, Write as _};
use std::net::TcpStream;

use jci_testkit::PlumbedRun;

use super::http::{connect, head, receive, receive_head};
use super::server::Server;
use crate::fixture::Fixture;

/// Reads a number of what the system tells of the server, in KiB or as a count.
fn told(server: &Server, name: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.trim_start_matches(':').split_whitespace().next().unwrap().parse().unwrap()
}

#[test]
fn five_hundred_that_say_nothing_or_only_begin_to_do_no_harm() {
    let fixture = Fixture::new();
    let server = Server::start(&fixture.repo);
    let mut others: Vec<TcpStream> = Vec::new();
    for number in 0..500 {
        let mut other = connect(server.address);
        if number % 2 == 0 {
            other.write_all(b"GET /api/repository HTTP/1.1\r\nHost: 127").unwrap();
        }
        others.push(other);
    }
    assert_eq!(server.get("/api/commits").status, 200);
    assert!(told(&server, "Threads") < 80);
    assert!(told(&server, "VmHWM") < 100 * 1024);
    // Each of them is still heard.
    let rest = format!(".0.0.1:{}\r\nConnection: close\r\n\r\n", server.address.port());
    let mut slow = others.swap_remove(0);
    slow.write_all(rest.as_bytes()).unwrap();
    assert_eq!(receive(&mut BufReader::new(slow)).status, 200);
}

#[test]
fn downloads_that_nobody_reads_hold_no_thread_and_little_memory() {
    let fixture = Fixture::new();
    let large = vec![b'x'; 64 << 20];
    fixture
        .repo
        .plumb_run(&fixture.second, &PlumbedRun::new("1767330000-00dd", "ok").file("large", large));
    let server = Server::start(&fixture.repo);
    let path = format!("/jci/{}/1767330000-00dd/large/raw", fixture.second);
    let archive = format!("/jci/{}/1767330000-00dd/archive.tar", fixture.second);
    let mut stalled = Vec::new();
    for number in 0..60 {
        let mut stream = connect(server.address);
        let path = if number % 3 == 0 { &archive } else { &path };
        stream.write_all(head("GET", server.address, path, &[]).as_bytes()).unwrap();
        let mut stream = BufReader::with_capacity(1024, stream);
        assert_eq!(receive_head(&mut stream).status, 200);
        stalled.push(stream);
    }
    // All others are served as if they were alone, downloads included.
    assert_eq!(server.get("/api/commits").status, 200);
    let part = server.get_with(&path, &[("Range", "bytes=60000000-60000009")]);
    assert_eq!(part.body, b"xxxxxxxxxx");
    assert!(told(&server, "VmHWM") < 100 * 1024, "{} KiB", told(&server, "VmHWM"));
    // And one that was stalled goes on where it was.
    let one = stalled.swap_remove(1);
    let mut rest = one;
    let mut length = 0;
    loop {
        use std::io::BufRead as _;
        let read = rest.fill_buf().unwrap().len();
        if read == 0 {
            break;
        }
        rest.consume(read);
        length += read;
    }
    assert_eq!(length, 64 << 20);
}

#[test]
fn many_requests_on_one_connection_are_answered_in_order() {
    let fixture = Fixture::new();
    let server = Server::start(&fixture.repo);
    let mut stream = connect(server.address);
    let request = |path: &str, end: &str| {
        format!("GET {path} HTTP/1.1\r\nHost: {}\r\n{end}\r\n", server.address)
    };
    let both = request("/api/none", "") + &request("/api/repository", "Connection: close\r\n");
    stream.write_all(both.as_bytes()).unwrap();
    let mut stream = BufReader::new(stream);
    let first = receive_head(&mut stream);
    assert_eq!(first.status, 404);
    let mut body = vec![0; first.header("content-length").unwrap().parse().unwrap()];
    std::io::Read::read_exact(&mut stream, &mut body).unwrap();
    assert_eq!(receive(&mut stream).status, 200);
}

#[test]
fn what_is_no_http_is_answered_and_forgotten() {
    let fixture = Fixture::new();
    let server = Server::start(&fixture.repo);
    for bytes in [
        &b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n"[..],
        b"hello\r\n\r\n",
        b"GET\x00/ HTTP/1.1\r\n\r\n",
    ] {
        assert_eq!(server.send(bytes).status, 400);
    }
    assert_eq!(server.get("/api/repository").status, 200);
}
