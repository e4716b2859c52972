//! `git http-backend`, fed and read as the bytes come: no pack is ever held.

use std::io;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream;
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderName};
use hyper::{HeaderMap, Request, Response, StatusCode};
use rustix::process::{Pid, Signal};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::mpsc;

use super::hooks::{MAY_WRITE, PUSHED, read_pushed};
use super::{Admitted, Asked};
use crate::forge::answer::{Answer, text};
use crate::forge::world::World;

/// How many pieces may lie between git and a client that reads slowly.
const PIECES: usize = 4;
const PIECE: usize = 64 * 1024;

/// Lets git answer.
pub(super) async fn run(
    world: &Arc<World>,
    asked: &Asked,
    admitted: Admitted,
    request: Request<Incoming>,
) -> Answer {
    let number = world.state().next_id();
    let pushed = world.environment.path(&format!("pushed/{number}"));
    let (parts, body) = request.into_parts();
    let mut command = command(world, asked, &admitted, &parts.headers);
    command.env("REQUEST_METHOD", parts.method.as_str());
    command.env("QUERY_STRING", parts.uri.query().unwrap_or_default()).env(PUSHED, &pushed);
    let mut git = Git::start(&mut command);
    let stdin = git.child.stdin.take().expect("standard input is a pipe");
    let mut stdout = BufReader::new(git.child.stdout.take().expect("standard output is a pipe"));
    // Beside the rest: git may answer before it has read all.
    tokio::spawn(feed(stdin, body));
    let head = read_head(&mut stdout).await;
    let (pieces, body) = mpsc::channel(PIECES);
    tokio::spawn(drain(Arc::clone(world), git, stdout, pieces, admitted, pushed));
    let Some((status, headers)) = head else {
        return text(StatusCode::INTERNAL_SERVER_ERROR, "git said nothing");
    };
    let body = stream::unfold(body, |mut body| async move { Some((body.recv().await?, body)) });
    let mut answer = Response::new(StreamBody::new(body).boxed_unsync());
    *answer.status_mut() = status;
    *answer.headers_mut() = headers;
    answer
}

fn command(world: &World, asked: &Asked, admitted: &Admitted, headers: &HeaderMap) -> Command {
    let mut command = world.environment.command("git", &world.repositories());
    let path = format!("/{}.git/{}", admitted.full_name, asked.action);
    command
        .arg("http-backend")
        .env("GIT_PROJECT_ROOT", world.repositories())
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("PATH_INFO", path)
        .env("REMOTE_ADDR", "127.0.0.1")
        .env(MAY_WRITE, if admitted.may_write { "yes" } else { "no" })
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    if let Some(account) = admitted.account {
        // Git takes pushes from whoever has a name.
        command.env("REMOTE_USER", account.to_string());
    }
    for (variable, header) in [
        ("CONTENT_TYPE", CONTENT_TYPE),
        ("CONTENT_LENGTH", CONTENT_LENGTH),
        ("HTTP_CONTENT_ENCODING", CONTENT_ENCODING),
        ("GIT_PROTOCOL", HeaderName::from_static("git-protocol")),
    ] {
        if let Some(value) = headers.get(header).and_then(|value| value.to_str().ok()) {
            command.env(variable, value);
        }
    }
    Command::from(command)
}

/// A `git http-backend` with all that it starts, which writes for it and would outlive it.
struct Git {
    child: Child,
    group: Option<Pid>,
}

impl Git {
    fn start(command: &mut Command) -> Self {
        let child = command.process_group(0).spawn().expect("git can be started");
        let group = child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
        Self { child, group }
    }

    async fn wait(&mut self) {
        let _ = self.child.wait().await;
        self.group = None;
    }
}

impl Drop for Git {
    fn drop(&mut self) {
        if let Some(group) = self.group {
            let _ = rustix::process::kill_process_group(group, Signal::KILL);
        }
    }
}

/// Hands the body of the request to git; what git does not want to read is dropped.
async fn feed(mut stdin: ChildStdin, mut body: Incoming) {
    while let Some(Ok(frame)) = body.frame().await {
        let Ok(piece) = frame.into_data() else { continue };
        if stdin.write_all(&piece).await.is_err() {
            return;
        }
    }
}

/// Reads the head of git's answer: lines such as `Status: 404 Not Found`, then an empty one.
async fn read_head(stdout: &mut BufReader<ChildStdout>) -> Option<(StatusCode, HeaderMap)> {
    let (mut status, mut headers) = (StatusCode::OK, HeaderMap::new());
    loop {
        let mut line = String::new();
        if stdout.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        let line = line.trim_end();
        if line.is_empty() {
            return Some((status, headers));
        }
        let (name, value) = line.split_once(": ")?;
        if name.eq_ignore_ascii_case("status") {
            status = value.get(..3)?.parse().ok()?;
        } else {
            headers.append(HeaderName::try_from(name).ok()?, value.parse().ok()?);
        }
    }
}

/// Hands git's answer on, and sees what was pushed once git has ended, with or without a client
/// that still listens.
async fn drain(
    world: Arc<World>,
    mut git: Git,
    mut stdout: BufReader<ChildStdout>,
    pieces: mpsc::Sender<io::Result<Frame<Bytes>>>,
    admitted: Admitted,
    pushed: PathBuf,
) {
    let mut buffer = vec![0; PIECE];
    while let Ok(length @ 1..) = stdout.read(&mut buffer).await {
        let piece = Frame::data(Bytes::copy_from_slice(&buffer[..length]));
        if pieces.send(Ok(piece)).await.is_err() {
            break;
        }
    }
    // A git that writes to a client that left is stopped by the closed pipe.
    drop(stdout);
    git.wait().await;
    let changed = read_pushed(&pushed);
    let Admitted { repository, account: Some(account), .. } = admitted else { return };
    world.pushed(repository, &changed);
    let telling = move || world.tell_of_push(repository, account, &changed);
    // It fails only if the forge ends meanwhile. The client waits for it: what is told does not
    // depend on what the test does after its push.
    let _ = tokio::task::spawn_blocking(telling).await;
    drop(pieces);
}
