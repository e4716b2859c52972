//! Containers as `docker run` runs them.

use std::io;
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::AsyncReadExt as _;
use tokio::process::{Child, ChildStdout, Command};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::What;
use crate::delays::Delays;

/// A script, and the image that it runs in.
pub(crate) struct Containers {
    pub(crate) image: String,
    pub(crate) script: String,
}

impl Containers {
    /// Runs containers and waits for what they do; returns how long that took.
    pub(crate) async fn wait(&self, what: What) -> io::Result<Duration> {
        match what {
            What::FirstLine => self.first_line().await,
            What::Ends { count, at_once } => self.ends(count, at_once).await,
            What::Bytes { count } => self.bytes(count).await,
            What::Lines { count } | What::Terminal { count } => self.lines(count).await,
        }
    }

    async fn first_line(&self) -> io::Result<Duration> {
        let start = Instant::now();
        let mut container = self.start()?;
        output(&mut container)?.read_u8().await?;
        let took = start.elapsed();
        ended(container).await?;
        Ok(took)
    }

    async fn ends(&self, count: u32, at_once: usize) -> io::Result<Duration> {
        let places = Arc::new(Semaphore::new(at_once));
        let mut running = JoinSet::new();
        let start = Instant::now();
        for _ in 0..count {
            let place = Arc::clone(&places).acquire_owned().await.map_err(io::Error::other)?;
            let container = self.start()?;
            running.spawn(async move {
                let _place = place;
                ended(container).await
            });
        }
        for done in running.join_all().await {
            done?;
        }
        Ok(start.elapsed())
    }

    async fn bytes(&self, count: u64) -> io::Result<Duration> {
        let start = Instant::now();
        let mut container = self.start()?;
        let (mut output, mut sink) = (output(&mut container)?, tokio::io::sink());
        let copied = tokio::io::copy(&mut output, &mut sink).await?;
        ended(container).await?;
        let took = start.elapsed();
        if copied == count { Ok(took) } else { Err(io::Error::other(format!("{copied} bytes"))) }
    }

    async fn lines(&self, count: usize) -> io::Result<Duration> {
        let mut container = self.start()?;
        let mut output = output(&mut container)?;
        let (mut delays, mut piece) = (Delays::default(), Vec::with_capacity(64 * 1024));
        while delays.count() < count {
            piece.clear();
            if output.read_buf(&mut piece).await? == 0 {
                return Err(io::Error::other("the container wrote too little"));
            }
            delays.take(&piece)?;
        }
        ended(container).await?;
        delays.longest()
    }

    fn start(&self) -> io::Result<Child> {
        let mut command = Command::new("docker");
        command.args(["run", "--rm", &self.image, "/bin/sh", "-c", &self.script]);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true).spawn()
    }
}

fn output(container: &mut Child) -> io::Result<ChildStdout> {
    container.stdout.take().ok_or_else(|| io::Error::other("no standard output"))
}

/// Waits for the end, which has to be a good one.
async fn ended(mut container: Child) -> io::Result<()> {
    // What it writes that nobody wants to see.
    if let Some(mut rest) = container.stdout.take() {
        tokio::io::copy(&mut rest, &mut tokio::io::sink()).await?;
    }
    let status = container.wait().await?;
    if status.success() { Ok(()) } else { Err(io::Error::other(format!("docker run: {status}"))) }
}
