//! One question to a server, as short as HTTP allows it.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

use super::WebError;

/// A server that says nothing for so long will not.
const PATIENCE: Duration = Duration::from_secs(60);

/// Asks on a connection of its own and returns the whole answer without its head.
pub(super) fn get(address: &str, path: &str) -> Result<String, WebError> {
    let answer = exchange(address, path)
        .map_err(|source| WebError::NoAnswer { path: path.to_owned(), source })?;
    let body = answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned());
    match body {
        Some(body) if answer.starts_with("HTTP/1.1 200 ") => Ok(body),
        _ => Err(other_answer(path, &answer)),
    }
}

/// Asks for JSON.
pub(super) fn get_json(address: &str, path: &str) -> Result<Value, WebError> {
    let body = get(address, path)?;
    serde_json::from_str(&body).map_err(|_| other_answer(path, &body))
}

/// Returns a number in an answer.
pub(super) fn number(answer: &Value, pointer: &str, path: &str) -> Result<u64, WebError> {
    let number = answer.pointer(pointer).and_then(Value::as_u64);
    number.ok_or_else(|| other_answer(path, &answer.to_string()))
}

/// Returns the error of an answer that says something else, with the beginning of it.
pub(super) fn other_answer(path: &str, answer: &str) -> WebError {
    WebError::OtherAnswer { path: path.to_owned(), answer: answer.chars().take(300).collect() }
}

fn exchange(address: &str, path: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    /// Asks a server that gives this answer to anything.
    fn answered(answer: &'static str) -> Result<String, WebError> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 1000];
            let length = stream.read(&mut request).unwrap();
            stream.write_all(answer.as_bytes()).unwrap();
            String::from_utf8_lossy(&request[..length]).into_owned()
        });
        let body = get(&address, "/api/x");
        assert!(server.join().unwrap().starts_with("GET /api/x HTTP/1.1\r\nHost: 127.0.0.1:"));
        body
    }

    #[test]
    fn the_body_is_returned_and_a_refusal_is_an_error() {
        assert_eq!(
            answered("HTTP/1.1 200 OK\r\nA: b\r\n\r\nbo\r\n\r\ndy").unwrap(),
            "bo\r\n\r\ndy"
        );
        let refused = answered("HTTP/1.1 404 Not Found\r\n\r\nno run").expect_err("it is refused");
        assert!(refused.to_string().contains("404 Not Found"), "{refused}");
    }
}
