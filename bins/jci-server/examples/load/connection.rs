//! A connection that takes as little of the processor as it can: that belongs to the server.

use std::io::{self, ErrorKind};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// A connection that stays open from request to request.
pub(crate) struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
}

impl Connection {
    pub(crate) async fn open(address: &str) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, received: Vec::new() })
    }

    pub(crate) async fn send(&mut self, request: &[u8]) -> io::Result<()> {
        self.stream.write_all(request).await
    }

    /// Sends a request and returns the body of its answer.
    pub(crate) async fn accepted(&mut self, request: &[u8]) -> io::Result<Vec<u8>> {
        self.send(request).await?;
        self.answer().await
    }

    /// Waits for an answer, and returns its body if it is none of refusal.
    pub(crate) async fn answer(&mut self) -> io::Result<Vec<u8>> {
        let head = loop {
            if let Some(end) = self.received.windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
            self.receive().await?;
        };
        let text = String::from_utf8_lossy(&self.received[..head]).to_ascii_lowercase();
        let is_fine = text.starts_with("http/1.1 2");
        let length = text.lines().find_map(|line| line.strip_prefix("content-length:"));
        let length: usize = length.and_then(|text| text.trim().parse().ok()).unwrap_or(0);
        while self.received.len() < head + length {
            self.receive().await?;
        }
        let rest = self.received.split_off(head + length);
        let mut answer = std::mem::replace(&mut self.received, rest);
        let body = answer.split_off(head);
        if is_fine {
            return Ok(body);
        }
        let said = String::from_utf8_lossy(&body).into_owned();
        Err(io::Error::other(format!("refused: {text}{said}")))
    }

    async fn receive(&mut self) -> io::Result<()> {
        match self.stream.read_buf(&mut self.received).await? {
            0 => Err(ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }
}

/// Makes a request.
pub(crate) fn post(address: &str, path: &str, headers: &[(&str, String)], body: &[u8]) -> Vec<u8> {
    let mut request = format!("POST {path} HTTP/1.1\r\nhost: {address}\r\n");
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    request.push_str(&format!("content-length: {}\r\n\r\n", body.len()));
    let mut request = request.into_bytes();
    request.extend_from_slice(body);
    request
}
