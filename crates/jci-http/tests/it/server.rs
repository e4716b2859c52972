//! A server that answers one request, plain or by TLS.

use std::io::{self, Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::thread::JoinHandle;

use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// The file with a certificate for 127.0.0.1 that vouches for itself.
pub(crate) const CERTIFICATE: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/certificate.pem");

/// Its key, which guards nothing.
const KEY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/key.pem");

pub(crate) struct Server {
    address: String,
    answering: JoinHandle<io::Result<()>>,
}

impl Server {
    /// Answers by plain HTTP.
    pub(crate) fn plain(answer: String) -> Self {
        Self::start("http", move |listener| exchange(listener.accept()?.0, &answer))
    }

    /// Answers by TLS.
    pub(crate) fn encrypted(answer: String) -> Self {
        let config = Arc::new(tls());
        Self::start("https", move |listener| {
            let connection = ServerConnection::new(config).map_err(io::Error::other)?;
            exchange(StreamOwned::new(connection, listener.accept()?.0), &answer)
        })
    }

    fn start(
        scheme: &str,
        answer: impl FnOnce(TcpListener) -> io::Result<()> + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("{scheme}://{}/", listener.local_addr().unwrap());
        Self { address, answering: std::thread::spawn(move || answer(listener)) }
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Tells how it went with the one who asked.
    pub(crate) fn end(self) -> io::Result<()> {
        self.answering.join().unwrap()
    }
}

fn tls() -> ServerConfig {
    let certificate = CertificateDer::from_pem_file(CERTIFICATE).unwrap();
    let key = PrivateKeyDer::from_pem_file(KEY).unwrap();
    ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap()
}

/// Reads the head of a request, and answers.
fn exchange(mut stream: impl Read + Write, answer: &str) -> io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        head.extend(byte);
    }
    stream.write_all(answer.as_bytes())?;
    stream.flush()
}
