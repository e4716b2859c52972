//! A server that answers as a test says, and remembers what it was asked.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// A request.
#[derive(Clone)]
pub(crate) struct Asked {
    /// The method and the path.
    pub(crate) what: String,
    /// All headers, a line each.
    pub(crate) headers: String,
    pub(crate) body: Vec<u8>,
}

/// An answer: the status, more headers (a line each), the body.
pub(crate) type Answer = (&'static str, &'static str, String);

/// A server at a port of this machine's own.
pub(crate) struct StandIn {
    pub(crate) port: u16,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl StandIn {
    pub(crate) fn start(answer: impl Fn(&Asked) -> Answer + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::<Mutex<Vec<Asked>>>::default();
        let server = Self { port, asked: Arc::clone(&asked) };
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                // Who goes in the middle of a request asks for nothing.
                let Ok(request) = read(&stream) else { continue };
                let told = answer(&request);
                asked.lock().unwrap().push(request);
                let _ = write(&stream, &told);
            }
        });
        server
    }

    /// Returns what it was asked.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

fn read(stream: &TcpStream) -> io::Result<Asked> {
    let mut reader = BufReader::new(stream);
    let (mut first, mut headers, mut length) = (String::new(), String::new(), 0);
    reader.read_line(&mut first)?;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        if line.trim().is_empty() {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().map_err(io::Error::other)?;
        }
        headers.push_str(&line);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let (what, _) = first.rsplit_once(' ').ok_or_else(|| io::Error::other("no request"))?;
    Ok(Asked { what: what.to_owned(), headers, body })
}

fn write(mut stream: &TcpStream, (status, headers, body): &Answer) -> io::Result<()> {
    let length = body.len();
    let more = if headers.is_empty() { String::new() } else { format!("{headers}\r\n") };
    write!(
        stream,
        "HTTP/1.1 {status}\r\n{more}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
}
