//! The list of commits, in a repository that has many of them, and many runs.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::super::BenchError;
use super::super::contest::{Contest, Side};
use super::super::goal::Goal;
use super::super::import::{import, newest_commits, write_commit};
use super::super::measure::{Sample, Usage, measure};
use super::super::place::Place;
use super::super::server::Server;
use super::super::trivial::commit_script;
use super::request::get;
use super::start;
use crate::process;

const COMMITS: usize = 100_000;
const RUNS: usize = 20_000;
/// So many commits the page asks for at once.
const SHOWN: usize = 100;

const NAME: &str = "history-100000";

/// Prints the newest commits, and the status of each run of theirs whose ref it is given.
const SHOW_EACH: &str = r#"git log -100; for ref; do git show "$ref:status.txt"; done"#;

/// What the server was asked before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Asked {
    /// It has just been started: this is the first that it is asked.
    First,
    /// It was asked the same before.
    Again,
}

/// The newest commits with the statuses of their runs.
pub(in super::super) struct CommitsContest<'a> {
    place: &'a Place,
    repository: PathBuf,
    asked: Asked,
    goal: Goal,
    server: Option<Server>,
    /// The refs of the runs of the newest commits.
    runs: Vec<String>,
}

impl<'a> CommitsContest<'a> {
    /// The name of the rival.
    pub(in super::super) const RIVAL: &'static str = "log-and-show";

    /// Makes the repository, or finds it there.
    pub(in super::super) fn new(
        place: &'a Place,
        asked: Asked,
        goal: Goal,
    ) -> Result<Self, BenchError> {
        let what = format!("{COMMITS} commits, {RUNS} runs, made the first way\n");
        let repository = place.keep(NAME, &what, |repository| make(place, repository))?;
        let newest = newest_commits(place, &repository, SHOWN)?;
        let list = ["for-each-ref", "--format=%(refname)", "refs/jci-runs"];
        let all = process::read(place.command("git", &repository).args(list))?;
        let is_shown = |name: &&str| {
            name.split('/')
                .nth(2)
                .is_some_and(|commit| newest.iter().any(|newest| newest == commit))
        };
        let runs = all.lines().filter(is_shown).map(str::to_owned).collect();
        Ok(Self { place, repository, asked, goal, server: None, runs })
    }

    fn sample(&self) -> Result<Sample, BenchError> {
        let mut command = self.place.command("bash", &self.repository);
        command.args(["-c", SHOW_EACH, "bash"]).args(&self.runs);
        Ok(Sample { command, watched: self.place.path("home") })
    }
}

impl Contest for CommitsContest<'_> {
    fn rival(&self) -> &'static str {
        Self::RIVAL
    }

    fn goal(&self) -> Goal {
        self.goal
    }

    fn begin_pair(&mut self, _: u64) -> Result<(), BenchError> {
        if self.asked == Asked::First || self.server.is_none() {
            self.server = None;
            self.server = Some(start(self.place, &self.repository)?);
        }
        Ok(())
    }

    fn take(&self, side: Side, output: &Path) -> Result<Usage, BenchError> {
        match (&self.server, side) {
            (Some(server), Side::Ours) => {
                server.measure(output, |address| Ok(get(address, "/api/commits")?))
            }
            _ => measure(self.sample()?, output),
        }
    }

    fn verify(&self, side: Side, printed: &str) -> Result<(), BenchError> {
        let (commit, ok) = match side {
            Side::Ours => ("\"run_count\":", "\"status\":\"ok\""),
            Side::Rival => ("    change ", "ok\n"),
        };
        for (what, expected) in [(commit, SHOWN), (ok, self.runs.len())] {
            let found = printed.matches(what).count();
            if found != expected {
                return Err(BenchError::NotStored { place: NAME.to_owned(), expected, found });
            }
        }
        Ok(())
    }
}

/// Tells whether the commit that is so many from the newest has a run.
fn has_run(from_newest: usize) -> bool {
    if from_newest < SHOWN { from_newest % 20 != 7 } else { from_newest.is_multiple_of(5) }
}

/// Makes the commits, runs the job once, and makes the other runs after the pattern of that one.
fn make(place: &Place, repository: &Path) -> Result<(), BenchError> {
    eprintln!("making a repository with {COMMITS} commits and {RUNS} runs");
    place.fresh_repository(repository)?;
    commit_script(place, repository)?;
    import(place, repository, &commit_stream())?;
    let commits = newest_commits(place, repository, COMMITS)?;
    let git = |arguments: &[&str]| process::read(place.command("git", repository).args(arguments));
    // All commits have one tree, so the work tree is that of the newest.
    process::read(place.command("git-jci", repository).arg("run"))?;
    let pattern = git(&["for-each-ref", "--format=%(refname)", "refs/jci-runs"])?;
    let message = git(&["log", "-1", "--format=%B", &pattern])?;
    let tree = git(&["rev-parse", &format!("{pattern}^{{tree}}")])?;
    git(&["update-ref", "-d", &pattern])?;
    let mut names = pattern.rsplit('/');
    let (id, first) = (names.next().unwrap_or_default(), names.next().unwrap_or_default());
    let mut stream = String::new();
    let with_run = commits.iter().enumerate().filter(|(number, _)| has_run(*number));
    for (_, commit) in with_run.take(RUNS) {
        // The title has but the beginning of the id.
        let message = message.replace(first, commit).replace(&first[..12], &commit[..12]);
        let name = format!("refs/jci-runs/{commit}/{id}");
        write_commit(&mut stream, &name, 1_800_000_000, &message);
        let _ = writeln!(stream, "M 040000 {tree} \n");
    }
    import(place, repository, &stream)?;
    git(&["pack-refs", "--all"])?;
    Ok(())
}

fn commit_stream() -> String {
    let mut stream = String::new();
    for number in 0..COMMITS {
        let message = format!("change {number}: what it does\n\nAnd why it does so.\n");
        write_commit(&mut stream, "refs/heads/main", 1_700_000_000 + number, &message);
        if number == 0 {
            let _ = writeln!(stream, "from refs/heads/main^0");
        }
    }
    stream
}
