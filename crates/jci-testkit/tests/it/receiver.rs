//! A place for webhooks to arrive.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc;

use http::HeaderMap;
use http::header::{HeaderName, HeaderValue};
use jci_forge::webhook::{Delivery, Request, verify};
use jci_forge::{ForgeKind, WebhookSecret};

pub(crate) const SECRET: &str = "s3cret";

/// A webhook as it arrived.
#[derive(Debug)]
pub(crate) struct Arrived {
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Arrived {
    /// Checks the signature and reads the event.
    pub(crate) fn read(&self, kind: ForgeKind) -> Delivery {
        let now = jiff::Timestamp::UNIX_EPOCH;
        let request = Request { headers: &self.headers, body: &self.body, now };
        let secret = WebhookSecret::new(SECRET).unwrap();
        verify(kind, &request, &secret).unwrap().parse().unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }
}

/// Takes webhooks and answers 204.
pub(crate) struct Receiver {
    pub(crate) url: String,
    arrived: mpsc::Receiver<Arrived>,
}

impl Receiver {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/webhook", listener.local_addr().unwrap());
        let (sender, arrived) = mpsc::channel();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                // A body that was cut is no webhook.
                let Some(arrived) = receive(&mut stream.unwrap()) else { continue };
                if sender.send(arrived).is_err() {
                    return;
                }
            }
        });
        Self { url, arrived }
    }

    /// Waits for the next webhook.
    pub(crate) fn next(&self) -> Arrived {
        let patience = std::time::Duration::from_secs(30);
        self.arrived.recv_timeout(patience).expect("a webhook arrives")
    }
}

fn receive(stream: &mut TcpStream) -> Option<Arrived> {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut headers = HeaderMap::new();
    for line in reader.by_ref().lines().skip(1).map(Result::unwrap) {
        let Some((name, value)) = line.split_once(": ") else { break };
        let (name, value) = (HeaderName::try_from(name), HeaderValue::try_from(value));
        headers.append(name.unwrap(), value.unwrap());
    }
    let length: usize = headers.get("content-length")?.to_str().unwrap().parse().unwrap();
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    stream.write_all(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n").unwrap();
    Some(Arrived { headers, body })
}
