//! Clients that are slow, or want too much.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use crate::world::World;

/// Sends a beginning and reads until the server closes.
fn answer_to(address: &str, beginning: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    stream.write_all(beginning).unwrap();
    let mut text = String::new();
    let _ = stream.read_to_string(&mut text);
    text
}

#[test]
fn who_is_slow_with_a_request_is_not_waited_for() {
    let world = World::with(&[("JCI_CLIENT_PATIENCE", "200ms")]);
    let address = world.server.address();
    assert_eq!(answer_to(address, b"POST /webhook HTTP/1.1\r\nHos"), "");
    let slow = b"POST /webhook HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{";
    let answer = answer_to(address, slow);
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(answer.contains("urn:jci:problem:too-slow"), "{answer}");
}

#[test]
fn a_body_beyond_the_limit_is_refused_unread() {
    let world = World::new();
    let large = b"POST /webhook HTTP/1.1\r\nHost: a\r\nContent-Length: 31457280\r\n\
        Connection: close\r\n\r\n";
    let answer = answer_to(world.server.address(), large);
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
}

#[test]
fn an_address_has_so_many_connections() {
    let world = World::with(&[("JCI_CONNECTIONS_PER_ADDRESS", "2")]);
    let open = || TcpStream::connect(world.server.address()).unwrap();
    let held = [open(), open()];
    // Both are counted once both are answered.
    for mut stream in &held {
        stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
        let mut begin = [0; 15];
        stream.read_exact(&mut begin).unwrap();
        assert_eq!(&begin, b"HTTP/1.1 200 OK");
    }
    assert_eq!(answer_to(world.server.address(), b""), "");
}
