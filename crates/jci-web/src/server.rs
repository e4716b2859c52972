//! A server for one person on this machine.

use std::convert::Infallible;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use rustix::process::{Resource, getrlimit};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// So many threads serve connections; none of them ever waits for a disk.
const THREADS: usize = 2;
/// So many threads do what waits for a disk, at most; who comes then waits without one.
const BLOCKING_THREADS: usize = 64;
/// So many connections are there at once at most. Those that come then wait for their turn.
const CONNECTIONS: usize = 1024;
/// Of the files that may be open so many are kept for all else.
const OTHER_FILES: u64 = 256;
/// For so long may a connection take to say what it wants, and be idle after an answer.
const PATIENCE: Duration = Duration::from_secs(15);
/// So large may a request be. There are no bodies.
const LARGEST_HEAD: usize = 32 * 1024;
/// So long is waited where the system has no room for another connection.
const PAUSE: Duration = Duration::from_millis(50);

/// A server that listens, and serves as soon as it is told what.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
}

impl Server {
    /// Begins to listen; with port 0 on any port that is free.
    pub fn listen(address: SocketAddr) -> Result<Self, ServerError> {
        let failed = |source| ServerError::Listen { address, source };
        let listener = TcpListener::bind(address).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Self { listener, address })
    }

    /// Returns the address that is listened on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves for as long as the program lives.
    pub fn serve(self, router: &Router) -> Result<Infallible, ServerError> {
        let failed = |source| ServerError::Start { source };
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        runtime.worker_threads(THREADS).max_blocking_threads(BLOCKING_THREADS).enable_all();
        let runtime = runtime.build().map_err(failed)?;
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(self.listener).map_err(failed)?;
            accept(&listener, router, Limits::usual()).await.map_err(failed)
        })
    }
}

/// What connections may take.
#[derive(Debug, Clone, Copy)]
struct Limits {
    connections: usize,
    patience: Duration,
}

impl Limits {
    /// Each connection is an open file, and the system allows so many.
    fn usual() -> Self {
        let files = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
        let room = files.saturating_sub(OTHER_FILES).max(OTHER_FILES / 2);
        let connections = usize::try_from(room).unwrap_or(CONNECTIONS).min(CONNECTIONS);
        Self { connections, patience: PATIENCE }
    }
}

async fn accept(
    listener: &tokio::net::TcpListener,
    router: &Router,
    limits: Limits,
) -> io::Result<Infallible> {
    let places = Arc::new(Semaphore::new(limits.connections));
    loop {
        let place = Arc::clone(&places).acquire_owned().await.map_err(io::Error::other)?;
        match listener.accept().await {
            Ok((stream, _)) => {
                let router = router.clone();
                drop(tokio::spawn(connection(stream, router, limits.patience, place)));
            }
            // One that is gone already, or too many files are open: others follow.
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}

async fn connection(
    stream: TcpStream,
    router: Router,
    patience: Duration,
    place: OwnedSemaphorePermit,
) {
    let _place = place;
    // Small answers should not wait for more to come.
    let _ = stream.set_nodelay(true);
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(patience)
        .max_buf_size(LARGEST_HEAD)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    // Whatever goes wrong with a connection concerns who holds its other end.
    let _ = served.await;
}

/// Why nothing is served.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServerError {
    /// The address cannot be listened on.
    #[error("failed to listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The threads that serve could not be started.
    #[error("failed to start serving")]
    Start {
        /// What the system said.
        source: io::Error,
    },
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpStream;

    use axum::routing::get;

    use super::*;

    /// Serves with some limits, on a thread that ends with the test program.
    fn serve(limits: Limits) -> SocketAddr {
        let server = Server::listen(([127, 0, 0, 1], 0).into()).unwrap();
        let address = server.address();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(async {
                let listener = tokio::net::TcpListener::from_std(server.listener).unwrap();
                let router = Router::new().route("/", get(async || "here"));
                accept(&listener, &router, limits).await
            })
        });
        address
    }

    fn connect(address: SocketAddr, begin: &str) -> TcpStream {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        stream.write_all(begin.as_bytes()).unwrap();
        stream
    }

    /// Reads until the server closes.
    fn rest(mut stream: TcpStream) -> String {
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        text
    }

    const REQUEST: &str = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    #[test]
    fn who_says_nothing_or_no_more_is_not_waited_for() {
        let address = serve(Limits { connections: 10, patience: Duration::from_millis(50) });
        assert_eq!(rest(connect(address, "")), "");
        assert_eq!(rest(connect(address, "GET / HTTP/1.1\r\nHos")), "");
        let answered = rest(connect(address, REQUEST));
        assert!(answered.ends_with("\r\n\r\nhere"), "{answered}");
    }

    #[test]
    fn who_comes_when_all_places_are_taken_waits_for_one() {
        let address = serve(Limits { connections: 2, patience: Duration::from_secs(60) });
        let silent = [connect(address, ""), connect(address, "")];
        let mut waiting = connect(address, REQUEST);
        waiting.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
        assert!(waiting.read(&mut [0; 1]).is_err());
        waiting.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        drop(silent);
        let mut begin = [0; 15];
        waiting.read_exact(&mut begin).unwrap();
        assert_eq!(&begin, b"HTTP/1.1 200 OK");
    }
}
