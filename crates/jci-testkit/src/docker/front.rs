//! A socket that goes for an engine's, at which calls go wrong as a test wants them to.

use std::collections::VecDeque;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tempfile::TempDir;
use tokio::net::{UnixListener, UnixStream};
use tokio::runtime::Runtime;

type Body = UnsyncBoxBody<Bytes, io::Error>;

/// What becomes of a call.
#[derive(Debug, Clone)]
pub enum CallFault {
    /// The engine answers this, and the call never reaches it.
    Answers {
        /// The status.
        status: u16,
        /// The body: JSON, mostly.
        body: String,
    },
    /// The connection ends before the engine has heard of the call.
    Cut,
    /// The engine does what it is asked, and the connection ends before it can say so.
    AnswerLost,
    /// The engine does what it is asked, and its answer does not come until the test ends.
    AnswerLate,
    /// An answer of 200 begins with this, and then the connection ends.
    CutAfter(String),
    /// An answer of 200 begins with this, and no more comes until the test ends.
    SilentAfter(String),
}

/// A socket in front of an engine, or of none.
///
/// Calls pass, unless the test wants something else of them. In front of no engine, a call that the
/// test does not know of fails it by name.
#[derive(Debug)]
pub struct EngineFront {
    // Dropped first: nothing is served when the folder goes.
    runtime: Option<Runtime>,
    shared: Arc<Shared>,
    folder: TempDir,
}

#[derive(Debug)]
struct Shared {
    engine: Option<PathBuf>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    faults: Vec<(String, VecDeque<CallFault>)>,
    calls: Vec<String>,
    unknown: Vec<String>,
}

impl EngineFront {
    /// Stands before the machine's own engine.
    #[must_use]
    pub fn before_machines() -> Self {
        Self::start(Some(PathBuf::from("/var/run/docker.sock")))
    }

    /// Stands before no engine: it knows of itself only what every client asks first.
    #[must_use]
    pub fn alone() -> Self {
        let front = Self::start(None);
        front.shared.state().faults.extend([
            endless("GET /version", r#"{"ApiVersion": "1.41", "Version": "0.0.0"}"#),
            endless(
                "GET /info",
                r#"{"Driver": "none", "MemoryLimit": true, "SwapLimit": true, "PidsLimit": true, "CpuCfsQuota": true}"#,
            ),
        ]);
        front
    }

    fn start(engine: Option<PathBuf>) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("threads can be started");
        let shared = Arc::new(Shared { engine, state: Mutex::default() });
        let listener = {
            let _entered = runtime.enter();
            UnixListener::bind(folder.path().join("docker.sock")).expect("a socket can be made")
        };
        runtime.spawn(accept(listener, Arc::clone(&shared)));
        Self { runtime: Some(runtime), shared, folder }
    }

    /// Returns its address, as `DOCKER_HOST` holds it.
    #[must_use]
    pub fn host(&self) -> String {
        format!("unix://{}", self.folder.path().join("docker.sock").display())
    }

    /// Has the next call of a kind go wrong: `POST /containers/*/start`, where `*` is one part of
    /// any name. Said again, it is about the call after that.
    pub fn fail(&self, call: &str, fault: CallFault) {
        let mut state = self.shared.state();
        match state.faults.iter_mut().find(|(known, _)| known == call) {
            Some((_, faults)) => faults.push_back(fault),
            None => state.faults.push((call.to_owned(), VecDeque::from([fault]))),
        }
    }

    /// Lists the calls so far, as `POST /containers/create?name=one`.
    #[must_use]
    pub fn calls(&self) -> Vec<String> {
        self.shared.state().calls.clone()
    }
}

impl Drop for EngineFront {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
        let unknown = &self.shared.state().unknown;
        assert!(
            unknown.is_empty() || std::thread::panicking(),
            "nobody has said what becomes of {unknown:?}"
        );
    }
}

/// The answer to what may be asked any number of times.
fn endless(call: &str, body: &str) -> (String, VecDeque<CallFault>) {
    let answer = CallFault::Answers { status: 200, body: body.to_owned() };
    (call.to_owned(), std::iter::repeat_n(answer, 1000).collect())
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a call, and tells what is to become of it.
    fn fault(&self, method: &str, path: &str, query: Option<&str>) -> Option<CallFault> {
        // `/v1.41/containers/json`
        let path = match path.strip_prefix("/v1.") {
            Some(rest) => rest.split_once('/').map_or("/", |(_, rest)| rest),
            None => path.trim_start_matches('/'),
        };
        let call = format!("{method} /{path}");
        let mut state = self.state();
        state.calls.push(query.map_or_else(|| call.clone(), |query| format!("{call}?{query}")));
        let known = state.faults.iter_mut().find(|(pattern, _)| is_like(&call, pattern));
        let fault = known.and_then(|(_, faults)| faults.pop_front());
        if fault.is_none() && self.engine.is_none() {
            state.unknown.push(call);
        }
        fault
    }
}

fn is_like(call: &str, pattern: &str) -> bool {
    let (call, pattern) = (call.split('/'), pattern.split('/'));
    call.clone().count() == pattern.clone().count()
        && call.zip(pattern).all(|(part, wanted)| wanted == "*" || part == wanted)
}

async fn accept(listener: UnixListener, shared: Arc<Shared>) {
    while let Ok((stream, _)) = listener.accept().await {
        let shared = Arc::clone(&shared);
        tokio::spawn(async move {
            let service = service_fn(move |request| answer(Arc::clone(&shared), request));
            // That a connection ends early is often what the test wants.
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

async fn answer(shared: Arc<Shared>, request: Request<Incoming>) -> io::Result<Response<Body>> {
    let (method, uri) = (request.method().to_string(), request.uri().clone());
    match (shared.fault(&method, uri.path(), uri.query()), &shared.engine) {
        (Some(CallFault::Answers { status, body }), _) => {
            let mut response = Response::new(pieces(vec![Ok(body)], false));
            *response.status_mut() = status.try_into().map_err(io::Error::other)?;
            Ok(response)
        }
        (Some(CallFault::Cut), _) => Err(cut()),
        (Some(CallFault::CutAfter(begin)), _) => {
            Ok(Response::new(pieces(vec![Ok(begin), Err(cut())], false)))
        }
        (Some(CallFault::SilentAfter(begin)), _) => {
            Ok(Response::new(pieces(vec![Ok(begin)], true)))
        }
        (Some(CallFault::AnswerLost), Some(engine)) => {
            pass(engine, request).await?.collect().await?;
            Err(cut())
        }
        (Some(CallFault::AnswerLate), Some(engine)) => {
            pass(engine, request).await?.collect().await?;
            std::future::pending().await
        }
        (None, Some(engine)) => pass(engine, request).await,
        (None | Some(CallFault::AnswerLost | CallFault::AnswerLate), None) => {
            let mut response = Response::new(pieces(vec![Ok("{}".to_owned())], false));
            *response.status_mut() = hyper::StatusCode::NOT_IMPLEMENTED;
            Ok(response)
        }
    }
}

/// Has the engine answer.
async fn pass(engine: &Path, request: Request<Incoming>) -> io::Result<Response<Body>> {
    let stream = UnixStream::connect(engine).await?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .map_err(io::Error::other)?;
    tokio::spawn(connection);
    let response = sender.send_request(request).await.map_err(io::Error::other)?;
    Ok(response.map(|body| body.map_err(io::Error::other).boxed_unsync()))
}

fn pieces(pieces: Vec<io::Result<String>>, silent: bool) -> Body {
    use futures_util::{StreamExt as _, stream};
    let pieces = pieces.into_iter().map(|piece| piece.map(|text| Frame::data(Bytes::from(text))));
    let rest = stream::once(std::future::pending()).take(usize::from(silent));
    // The begin is sent before what comes after it.
    let pieces = stream::iter(pieces).then(|piece| async {
        tokio::task::yield_now().await;
        piece
    });
    StreamBody::new(pieces.chain(rest)).boxed_unsync()
}

fn cut() -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionAborted, "cut, as the test wants it")
}
