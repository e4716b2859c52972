//! Contests in which jci-server gets webhooks, and runners ask it for work.
//!
//! There is no forge: what is measured is the server's own part.

use std::path::Path;
use std::time::Duration;

use super::BenchError;
use super::contest::{Contest, Side};
use super::goal::Goal;
use super::measure::Usage;
use super::place::{Place, release_folder};
use super::server::{Server, Start};
use super::team::{self, RUNNERS, WEBHOOKS};
use crate::files;

/// So many jobs wait in the long queue, of so many repositories.
const LONG_QUEUE: &str = "10000";
/// A queue of ten has no more than ten, of ten repositories.
const SHORT_QUEUE: &str = "10";

/// What the server is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum QueueQuestion {
    /// To take webhooks that come over 16 connections.
    Webhooks,
    /// For ten jobs, where ten thousand wait.
    Claim,
    /// To hand the job of a webhook to one of so many runners that wait.
    Handover(&'static str),
}

impl QueueQuestion {
    /// Returns the name of the rival.
    pub(super) fn rival(self) -> &'static str {
        match self {
            Self::Webhooks | Self::Handover(_) => "bare",
            Self::Claim => "short-queue",
        }
    }

    /// Returns what the load is called with for one sample.
    fn load(self, side: Side) -> Vec<&'static str> {
        match (self, side) {
            (Self::Webhooks, _) => vec!["webhooks", "2000", "16"],
            (Self::Claim, Side::Ours) => vec!["claims", "10"],
            (Self::Claim, Side::Rival) => vec!["--repositories", SHORT_QUEUE, "claims", "10"],
            (Self::Handover(runners), Side::Ours) => vec!["handover", runners, "100"],
            (Self::Handover(_), Side::Rival) => vec!["one-by-one", "100"],
        }
    }
}

/// A question to jci-server, and to another server.
pub(super) struct QueueContest<'a> {
    place: &'a Place,
    question: QueueQuestion,
    goal: Goal,
    servers: Option<[Server; 2]>,
}

impl<'a> QueueContest<'a> {
    /// Prepares the question.
    pub(super) fn new(place: &'a Place, question: QueueQuestion, goal: Goal) -> Self {
        Self { place, question, goal, servers: None }
    }

    fn start(&self, side: Side) -> Result<Server, BenchError> {
        let folder = self.place.path(if side == Side::Ours { "queue" } else { "rival-queue" });
        files::remove_folder(&folder)?;
        files::make_folder(&folder)?;
        if side == Side::Rival && self.question.rival() == "bare" {
            return self.start_bare(&folder);
        }
        let more = [&team::NO_FORGE[..], &[("JCI_MAX_JOBS", "0")]];
        let server = team::start_server(self.place, &folder, &more)?;
        if side == Side::Ours && self.question == QueueQuestion::Claim {
            eprintln!("filling the queue of a server with {LONG_QUEUE} jobs");
            team::load(self.place, &server.address, &["webhooks", LONG_QUEUE, "16"])?;
        }
        Ok(server)
    }

    fn start_bare(&self, folder: &Path) -> Result<Server, BenchError> {
        let program = release_folder().join("examples/bare");
        let words = [&*program.to_string_lossy(), "webhooks.db"];
        let start =
            Start { folder, words: &words, variables: &[WEBHOOKS, RUNNERS], address_file: None };
        Ok(Server::start(self.place, &start)?)
    }
}

impl Contest for QueueContest<'_> {
    fn rival(&self) -> &str {
        self.question.rival()
    }

    fn goal(&self) -> Goal {
        self.goal
    }

    fn begin_pair(&mut self, _: u64) -> Result<(), BenchError> {
        // A long queue takes long to fill, and stays as long.
        if self.servers.is_none() || self.question != QueueQuestion::Claim {
            self.servers = None;
            self.servers = Some([self.start(Side::Ours)?, self.start(Side::Rival)?]);
        }
        Ok(())
    }

    fn take(&self, side: Side, output: &Path) -> Result<Usage, BenchError> {
        let Some([ours, rival]) = &self.servers else { return Err(BenchError::Nothing) };
        let server = if side == Side::Ours { ours } else { rival };
        let mut wall = Duration::ZERO;
        let usage = server.measure(output, |address| {
            let printed = team::load(self.place, address, &self.question.load(side))?;
            wall = team::seconds(&printed)?;
            Ok(printed)
        })?;
        Ok(Usage { wall, ..usage })
    }

    fn verify(&self, _: Side, printed: &str) -> Result<(), BenchError> {
        // The load fails if anything is refused, and if there is no job where there should be one.
        match printed.parse::<f64>() {
            Ok(seconds) if seconds > 0.0 => Ok(()),
            Ok(_) | Err(_) => Err(BenchError::NoTime { printed: printed.to_owned() }),
        }
    }
}
