//! A small GitHub or GitLab on a port of the system's choice: it keeps state, takes nothing that
//! the real one would not know, and can be told to fail.

use std::collections::{BTreeMap, VecDeque};
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::{HeaderMap, Method, Response, StatusCode};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper_util::rt::TokioIo;
use jci_forge::{BaseUrl, Forge, ForgeKind, ObjectId, Pace, RepoHandle, RepoName, Token};
use serde_json::{Value, json};

use crate::pace::TestPace;

pub(crate) const TOKEN: &str = "t0ken-of-the-test";
pub(crate) const COMMIT: &str = "1111111111111111111111111111111111111111";
pub(crate) const BLOB: &str = "2222222222222222222222222222222222222222";
pub(crate) const CRONTAB: &str = "# every night\n0 3 * * * nightly and much more than a line\n";

/// What the next request meets instead of an answer.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    Answer(u16, &'static [(&'static str, &'static str)], &'static str),
    /// The head and half of the body, then the end of the connection.
    Half,
    /// A body without end.
    Endless,
    /// Nothing, for ever.
    Silence,
}

/// What the forge keeps, and what went wrong.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) statuses: Vec<Value>,
    pub(crate) refs: BTreeMap<String, String>,
    pub(crate) files: usize,
    pub(crate) faults: VecDeque<Fault>,
    pub(crate) requests: Vec<String>,
    problems: Vec<String>,
}

/// A forge that listens, and a clock that never makes anybody wait.
pub(crate) struct StandIn {
    pub(crate) kind: ForgeKind,
    pub(crate) address: String,
    pub(crate) pace: Arc<TestPace>,
    state: Arc<Mutex<State>>,
}

impl StandIn {
    pub(crate) async fn start(kind: ForgeKind) -> Self {
        assert!(matches!(kind, ForgeKind::GitHub | ForgeKind::GitLab), "{kind} has a better one");
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State { files: 3, ..State::default() }));
        let shared = Arc::clone(&state);
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let state = Arc::clone(&shared);
                let service = hyper::service::service_fn(move |request| {
                    answer(kind, Arc::clone(&state), request)
                });
                let connection = hyper::server::conn::http1::Builder::new();
                tokio::spawn(connection.serve_connection(TokioIo::new(stream), service));
            }
        });
        Self { kind, address, pace: Arc::new(TestPace::default()), state }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub(crate) fn client(&self) -> Forge {
        self.client_with(|builder| builder)
    }

    pub(crate) fn client_with(
        &self,
        change: impl FnOnce(jci_forge::ForgeBuilder) -> jci_forge::ForgeBuilder,
    ) -> Forge {
        let builder = Forge::builder(self.kind, BaseUrl::parse(&self.address).unwrap())
            .token(Token::new(TOKEN).unwrap())
            .pace(Arc::clone(&self.pace) as Arc<dyn Pace>);
        change(builder).build().unwrap()
    }

    pub(crate) fn repository(&self) -> RepoHandle {
        self.client().repository(&RepoName::parse("team/site").unwrap())
    }

    pub(crate) fn fail_next(&self, faults: impl IntoIterator<Item = Fault>) {
        self.state().faults.extend(faults);
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let problems = std::mem::take(&mut self.state().problems);
            assert!(problems.is_empty(), "the forge met what it does not know: {problems:#?}");
            assert!(self.state().faults.is_empty(), "a fault was never met");
        }
    }
}

pub(crate) fn id(text: &str) -> ObjectId {
    ObjectId::new(text).unwrap()
}

type Body = BoxBody<Bytes, std::io::Error>;

fn full(text: impl Into<Bytes>) -> Body {
    Full::new(text.into()).map_err(|never| match never {}).boxed()
}

/// Two frames and then what is to follow them.
fn pieces(after: impl FnMut() -> Option<std::io::Result<Bytes>> + Send + Sync + 'static) -> Body {
    let mut after = after;
    let stream = Stream(Box::new(move || after().map(|piece| piece.map(Frame::data))));
    StreamBody::new(stream).boxed()
}

type NextFrame = Box<dyn FnMut() -> Option<std::io::Result<Frame<Bytes>>> + Send + Sync>;

struct Stream(NextFrame);

impl futures_util::Stream for Stream {
    type Item = std::io::Result<Frame<Bytes>>;

    fn poll_next(
        mut self: Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Self::Item>> {
        std::task::Poll::Ready((self.0)())
    }
}

async fn answer(
    kind: ForgeKind,
    state: Arc<Mutex<State>>,
    request: http::Request<Incoming>,
) -> Result<Response<Body>, Infallible> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let fault = {
        let mut state = state.lock().unwrap();
        state.requests.push(format!("{} {}", parts.method, parts.uri));
        state.faults.pop_front()
    };
    if let Some(fault) = fault {
        return Ok(broken(fault).await);
    }
    let asked = Asked::new(kind, &parts, &body);
    let mut state = state.lock().unwrap();
    let answer = if asked.authorized(&parts.headers) {
        asked.route(&mut state)
    } else {
        Some(plain(401, &json!({"message": "bad token"})))
    };
    Ok(answer.unwrap_or_else(|| {
        let problem = format!("{} {} {}", parts.method, parts.uri, asked.body);
        state.problems.push(problem);
        plain(418, &json!({"message": "no such route or field"}))
    }))
}

async fn broken(fault: Fault) -> Response<Body> {
    match fault {
        Fault::Answer(status, headers, body) => {
            let mut response = Response::builder().status(status);
            for (name, value) in headers {
                response = response.header(*name, *value);
            }
            response.body(full(body)).unwrap()
        }
        Fault::Half => {
            let mut left = vec![
                Err(std::io::Error::other("the machine went down")),
                Ok(Bytes::from_static(b"{\"version\": \"1.2")),
            ];
            let body = pieces(move || left.pop());
            Response::builder().header("content-length", "40").body(body).unwrap()
        }
        Fault::Endless => {
            let body = pieces(|| Some(Ok(Bytes::from_static(&[b' '; 4096]))));
            Response::new(body)
        }
        Fault::Silence => std::future::pending().await,
    }
}

fn plain(status: u16, body: &Value) -> Response<Body> {
    Response::builder()
        .status(status)
        .header("content-type", "application/json")
        .header("x-request-id", "req-7")
        .body(full(body.to_string()))
        .unwrap()
}

fn nothing() -> Response<Body> {
    Response::builder().status(204).body(full("")).unwrap()
}

fn absent() -> Option<Response<Body>> {
    Some(plain(404, &json!({"message": "not found"})))
}

/// One page of a list, with the header that tells whether another follows.
fn page(list: &[Value], number: usize, size: usize) -> Option<Response<Body>> {
    let start = (number - 1) * size;
    let items: Vec<_> = list.iter().skip(start).take(size).cloned().collect();
    let mut response = plain(200, &Value::from(items));
    if start + size < list.len() {
        // An address of elsewhere: whoever follows it leaves the forge.
        let link = "<http://elsewhere.invalid/?page=2>; rel=\"next\"";
        response.headers_mut().insert("link", link.parse().unwrap());
    }
    Some(response)
}

/// A request, taken apart.
struct Asked {
    kind: ForgeKind,
    method: Method,
    path: String,
    query: BTreeMap<String, String>,
    body: Value,
}

impl Asked {
    fn new(kind: ForgeKind, parts: &http::request::Parts, body: &Bytes) -> Self {
        let query = url::form_urlencoded::parse(parts.uri.query().unwrap_or("").as_bytes());
        Self {
            kind,
            method: parts.method.clone(),
            path: parts.uri.path().to_owned(),
            query: query.into_owned().collect(),
            body: serde_json::from_slice(body).unwrap_or(Value::Null),
        }
    }

    fn authorized(&self, headers: &HeaderMap) -> bool {
        let (name, value) = match self.kind {
            ForgeKind::GitLab => ("private-token", TOKEN.to_owned()),
            _ => ("authorization", format!("Bearer {TOKEN}")),
        };
        let agent = headers["user-agent"].to_str().unwrap();
        assert!(agent.starts_with("jci-forge/"), "{agent}");
        headers.get(name).is_some_and(|found| found.as_bytes() == value.as_bytes())
    }

    /// Answers, or not if the forge knows no such thing.
    fn route(&self, state: &mut State) -> Option<Response<Body>> {
        match self.kind {
            ForgeKind::GitLab => self.gitlab(state),
            _ => self.github(state),
        }
    }

    /// Takes the query if it has these names and no others.
    fn query<const N: usize>(&self, names: [&str; N]) -> Option<[&str; N]> {
        let values = names.map(|name| self.query.get(name).map_or("", String::as_str));
        (self.query.keys().all(|name| names.contains(&name.as_str()))).then_some(values)
    }

    /// Lists refs by prefix of the text, as GitHub does.
    fn refs(&self, state: &State, prefix: &str) -> Vec<Value> {
        let full = format!("refs/{prefix}");
        let found = state.refs.iter().filter(|(name, _)| name.starts_with(&full));
        found
            .map(|(name, sha)| json!({"ref": name, "object": {"sha": sha, "type": "commit"}}))
            .collect()
    }

    fn set_status(&self, state: &mut State, commit: &str) -> Option<Response<Body>> {
        let known = ["state", "context", "description", "target_url"];
        let body = self.body.as_object()?;
        let states: &[&str] = match self.kind {
            ForgeKind::GitLab => &["pending", "running", "success", "failed", "canceled"],
            _ => &["pending", "success", "error", "failure"],
        };
        let good = body.keys().all(|key| known.contains(&key.as_str()))
            && states.contains(&body.get("state")?.as_str()?);
        if !good {
            return None;
        }
        if commit != COMMIT {
            return absent();
        }
        let key = if self.kind == ForgeKind::GitHub { "state" } else { "status" };
        let name = if self.kind == ForgeKind::GitLab { "name" } else { "context" };
        let get = |key: &str| body.get(key).cloned().unwrap_or(Value::Null);
        let kept = json!({key: get("state"), name: get("context"), "id": 1,
                          "description": get("description"), "target_url": get("target_url")});
        state.statuses.insert(0, kept.clone());
        Some(plain(201, &kept))
    }

    fn github(&self, state: &mut State) -> Option<Response<Body>> {
        let path = self.path.strip_prefix("/api/v3/")?;
        let meta = json!({"installed_version": "3.19.0"});
        match (self.method.as_str(), path) {
            ("GET", "meta") => return Some(plain(200, &meta)),
            ("GET", "user") => return Some(plain(200, &json!({"id": 3, "login": "ann"}))),
            ("GET", "rate_limit") => return Some(plain(200, &json!({"resources": {}}))),
            ("DELETE", "installation/token") => return Some(nothing()),
            ("POST", "app/installations/9/access_tokens") => {
                let narrow = json!({"repository_ids": [6], "permissions": {"contents": "read"}});
                let token = json!({"token": "ghs_narrow", "expires_at": "2026-01-02T04:04:05Z"});
                return (self.body == narrow).then(|| plain(201, &token));
            }
            _ => {}
        }
        let path = path.strip_prefix("repos/team/site")?.trim_start_matches('/');
        match (self.method.as_str(), path.split_once('/').unwrap_or((path, ""))) {
            ("GET", ("", "")) => Some(plain(200, &repository())),
            ("POST", ("statuses", commit)) => self.set_status(state, commit),
            ("GET", ("commits", rest)) => {
                assert_eq!(rest.strip_suffix("/statuses")?, COMMIT);
                let [number, size] = self.query(["page", "per_page"])?;
                page(&state.statuses, number.parse().ok()?, size.parse().ok()?)
            }
            ("GET", ("git", rest)) => match rest.split_once('/')? {
                ("matching-refs", prefix) => {
                    let [number, size] = self.query(["page", "per_page"])?;
                    page(&self.refs(state, prefix), number.parse().ok()?, size.parse().ok()?)
                }
                ("trees", COMMIT) => {
                    self.query(["page"])?;
                    let tree: Vec<_> = (0..state.files.min(5)).map(entry).collect();
                    let truncated = state.files > 5;
                    Some(plain(200, &json!({"tree": tree, "truncated": truncated})))
                }
                ("blobs", BLOB) => Some(plain(200, &blob("\n", 60))),
                _ => None,
            },
            ("GET", ("contents", ".jci/crontab")) => {
                assert_eq!(self.query(["ref"])?, [COMMIT]);
                Some(Response::new(full(CRONTAB)))
            }
            ("GET", ("contents", _)) => absent(),
            _ => None,
        }
    }

    fn gitlab(&self, state: &mut State) -> Option<Response<Body>> {
        let path = self.path.strip_prefix("/api/v4/")?;
        match (self.method.as_str(), path) {
            ("GET", "version") => return Some(plain(200, &json!({"version": "18.1.0"}))),
            ("GET", "user") => return Some(plain(200, &json!({"id": 3, "username": "ann"}))),
            ("GET", "personal_access_tokens/self") => {
                let token = json!({"id": 1, "name": "ci", "scopes": ["api"], "active": true});
                return Some(plain(200, &token));
            }
            ("DELETE", "personal_access_tokens/self") => return Some(nothing()),
            _ => {}
        }
        let path = path.strip_prefix("projects/team%2Fsite")?.trim_start_matches('/');
        let commit = json!({"id": COMMIT});
        match (self.method.as_str(), path.strip_prefix("repository/").unwrap_or(path)) {
            ("GET", "") => Some(plain(200, &project())),
            ("POST", path) => self.set_status(state, path.strip_prefix("statuses/")?),
            ("GET", "tree") => {
                let [commit, number, size] = self.query(["ref", "page", "per_page"])?;
                assert_eq!(commit, COMMIT);
                let entries: Vec<_> = (0..state.files)
                    .map(|number| {
                        let mut entry = entry(number);
                        entry["id"] = entry.as_object_mut()?.remove("sha")?;
                        Some(entry)
                    })
                    .collect::<Option<_>>()?;
                page(&entries, number.parse().ok()?, size.parse().ok()?)
            }
            ("GET", "branches/topic%2Fone") => {
                Some(plain(200, &json!({"name": "topic/one", "commit": commit})))
            }
            ("GET", "tags/v1") => {
                Some(plain(200, &json!({"name": "v1", "target": BLOB, "commit": commit})))
            }
            ("GET", "blobs/2222222222222222222222222222222222222222/raw") => {
                Some(Response::new(full(CRONTAB)))
            }
            ("GET", "files/.jci%2Fcrontab/raw") => {
                assert_eq!(self.query(["ref"])?, [COMMIT]);
                Some(Response::new(full(CRONTAB)))
            }
            ("GET", path) if path.starts_with("branches/") || path.starts_with("files/") => {
                absent()
            }
            ("GET", path) if path.starts_with("commits/") => {
                let [all, number, size] = self.query(["all", "page", "per_page"])?;
                assert_eq!(all, "true");
                page(&state.statuses, number.parse().ok()?, size.parse().ok()?)
            }
            _ => None,
        }
    }
}

fn repository() -> Value {
    json!({"id": 6, "full_name": "team/site", "default_branch": "main", "archived": false,
           "clone_url": "https://git.example.org/team/site.git",
           "permissions": {"admin": false, "push": true, "pull": true}})
}

fn project() -> Value {
    json!({"id": 6, "path_with_namespace": "team/site", "default_branch": "main",
           "http_url_to_repo": "https://git.example.org/team/site.git", "archived": false,
           "permissions": {"project_access": {"access_level": 40}, "group_access": null}})
}

fn entry(number: usize) -> Value {
    json!({"path": format!("f{number}"), "sha": BLOB, "type": "blob", "mode": "100644"})
}

/// A blob whose base64 is broken into lines of a length.
fn blob(line_break: &str, width: usize) -> Value {
    let text = BASE64_STANDARD.encode(CRONTAB);
    let lines: Vec<_> = text.as_bytes().chunks(width).map(String::from_utf8_lossy).collect();
    json!({"content": lines.join(line_break), "encoding": "base64", "sha": BLOB})
}

/// The status of an answer that was none, for tests to compare with.
pub(crate) fn status(code: u16) -> Option<StatusCode> {
    Some(StatusCode::from_u16(code).unwrap())
}
