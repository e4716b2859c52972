//! HTTP as little as tests need it, so that they can also speak it badly.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// Long enough for anything; a test that gets here has failed.
const PATIENCE: Duration = Duration::from_secs(60);

/// An answer.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Response {
    /// Returns the value of a header, in small letters; it may be there once.
    #[track_caller]
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|(known, _)| known == name);
        let first = found.next().map(|(_, value)| value.as_str());
        assert!(found.next().is_none(), "{name} is there twice: {:?}", self.headers);
        first
    }

    pub(crate) fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Returns the status and the detail of a problem, in one line.
    #[track_caller]
    pub(crate) fn problem(&self) -> String {
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{self:?}");
        let problem: serde_json::Value = serde_json::from_slice(&self.body).unwrap();
        assert_eq!(problem["status"], self.status);
        let text = |name: &str| problem[name].as_str().unwrap().to_owned();
        format!("{} {}: {}", self.status, text("title"), text("detail"))
    }
}

pub(crate) fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// Writes the head of a request; `Host` is the address unless a header names another.
pub(crate) fn head(
    method: &str,
    address: SocketAddr,
    path: &str,
    headers: &[(&str, &str)],
) -> String {
    let mut head = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n");
    if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
        head += &format!("Host: {address}\r\n");
    }
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    head + "\r\n"
}

#[track_caller]
pub(crate) fn get(address: SocketAddr, path: &str, headers: &[(&str, &str)]) -> Response {
    send(address, head("GET", address, path, headers).as_bytes())
}

#[track_caller]
pub(crate) fn send(address: SocketAddr, bytes: &[u8]) -> Response {
    let mut stream = connect(address);
    stream.write_all(bytes).unwrap();
    receive(&mut BufReader::new(stream))
}

/// Reads an answer to the end of the connection.
#[track_caller]
pub(crate) fn receive(stream: &mut BufReader<TcpStream>) -> Response {
    let mut response = receive_head(stream);
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).unwrap();
    let is_chunked = response.header("transfer-encoding") == Some("chunked");
    response.body = if is_chunked { without_chunks(&rest) } else { rest };
    response
}

/// Reads what an answer has before its body.
#[track_caller]
pub(crate) fn receive_head(stream: &mut BufReader<TcpStream>) -> Response {
    let mut line = || {
        let mut line = String::new();
        stream.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    };
    let first = line();
    let status = first.split(' ').nth(1).and_then(|status| status.parse().ok());
    let status = status.unwrap_or_else(|| panic!("the answer begins with {first:?}"));
    let mut headers = Vec::new();
    loop {
        let line = line();
        if line.is_empty() {
            return Response { status, headers, body: Vec::new() };
        }
        let (name, value) = line.split_once(':').unwrap();
        headers.push((name.to_lowercase(), value.trim().to_owned()));
    }
}

#[track_caller]
fn without_chunks(mut rest: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    loop {
        let end = rest.windows(2).position(|it| it == b"\r\n").expect("a chunk has a length");
        let length = std::str::from_utf8(&rest[..end]).unwrap();
        let length = usize::from_str_radix(length, 16).unwrap();
        rest = &rest[end + 2..];
        if length == 0 {
            return body;
        }
        body.extend_from_slice(&rest[..length]);
        rest = &rest[length + 2..];
    }
}

/// Server-sent events, one after another.
pub(crate) struct Events {
    stream: BufReader<TcpStream>,
}

impl Events {
    #[track_caller]
    pub(crate) fn of(address: SocketAddr, path: &str, headers: &[(&str, &str)]) -> Self {
        let mut stream = connect(address);
        stream.write_all(head("GET", address, path, headers).as_bytes()).unwrap();
        let mut stream = BufReader::new(stream);
        let answer = receive_head(&mut stream);
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("content-type"), Some("text/event-stream"));
        Self { stream }
    }

    /// Waits a moment for something to come.
    pub(crate) fn is_there_more(&mut self) -> bool {
        let moment = Some(Duration::from_millis(50));
        self.stream.get_ref().set_read_timeout(moment).unwrap();
        let is_there = self.stream.fill_buf().is_ok_and(|bytes| !bytes.is_empty());
        self.stream.get_ref().set_read_timeout(Some(PATIENCE)).unwrap();
        is_there
    }

    /// Waits for the next event: its name and its data. `None` at the end of the stream.
    #[track_caller]
    pub(crate) fn next(&mut self) -> Option<(String, serde_json::Value)> {
        let mut name = String::new();
        let mut data = None;
        loop {
            let mut line = String::new();
            if self.stream.read_line(&mut line).unwrap() == 0 {
                return None;
            }
            if let Some(value) = line.strip_prefix("event: ") {
                name = value.trim().to_owned();
            } else if let Some(value) = line.strip_prefix("data: ") {
                data = Some(serde_json::from_str(value).unwrap());
            } else if line == "\n"
                && let Some(data) = data.take()
            {
                return Some((name, data));
            }
        }
    }
}
