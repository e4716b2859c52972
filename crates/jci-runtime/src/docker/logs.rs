//! What containers wrote.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use bollard::container::LogOutput;
use bollard::errors::Error;
use bollard::query_parameters::LogsOptions;
use bytes::{Buf as _, Bytes, BytesMut};
use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream};

use super::patience::Patience;
use super::{DockerEngine, failure, observe, wait};
use crate::{ContainerId, LogStream, Phase, RuntimeError};

/// How many lines that are there already go into one piece.
const LINES: usize = 1024;

/// What a container has between the end of its log and its own.
const BETWEEN_ENDS: Duration = Duration::from_secs(10);

/// How often a log that cannot be followed is looked at, at most. To read it from its begin takes
/// longer and longer: no more than a fifth of the time goes into that.
const BETWEEN_LOOKS: Duration = Duration::from_millis(250);
const LOOKS: u32 = 5;

pub(super) fn follow(engine: &DockerEngine, container: &ContainerId, from: u64) -> LogStream {
    let follow = Follow {
        engine: engine.clone(),
        container: container.clone(),
        at: from,
        source: None,
        opened: Instant::now(),
        has_ended: false,
        patience: Patience::default(),
    };
    stream::try_unfold(follow, Follow::step).boxed()
}

/// A log that is followed, whatever happens to the connections that it comes on.
struct Follow {
    engine: DockerEngine,
    container: ContainerId,
    /// The byte that is to come next.
    at: u64,
    source: Option<Source>,
    /// When the source was opened.
    opened: Instant,
    /// Whether the container had ended before the source was opened.
    has_ended: bool,
    patience: Patience,
}

/// One connection, on which the log comes from its begin.
struct Source {
    pieces: BoxStream<'static, Vec<Result<LogOutput, Error>>>,
    /// What came together with a piece that is still to be looked at.
    waiting: VecDeque<Result<LogOutput, Error>>,
    /// How many bytes are to be left out yet.
    skip: u64,
}

impl Follow {
    async fn step(mut self) -> Result<Option<(Bytes, Self)>, RuntimeError> {
        loop {
            let source = match &mut self.source {
                Some(source) => source,
                none => {
                    self.opened = Instant::now();
                    let follow = !self.has_ended && self.engine.facts.follows_logs();
                    none.insert(Source::open(&self.engine, &self.container, self.at, follow))
                }
            };
            match source.next().await {
                Some(Ok(bytes)) => {
                    self.at += bytes.len() as u64;
                    self.patience = Patience::default();
                    return Ok(Some((bytes, self)));
                }
                Some(Err(error)) if failure::is_broken(&error) => {
                    self.source = None;
                    if !self.patience.again().await {
                        return Err(self.failed(error));
                    }
                }
                Some(Err(error)) => return Err(self.failed(error)),
                None => {
                    self.source = None;
                    // An engine may end a log with its container, and with most of it still to
                    // come: only one that was opened afterwards is whole.
                    if self.has_ended {
                        return Ok(None);
                    }
                    self.has_ended = self.has_ended().await?;
                }
            }
        }
    }

    /// Tells whether the container ended with its log: an engine that stops ends logs too, and one
    /// whose logs cannot be followed ends them where they are.
    async fn has_ended(&mut self) -> Result<bool, RuntimeError> {
        loop {
            match observe::inspect(&self.engine, &self.container).await {
                Ok(found) if found.phase != Phase::Running => return Ok(true),
                Ok(_) => break,
                Err(error) if error.is_transient() && self.patience.again().await => {}
                Err(error) => return Err(error),
            }
        }
        let end = wait::wait(&self.engine, &self.container);
        let patience = if self.engine.facts.follows_logs() {
            BETWEEN_ENDS
        } else {
            BETWEEN_LOOKS.max(self.opened.elapsed() * LOOKS)
        };
        match tokio::time::timeout(patience, end).await {
            Ok(end) => end.map(|_| true),
            Err(_) => Ok(false),
        }
    }

    fn failed(&self, error: Error) -> RuntimeError {
        match failure::status(&error) {
            Some(404) => RuntimeError::NoContainer { container: self.container.to_string() },
            _ => self.engine.failed(
                "read the log of",
                format!("the container {}", self.container),
                error,
            ),
        }
    }
}

impl Source {
    fn open(engine: &DockerEngine, container: &ContainerId, skip: u64, follow: bool) -> Self {
        let options = LogsOptions {
            follow,
            stdout: true,
            stderr: true,
            tail: "all".to_owned(),
            ..LogsOptions::default()
        };
        let docker = engine.docker.clone();
        let container = container.clone();
        let lines = stream::once(async move { docker.logs(&container.0, Some(options)).boxed() });
        let pieces = lines.flatten().ready_chunks(LINES).boxed();
        Self { pieces, waiting: VecDeque::new(), skip }
    }

    /// The next bytes, as many as are there.
    async fn next(&mut self) -> Option<Result<Bytes, Error>> {
        loop {
            if self.waiting.is_empty() {
                self.waiting = self.pieces.next().await?.into();
            }
            let mut joined = BytesMut::new();
            while let Some(output) = self.waiting.pop_front() {
                match output.and_then(bytes) {
                    Ok(bytes) => self.take(bytes, &mut joined),
                    Err(error) if joined.is_empty() => return Some(Err(error)),
                    Err(error) => {
                        self.waiting.push_front(Err(error));
                        break;
                    }
                }
            }
            if !joined.is_empty() {
                return Some(Ok(joined.freeze()));
            }
        }
    }

    fn take(&mut self, mut bytes: Bytes, joined: &mut BytesMut) {
        let skipped = self.skip.min(bytes.len() as u64);
        self.skip -= skipped;
        bytes.advance(usize::try_from(skipped).unwrap_or(bytes.len()));
        joined.extend_from_slice(&bytes);
    }
}

/// The bytes of a piece. What is neither stdout nor stderr is the engine's own word of what went
/// wrong with the log.
fn bytes(output: LogOutput) -> Result<Bytes, Error> {
    match output {
        LogOutput::StdOut { message } | LogOutput::StdErr { message } => Ok(message),
        LogOutput::Console { message } | LogOutput::StdIn { message } => {
            let words = String::from_utf8_lossy(&message);
            let words = words.trim_matches(|c: char| c.is_control() || c.is_whitespace());
            Err(Error::DockerStreamError { error: words.to_owned() })
        }
    }
}
