//! Puts load on a server and prints how many seconds it took: what `cargo xtask bench` measures.
//!
//! Webhooks are signed with the variable `WEBHOOK_SECRET`, runners show `JCI_RUNNER_SECRET`, people
//! `JCI_API_TOKEN`.

mod connection;
mod containers;
mod delays;
mod forge;
mod jobs;
mod webhook;

use std::io;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::{Parser, Subcommand};
use jci_proto::PollAnswer;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::connection::Connection;
use crate::webhook::Webhooks;

/// Puts load on a server and prints how many seconds it took.
#[derive(Parser)]
struct Arguments {
    /// Where the server listens, as in 127.0.0.1:8080
    address: String,
    /// So many repositories the webhooks are of, in turn
    #[arg(long, default_value_t = 1000)]
    repositories: u32,
    #[command(subcommand)]
    load: Load,
}

#[derive(Subcommand)]
enum Load {
    /// Sends webhooks over several connections; the time of all of them
    Webhooks { count: u32, connections: u32 },
    /// Sends one webhook after another; the median of their times
    OneByOne { count: u32 },
    /// Sends webhooks, then lets a runner take as many jobs; the mean time to take one
    Claims { count: u32 },
    /// Lets runners wait, then sends one webhook after another; the median of the times until one
    /// of the runners has the job
    Handover { runners: u32, count: u32 },
    /// Sends a webhook and takes its job; prints where to clone from and the token for that
    Claim,
    /// Serves a repository with so many runs, until it is killed; prints the address
    Forge { runs: u32, token_file: PathBuf },
    /// Makes the image that the jobs of this machine's tests run in; prints its name
    Image,
    /// Lets a runner run jobs, from the webhook on
    Job {
        #[command(subcommand)]
        what: What,
    },
    /// Lets `docker run` do the same: a shell script in an image
    Container {
        image: String,
        script: String,
        #[command(subcommand)]
        what: What,
    },
}

/// What is waited for.
#[derive(Clone, Copy, Subcommand)]
enum What {
    /// The first that it writes
    FirstLine,
    /// The end of so many, of which so many run at once
    Ends { count: u32, at_once: usize },
    /// The end of one that writes so many bytes
    Bytes { count: u64 },
    /// So many lines, each of which is the time at which it was written; the longest that one took
    Lines { count: usize },
    /// The same, as `git jci log -f` prints them
    Terminal { count: usize },
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let Arguments { address, repositories, load } = Arguments::parse();
    let webhooks = Webhooks::new(&address, repositories)?;
    let took = match load {
        Load::Forge { runs, token_file } => {
            // On a thread without a runtime, for the forge has one of its own.
            let serving = std::thread::spawn(move || forge::serve(runs, &token_file));
            return serving.join().map_err(|_| io::Error::other("the forge has failed"))?;
        }
        Load::Image => {
            println!("{}", jci_testkit::docker::Docker::of_machine().job_image());
            return Ok(());
        }
        Load::Claim => return claim(&address, &webhooks).await,
        Load::Job { what } => jobs::wait(&address, &webhooks, what).await?,
        Load::Container { image, script, what } => {
            containers::Containers { image, script }.wait(what).await?
        }
        Load::Webhooks { count, connections } => {
            send_all(&address, &webhooks.requests(count), connections).await?
        }
        Load::OneByOne { count } => one_by_one(&address, &webhooks.requests(count)).await?,
        Load::Claims { count } => claims(&address, &webhooks.requests(count)).await?,
        Load::Handover { runners, count } => {
            handover(&address, runners, &webhooks.requests(count)).await?
        }
    };
    println!("{}", took.as_secs_f64());
    Ok(())
}

/// Sends the requests over several connections at once.
async fn send_all(address: &str, requests: &[Vec<u8>], connections: u32) -> io::Result<Duration> {
    let share = requests.len().div_ceil(connections.max(1) as usize).max(1);
    let mut ready = Vec::new();
    for requests in requests.chunks(share) {
        ready.push((Connection::open(address).await?, requests.to_vec()));
    }
    let start = Instant::now();
    let mut sending = JoinSet::new();
    for (mut connection, requests) in ready {
        sending.spawn(async move {
            for request in &requests {
                connection.accepted(request).await?;
            }
            io::Result::Ok(())
        });
    }
    for sent in sending.join_all().await {
        sent?;
    }
    Ok(start.elapsed())
}

async fn one_by_one(address: &str, requests: &[Vec<u8>]) -> io::Result<Duration> {
    let mut connection = Connection::open(address).await?;
    let mut times = Vec::new();
    for request in requests {
        let start = Instant::now();
        connection.accepted(request).await?;
        times.push(start.elapsed());
    }
    Ok(median(times))
}

async fn claims(address: &str, requests: &[Vec<u8>]) -> io::Result<Duration> {
    send_all(address, requests, 8).await?;
    let mut connection = Connection::open(address).await?;
    let poll = poll(address, "one", 0)?;
    let start = Instant::now();
    for _ in requests {
        if !has_job(&connection.accepted(&poll).await?)? {
            return Err(io::Error::other("there is no job, and there should be"));
        }
    }
    Ok(start.elapsed() / requests.len().max(1) as u32)
}

async fn claim(address: &str, webhooks: &Webhooks) -> io::Result<()> {
    let mut connection = Connection::open(address).await?;
    connection.accepted(&webhooks.requests(1)[0]).await?;
    let secret = std::env::var("JCI_RUNNER_SECRET").map_err(io::Error::other)?;
    let asked = json!({ "runner_id": "one", "secret": secret, "running": [] });
    let headers = [("content-type", "application/json".to_owned())];
    let poll = connection::post(address, "/poll", &headers, asked.to_string().as_bytes());
    let answer: PollAnswer = serde_json::from_slice(&connection.accepted(&poll).await?)?;
    let job = answer.job.ok_or_else(|| io::Error::other("there is no job"))?;
    let lease = job.lease.ok_or_else(|| io::Error::other("the job has no token"))?;
    println!("{} {}", job.clone_url, lease.token.0);
    Ok(())
}

async fn handover(address: &str, runners: u32, requests: &[Vec<u8>]) -> io::Result<Duration> {
    let (jobs, mut taken) = mpsc::unbounded_channel();
    let mut waiting = JoinSet::new();
    for number in 0..runners {
        let poll = poll(address, &format!("runner-{number}"), 60)?;
        let mut connection = Connection::open(address).await?;
        connection.send(&poll).await?;
        let jobs = jobs.clone();
        waiting.spawn(async move {
            loop {
                let body = connection.answer().await?;
                if has_job(&body)? && jobs.send(Instant::now()).is_err() {
                    return io::Result::Ok(());
                }
                connection.send(&poll).await?;
            }
        });
    }
    let mut connection = Connection::open(address).await?;
    // Not before the server has read what all of them ask: answered by it, so is this.
    if has_job(&connection.accepted(&poll(address, "last", 0)?).await?)? {
        return Err(io::Error::other("there are jobs already, and should be none"));
    }
    let mut times = Vec::new();
    for request in requests {
        let start = Instant::now();
        connection.accepted(request).await?;
        tokio::select! {
            time = taken.recv() => times.extend(time.map(|time| time - start)),
            Some(ended) = waiting.join_next() => ended??,
        }
    }
    waiting.abort_all();
    Ok(median(times))
}

/// Makes the request of a runner for a job.
fn poll(address: &str, runner: &str, wait: u32) -> io::Result<Vec<u8>> {
    let secret = std::env::var("JCI_RUNNER_SECRET").map_err(io::Error::other)?;
    let asked = json!({ "runner_id": runner, "secret": secret, "wait": wait });
    let headers = [("content-type", "application/json".to_owned())];
    Ok(connection::post(address, "/poll", &headers, asked.to_string().as_bytes()))
}

fn has_job(answer: &[u8]) -> io::Result<bool> {
    let answer: Value = serde_json::from_slice(answer)?;
    Ok(answer["job"].is_object())
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
