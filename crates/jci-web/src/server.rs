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
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        runtime.worker_threads(THREADS).max_blocking_threads(BLOCKING_THREADS).enable_all();
        let runtime = runtime.build().map_err(|source| ServerError::Start { source })?;
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(self.listener)
                .map_err(|source| ServerError::Start { source })?;
            let places = Arc::new(Semaphore::new(most_connections()));
            loop {
                let Ok(place) = Arc::clone(&places).acquire_owned().await else {
                    return Err(ServerError::Start { source: io::ErrorKind::BrokenPipe.into() });
                };
                match listener.accept().await {
                    Ok((stream, _)) => {
                        drop(tokio::spawn(connection(stream, router.clone(), place)));
                    }
                    // One that is gone already, or too many files are open: others follow.
                    Err(_) => tokio::time::sleep(PAUSE).await,
                }
            }
        })
    }
}

/// Returns how many connections there may be, each of which is an open file.
fn most_connections() -> usize {
    let files = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    let room = files.saturating_sub(OTHER_FILES).max(OTHER_FILES / 2);
    usize::try_from(room).unwrap_or(CONNECTIONS).min(CONNECTIONS)
}

async fn connection(stream: TcpStream, router: Router, place: OwnedSemaphorePermit) {
    let _place = place;
    // Small answers should not wait for more to come.
    let _ = stream.set_nodelay(true);
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
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
