//! Contests in which a jci-server and a jci-runner run jobs, next to `docker run`.
//!
//! There is no forge, and jobs clone nothing: what is measured is all that lies around a container.

use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

use super::BenchError;
use super::contest::{Contest, Side};
use super::goal::Goal;
use super::measure::Usage;
use super::place::{Place, release_folder};
use super::server::{self, Process, Server, Start};
use super::team::{self, RUNNERS};
use crate::{files, process};

/// The name of the runner, by which what it leaves is found.
const RUNNER: &str = "bench";
/// Jobs at once.
const CAPACITY: &str = "4";
/// So long an idle runner is watched.
const WHILE: Duration = Duration::from_secs(30);

/// What the runner is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RunnerQuestion {
    /// For the first line of a job.
    FirstLine,
    /// For the end of a hundred jobs.
    Jobs,
    /// For all of a long log.
    Log,
    /// For lines as they are written.
    Lines,
    /// For the same, in a terminal.
    Terminal,
    /// For nothing.
    Idle,
}

impl RunnerQuestion {
    pub(super) const DOCKER_RUN: &'static str = "docker-run";
    pub(super) const DOCKERD: &'static str = "dockerd";
    /// How long the long log is, in bytes.
    pub(super) const LOG: u64 = 1_000_000_000;

    /// Returns the name of the rival.
    pub(super) fn rival(self) -> &'static str {
        if self == Self::Idle { Self::DOCKERD } else { Self::DOCKER_RUN }
    }

    /// Returns what the load is called with.
    fn load(self) -> Vec<String> {
        let words = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
        match self {
            Self::FirstLine | Self::Idle => words(&["first-line"]),
            Self::Jobs => words(&["ends", "100", CAPACITY]),
            Self::Log => words(&["bytes", &Self::LOG.to_string()]),
            Self::Lines => words(&["lines", "20"]),
            Self::Terminal => words(&["terminal", "20"]),
        }
    }

    /// Returns what runs in the container.
    fn script(self) -> String {
        let line = "   Compiling something of which the build says a line, like many others do";
        match self {
            Self::FirstLine | Self::Jobs | Self::Idle => "#!/bin/sh\necho begun\n".to_owned(),
            Self::Log => format!("#!/bin/sh\nyes '{line}' | head -c {}\n", Self::LOG),
            Self::Lines | Self::Terminal => {
                "#!/bin/sh\nfor i in $(seq 20); do date +%s%N; sleep 0.05; done\n".to_owned()
            }
        }
    }
}

/// A question to a runner, and to Docker alone.
pub(super) struct RunnerContest<'a> {
    place: &'a Place,
    question: RunnerQuestion,
    goal: Goal,
    world: Option<World>,
}

/// A server, its runner, and the image that both sides run.
struct World {
    server: Server,
    runner: Process,
    image: String,
}

impl<'a> RunnerContest<'a> {
    /// Prepares the question; the first pair starts what is asked.
    pub(super) fn new(place: &'a Place, question: RunnerQuestion, goal: Goal) -> Self {
        Self { place, question, goal, world: None }
    }

    fn start(&self) -> Result<World, BenchError> {
        remove_remains()?;
        let image = team::load(self.place, "-", &["image"])?;
        let folder = self.place.path("runner");
        files::remove_folder(&folder)?;
        files::make_folder(&folder)?;
        let script = folder.join("job.sh");
        files::write(&script, self.question.script())?;
        let more = [
            ("JCI_MAX_JOBS", "0"),
            ("JCI_RUNNER_IMAGE", &*image),
            ("JCI_RUNNER_SCRIPT", &script.to_string_lossy()),
            ("JCI_LOG_LIMIT", "2GiB"),
        ];
        let server = team::start_server(self.place, &folder, &[&team::NO_FORGE, &more])?;
        let runner = self.start_runner(&folder, &server.address)?;
        Ok(World { server, runner, image })
    }

    fn start_runner(&self, folder: &Path, server: &str) -> Result<Process, BenchError> {
        let binary = release_folder().join("git-jci");
        let variables = [
            RUNNERS,
            ("JCI_SERVER", &*format!("http://{server}")),
            ("JCI_RUNNER_NAME", RUNNER),
            ("JCI_RUNNER_CAPACITY", CAPACITY),
            ("JCI_BINARY", &binary.to_string_lossy()),
            // As `docker run --rm` does.
            ("JCI_KEPT_CONTAINERS", "0"),
            ("JCI_JOB_LOG", "2GiB"),
            ("JCI_LOG", "error"),
        ];
        let words = ["jci-runner"];
        let start = Start { folder, words: &words, variables: &variables, address_file: None };
        Ok(Process::start(self.place, &start)?.0)
    }

    /// Puts load on one side; returns what the load printed: seconds, by its own watch.
    fn put_load(&self, world: &World, side: Side) -> Result<String, BenchError> {
        let (address, question) = (&world.server.address, self.question.load());
        let mut words: Vec<&str> = match side {
            Side::Ours => vec!["job"],
            Side::Rival => vec!["container", &world.image],
        };
        let script = self.question.script();
        if side == Side::Rival {
            words.push(&script);
        }
        words.extend(question.iter().map(String::as_str));
        team::load(self.place, address, &words)
    }
}

/// Removes the containers that a runner left which was killed.
fn remove_remains() -> Result<(), BenchError> {
    let filter = format!("label=jci-runner={RUNNER}");
    let list = ["ps", "--all", "--quiet", "--filter", &filter];
    let left = process::read(Command::new("docker").args(list))?;
    if left.is_empty() {
        return Ok(());
    }
    Ok(process::run(Command::new("docker").args(["rm", "--force"]).args(left.lines()))?)
}

/// Finds the process of the Docker Engine.
fn dockerd() -> Result<u32, BenchError> {
    let printed = process::read(Command::new("pidof").arg("dockerd"))?;
    printed.parse().map_err(|_| BenchError::NoTime { printed })
}

impl Contest for RunnerContest<'_> {
    fn rival(&self) -> &str {
        self.question.rival()
    }

    fn goal(&self) -> Goal {
        self.goal
    }

    fn begin_pair(&mut self, _: u64) -> Result<(), BenchError> {
        if self.world.is_none() {
            self.world = Some(self.start()?);
        }
        Ok(())
    }

    fn take(&self, side: Side, output: &Path) -> Result<Usage, BenchError> {
        let Some(world) = &self.world else { return Err(BenchError::Nothing) };
        if self.question == RunnerQuestion::Idle {
            let wait = || {
                thread::sleep(WHILE);
                Ok(WHILE.as_secs_f64().to_string())
            };
            return match side {
                Side::Ours => world.runner.measure(output, wait),
                Side::Rival => server::measure(dockerd()?, output, wait),
            };
        }
        let mut wall = Duration::ZERO;
        let load = || {
            let printed = self.put_load(world, side)?;
            wall = team::seconds(&printed)?;
            Ok(printed)
        };
        let usage = match side {
            Side::Ours => world.runner.measure(output, load)?,
            Side::Rival => server::measure(dockerd()?, output, load)?,
        };
        Ok(Usage { wall, ..usage })
    }

    fn verify(&self, _: Side, printed: &str) -> Result<(), BenchError> {
        // The load fails if a job or a container does not do its work.
        team::seconds(printed).map(drop)
    }
}

impl Drop for World {
    fn drop(&mut self) {
        // Its network goes with it; there is nobody to tell if not.
        let _ = self.runner.stop();
        let _ = remove_remains();
    }
}
