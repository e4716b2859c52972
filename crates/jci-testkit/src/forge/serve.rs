//! The socket: takes requests, and hands them to the part of the forge that answers them.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};

use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpSocket};
use tokio::task::{AbortHandle, JoinSet};

use super::answer::Answer;
use super::faults::{Family, Fault};
use super::requests::SeenRequest;
use super::world::World;
use super::{api, git_http};

/// A port that stays the forge's while it does not listen.
///
/// A second socket holds it, which never listens: connections are refused while no other does.
#[derive(Debug)]
pub(super) struct Port {
    address: SocketAddr,
    _holder: TcpSocket,
}

impl Port {
    pub(super) fn reserve() -> Self {
        let holder = socket(SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0)));
        let address = holder.local_addr().expect("a bound socket has an address");
        Self { address, _holder: holder }
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    fn listen(&self) -> TcpListener {
        socket(self.address).listen(1024).expect("a port that is ours can be listened on")
    }
}

fn socket(address: SocketAddr) -> TcpSocket {
    let socket = TcpSocket::new_v4().expect("a socket can be made");
    socket.set_reuseport(true).expect("a port can have two sockets");
    socket.bind(address).expect("a loopback port is free");
    socket
}

/// The loop that takes connections, while there is one.
#[derive(Debug)]
pub(super) struct Listening {
    port: Port,
    world: Arc<World>,
    accepting: Mutex<Option<Accepting>>,
}

/// A running loop, and a channel that closes when all that belongs to it is gone.
#[derive(Debug)]
struct Accepting {
    task: AbortHandle,
    ended: mpsc::Receiver<()>,
}

impl Listening {
    pub(super) fn start(port: Port, world: Arc<World>) -> Self {
        let listening = Self { port, world, accepting: Mutex::new(None) };
        listening.resume();
        listening
    }

    pub(super) fn resume(&self) {
        let _entered = self.world.runtime.enter();
        let mut accepting = self.accepting();
        assert!(accepting.is_none(), "the forge listens already");
        let (ending, ended) = mpsc::channel();
        let task = tokio::spawn(accept(ending, self.port.listen(), Arc::clone(&self.world)));
        *accepting = Some(Accepting { task: task.abort_handle(), ended });
    }

    /// Closes the socket and every connection.
    pub(super) fn stop(&self) {
        if let Some(accepting) = self.accepting().take() {
            accepting.task.abort();
            // Nothing is ever sent: an error says that the task and its sockets are gone.
            let _ = accepting.ended.recv();
        }
    }

    fn accepting(&self) -> MutexGuard<'_, Option<Accepting>> {
        self.accepting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn accept(_ending: mpsc::Sender<()>, listener: TcpListener, world: Arc<World>) {
    // The connections end with this set, and the set with this task.
    let mut connections = JoinSet::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else { return };
        let world = Arc::clone(&world);
        let service = service_fn(move |request| handle(Arc::clone(&world), request));
        let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
        connections.spawn(async move {
            // A client that goes away is none of the forge's business.
            let _ = connection.await;
        });
        while connections.try_join_next().is_some() {}
    }
}

/// Why a connection is closed without an answer.
#[derive(Debug)]
struct Cut;

impl std::fmt::Display for Cut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the test wants no answer")
    }
}

impl std::error::Error for Cut {}

async fn handle(world: Arc<World>, request: Request<Incoming>) -> Result<Answer, Cut> {
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str()).to_owned();
    let method = request.method().clone();
    let family = if path.starts_with(api::PREFIX) { Family::Api } else { Family::Git };
    let seen = SeenRequest::new(&method, &path, request.headers());
    let number = world.change(|state| {
        state.requests.push(seen);
        state.requests.len() - 1
    });
    world.hold(family, method.as_str(), &path).await;
    let fault = world.next_fault(family, method.as_str(), &path);
    if fault == Some(Fault::Closed) {
        return Err(Cut);
    }
    let answer = match fault.as_ref().and_then(Fault::answer) {
        Some(answer) => answer,
        None if family == Family::Api => api::answer(&world, request).await,
        None => git_http::answer(&world, request).await,
    };
    if fault == Some(Fault::Lost) {
        return Err(Cut);
    }
    world.change(|state| state.requests[number].answered(answer.status()));
    Ok(match fault {
        Some(fault) => answer.map(|body| fault.spoil(body)),
        None => answer,
    })
}
