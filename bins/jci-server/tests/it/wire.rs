//! Answers that come piece by piece.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use crate::server::API_TOKEN;
use crate::world::World;

/// A connection that sends a request and reads what comes, piece by piece.
pub(crate) struct Wire(pub(crate) BufReader<TcpStream>);

impl Wire {
    pub(crate) fn get(world: &World, path: &str, headers: &str) -> Self {
        let address = world.server.address();
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        let head = format!(
            "GET {path} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {API_TOKEN}\r\n{headers}\r\n"
        );
        stream.write_all(head.as_bytes()).unwrap();
        Self(BufReader::new(stream))
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    /// Reads the head of the answer, and returns its first line.
    pub(crate) fn head(&mut self) -> String {
        let first = self.line();
        while !self.line().is_empty() {}
        first
    }

    /// Reads the next event: its name, its id and its data.
    pub(crate) fn event(&mut self) -> (String, String, String) {
        let mut event = (String::new(), String::new(), String::new());
        loop {
            let line = self.line();
            match line.split_once(": ") {
                Some(("event", name)) => event.0 = name.to_owned(),
                Some(("id", id)) => event.1 = id.to_owned(),
                Some(("data", data)) => event.2 = data.to_owned(),
                _ if line.is_empty() && !event.0.is_empty() => return event,
                _ => {}
            }
        }
    }

    /// Reads a message of a WebSocket: its kind and what is in it.
    pub(crate) fn message(&mut self) -> (u8, Vec<u8>) {
        let mut head = [0; 2];
        self.0.read_exact(&mut head).unwrap();
        let length = match head[1] {
            126 => {
                let mut long = [0; 2];
                self.0.read_exact(&mut long).unwrap();
                usize::from(u16::from_be_bytes(long))
            }
            short => short.into(),
        };
        let mut message = vec![0; length];
        self.0.read_exact(&mut message).unwrap();
        (head[0] & 0xf, message)
    }
}
