//! Connections: so many at once, so many from one address, none that keeps silent, and an orderly
//! end.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use jci_daemon::stop::Stop;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};

use super::patience::Patient;

/// So large may the head of a request be.
const LARGEST_HEAD: usize = 32 * 1024;
/// So long is waited where the system has no room for another connection.
const PAUSE: Duration = Duration::from_millis(50);

/// The address of the other end of a connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub(crate) IpAddr);

/// What connections may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// How many there may be.
    pub(crate) connections: usize,
    /// How many of them may come from one address.
    pub(crate) per_address: usize,
    /// How long one may take to say what it wants, be idle after an answer, and not read.
    pub(crate) patience: Duration,
}

/// Serves until it is time to stop; then takes no further connection, and lets those that wait
/// for an answer have it within a time of grace.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    stop: Stop,
    grace: Duration,
) {
    let places = Arc::new(Semaphore::new(limits.connections));
    let guests = Arc::new(Guests::new(limits.per_address));
    let (open, mut all_closed) = mpsc::channel::<()>(1);
    loop {
        let next = async {
            // A place is never closed, so that there is one in the end.
            let place = Arc::clone(&places).acquire_owned().await.ok();
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            next = next => next,
            () = stop.requested() => break,
        };
        match accepted {
            Ok((stream, address)) => {
                if let Some(guest) = guests.enter(address) {
                    let held = (place, guest, open.clone());
                    let served = connection(stream, address, router.clone(), limits, stop.clone());
                    drop(tokio::spawn(async move {
                        served.await;
                        drop(held);
                    }));
                }
            }
            Err(error) => pause(&error).await,
        }
    }
    drop((listener, open));
    // Nobody sends: it ends when the last connection has.
    if tokio::time::timeout(grace, all_closed.recv()).await.is_err() {
        tracing::warn!(grace = ?grace, "some requests did not finish in time and are cut off");
    }
}

/// Waits where the system has no room: a connection that ends makes some.
async fn pause(error: &io::Error) {
    tracing::debug!(%error, "a connection could not be taken");
    tokio::time::sleep(PAUSE).await;
}

/// Serves one connection; once it is time to stop, until the answer that it is at.
async fn connection(
    stream: TcpStream,
    address: SocketAddr,
    router: Router,
    limits: Limits,
    stop: Stop,
) {
    // Small answers should not wait for more to come.
    let _ = stream.set_nodelay(true);
    let service = TowerToHyperService::new(router);
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(Peer(address.ip().to_canonical()));
        service.call(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.patience)
        .max_buf_size(LARGEST_HEAD)
        .serve_connection(TokioIo::new(Patient::new(stream, limits.patience)), service)
        .with_upgrades();
    let mut connection = pin!(connection);
    // Whatever goes wrong with a connection concerns who holds its other end.
    tokio::select! {
        _ = connection.as_mut() => {}
        () = stop.requested() => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}

/// Counts connections by where they come from.
#[derive(Debug)]
struct Guests {
    most: usize,
    present: Mutex<HashMap<IpAddr, usize>>,
}

impl Guests {
    fn new(most: usize) -> Self {
        Self { most, present: Mutex::default() }
    }

    /// Lets one in unless there are too many of its address.
    fn enter(self: &Arc<Self>, address: SocketAddr) -> Option<Guest> {
        let address = address.ip().to_canonical();
        let mut present = self.present.lock().unwrap_or_else(PoisonError::into_inner);
        let count = present.entry(address).or_default();
        if *count >= self.most {
            return None;
        }
        *count += 1;
        Some(Guest { guests: Arc::clone(self), address })
    }
}

/// A connection that is counted as long as this lives.
#[derive(Debug)]
struct Guest {
    guests: Arc<Guests>,
    address: IpAddr,
}

impl Drop for Guest {
    fn drop(&mut self) {
        let mut present = self.guests.present.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = present.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                present.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_so_many_places_and_gets_them_back() {
        let guests = Arc::new(Guests::new(2));
        let enter = |ip: [u8; 4]| guests.enter((ip, 1).into());
        let first = enter([10, 0, 0, 1]).unwrap();
        let second = enter([10, 0, 0, 1]).unwrap();
        assert!(enter([10, 0, 0, 1]).is_none());
        assert!(enter([10, 0, 0, 2]).is_some());
        drop(first);
        assert!(enter([10, 0, 0, 1]).is_some());
        drop(second);
        assert!(guests.present.lock().unwrap().is_empty());
    }
}
