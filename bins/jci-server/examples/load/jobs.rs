//! Jobs, from their webhooks to what becomes of them at the server.

use std::io;
use std::process::Stdio;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jci_proto::{JobSummary, WebhookAnswer};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::net::TcpStream;
use tokio::process::{ChildStdout, Command};

use crate::What;
use crate::connection::Connection;
use crate::delays::Delays;
use crate::webhook::Webhooks;

/// So often the server is asked whether a job has ended.
const BETWEEN: Duration = Duration::from_millis(10);

/// Sends webhooks and waits for what their jobs do; returns how long that took.
pub(crate) async fn wait(address: &str, webhooks: &Webhooks, what: What) -> io::Result<Duration> {
    match what {
        What::FirstLine => first_line(address, webhooks).await,
        What::Ends { count, .. } => ends(address, webhooks, count).await,
        What::Bytes { count } => bytes(address, webhooks, count).await,
        What::Lines { count } => lines(address, webhooks, count).await,
        What::Terminal { count } => terminal(address, webhooks, count).await,
    }
}

async fn first_line(address: &str, webhooks: &Webhooks) -> io::Result<Duration> {
    let mut server = Connection::open(address).await?;
    let start = Instant::now();
    let job = submit(&mut server, &webhooks.requests(1)[0]).await?;
    let _ = Events::of(address, &job).await?.piece().await?;
    let took = start.elapsed();
    ended(&mut server, address, &job).await?;
    Ok(took)
}

async fn ends(address: &str, webhooks: &Webhooks, count: u32) -> io::Result<Duration> {
    let mut server = Connection::open(address).await?;
    let requests = webhooks.requests(count);
    let start = Instant::now();
    let mut jobs = Vec::new();
    for request in &requests {
        jobs.push(submit(&mut server, request).await?);
    }
    for job in &jobs {
        ended(&mut server, address, job).await?;
    }
    Ok(start.elapsed())
}

async fn bytes(address: &str, webhooks: &Webhooks, count: u64) -> io::Result<Duration> {
    let mut server = Connection::open(address).await?;
    let start = Instant::now();
    let job = submit(&mut server, &webhooks.requests(1)[0]).await?;
    ended(&mut server, address, &job).await?;
    let took = start.elapsed();
    let last = format!("/api/v1/jobs/{job}/log?offset={}", count.saturating_sub(1));
    match server.accepted(&get(address, &last)?).await?.len() {
        1 => Ok(took),
        other => Err(io::Error::other(format!("{other} bytes where the last one should be"))),
    }
}

async fn lines(address: &str, webhooks: &Webhooks, count: usize) -> io::Result<Duration> {
    let mut server = Connection::open(address).await?;
    let job = submit(&mut server, &webhooks.requests(1)[0]).await?;
    let mut events = Events::of(address, &job).await?;
    let mut delays = Delays::default();
    while delays.count() < count {
        delays.take(&events.piece().await?)?;
    }
    ended(&mut server, address, &job).await?;
    delays.longest()
}

async fn terminal(address: &str, webhooks: &Webhooks, count: usize) -> io::Result<Duration> {
    let mut server = Connection::open(address).await?;
    let job = submit(&mut server, &webhooks.requests(1)[0]).await?;
    let mut command = Command::new("git");
    command.args(["jci", "log", "--follow", &format!("http://{address}/jobs/{job}")]);
    let mut child = command.stdout(Stdio::piped()).kill_on_drop(true).spawn()?;
    let printed = child.stdout.take().ok_or_else(|| io::Error::other("no standard output"))?;
    let mut printed: Lines<BufReader<ChildStdout>> = BufReader::new(printed).lines();
    let mut delays = Delays::default();
    while delays.count() < count {
        let line = printed.next_line().await?;
        let line = line.ok_or_else(|| io::Error::other("git jci log ended too early"))?;
        delays.take(format!("{line}\n").as_bytes())?;
    }
    ended(&mut server, address, &job).await?;
    delays.longest()
}

/// Sends a webhook, and returns the id of its job.
async fn submit(server: &mut Connection, webhook: &[u8]) -> io::Result<String> {
    let answer: WebhookAnswer = serde_json::from_slice(&server.accepted(webhook).await?)?;
    answer.job.ok_or_else(|| io::Error::other("the webhook made no job"))
}

/// Waits for the end of a job that some runner ran, well or not.
async fn ended(server: &mut Connection, address: &str, job: &str) -> io::Result<()> {
    let ask = get(address, &format!("/api/v1/jobs/{job}"))?;
    loop {
        let view: JobSummary = serde_json::from_slice(&server.accepted(&ask).await?)?;
        match view.exit_code {
            Some(0) => return Ok(()),
            Some(code) => return Err(io::Error::other(format!("job {job} ended with {code}"))),
            None if view.state.is_final() => {
                let why = view.reason.unwrap_or_default();
                return Err(io::Error::other(format!("job {job} did not run: {why}")));
            }
            None => tokio::time::sleep(BETWEEN).await,
        }
    }
}

fn get(address: &str, path: &str) -> io::Result<Vec<u8>> {
    request(address, path, "HTTP/1.1")
}

fn request(address: &str, path: &str, version: &str) -> io::Result<Vec<u8>> {
    let token = std::env::var("JCI_API_TOKEN").map_err(io::Error::other)?;
    let headers = format!("host: {address}\r\nauthorization: Bearer {token}\r\n\r\n");
    Ok(format!("GET {path} {version}\r\n{headers}").into_bytes())
}

/// The log of a job as it grows.
struct Events {
    lines: Lines<BufReader<TcpStream>>,
}

impl Events {
    async fn of(address: &str, job: &str) -> io::Result<Self> {
        let mut stream = TcpStream::connect(address).await?;
        // To this version an answer without an end comes in no chunks.
        let path = format!("/api/v1/jobs/{job}/log/events");
        stream.write_all(&request(address, &path, "HTTP/1.0")?).await?;
        Ok(Self { lines: BufReader::with_capacity(256 * 1024, stream).lines() })
    }

    /// Returns the next piece.
    async fn piece(&mut self) -> io::Result<Vec<u8>> {
        let mut is_piece = false;
        while let Some(line) = self.lines.next_line().await? {
            match line.split_once(": ") {
                Some(("event", kind)) => is_piece = kind == "log",
                Some(("data", data)) if is_piece => {
                    return BASE64_STANDARD.decode(data).map_err(io::Error::other);
                }
                _ => {}
            }
        }
        Err(io::Error::other("the log ends too early"))
    }
}
