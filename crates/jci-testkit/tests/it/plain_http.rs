//! Requests that our own client would never send.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use jci_testkit::forge::FakeForge;
use serde_json::Value;

/// What came back, as far as it came.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        let text = String::from_utf8_lossy(&self.body);
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
    }
}

/// Asks and reads until the connection ends; nothing came back if it ended at once.
pub(crate) fn ask(
    forge: &FakeForge,
    method: &str,
    path: &str,
    token: &str,
    body: &str,
) -> Option<Reply> {
    let url = forge.url();
    let host = url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    let authorization =
        if token.is_empty() { String::new() } else { format!("Authorization: token {token}\r\n") };
    let length = body.len();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{authorization}\
         Content-Length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    // A connection that is cut ends with an error, and what came before it counts.
    let _ = stream.read_to_end(&mut answer);
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n")?;
    let body = answer.split_off(end + 4);
    let head = String::from_utf8(answer).unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Some(Reply { status, head, body })
}

pub(crate) fn get(forge: &FakeForge, path: &str, token: &str) -> Reply {
    ask(forge, "GET", path, token, "").unwrap()
}
