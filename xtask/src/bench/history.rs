//! Contests in a repository that holds many small runs: list them, read one.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::BenchError;
use super::contest::{Contest, Side};
use super::goal::Goal;
use super::import::{import, newest_commits, write_commit};
use super::measure::{Sample, Usage, measure};
use super::place::{Place, program_stamp};
use super::trivial::commit_script;
use crate::files;
use crate::process;

/// How many runs there are, each of a commit of its own.
const RUNS: usize = 10_000;

const NAME: &str = "history-10000";

/// Prints the status of each run as the forerunner did, a process for each.
const SHOW_EACH: &str = r#"git for-each-ref --format='%(refname)' refs/jci-runs |
    while read -r ref; do git show "$ref:status.txt"; done"#;

/// Prints the status of each run with two processes in all.
const ONE_BATCH: &str = r"git for-each-ref --format='%(refname):status.txt' refs/jci-runs |
    git cat-file --batch";

/// What is asked of the repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Question {
    /// The status of every run, against a `git show` a run.
    ListAgainstShow,
    /// The status of every run, against one `git cat-file --batch`.
    ListAgainstBatch,
    /// The status of one run, against `git show`.
    ReadOne,
}

impl Question {
    /// Returns the name of the rival that is asked the same.
    pub(super) fn rival(self) -> &'static str {
        match self {
            Self::ListAgainstShow => "show-each",
            Self::ListAgainstBatch => "cat-file",
            Self::ReadOne => "show",
        }
    }
}

/// A question to a repository with ten thousand runs.
pub(super) struct HistoryContest<'a> {
    place: &'a Place,
    repository: PathBuf,
    question: Question,
    goal: Goal,
    /// The ref of the run in the middle.
    run: String,
}

impl<'a> HistoryContest<'a> {
    /// Makes the repository, or finds it there.
    pub(super) fn new(
        place: &'a Place,
        question: Question,
        goal: Goal,
    ) -> Result<Self, BenchError> {
        let what = format!("{RUNS} runs by {}", program_stamp()?);
        let repository = place.keep(NAME, &what, |repository| make(place, repository))?;
        let list = ["for-each-ref", "--format=%(refname)", "refs/jci-runs"];
        let runs = process::read(place.command("git", &repository).args(list))?;
        let run = runs.lines().nth(RUNS / 2).unwrap_or_default().to_owned();
        Ok(Self { place, repository, question, goal, run })
    }

    fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = self.place.command(program, &self.repository);
        command.args(arguments);
        command
    }

    fn sample(&self, side: Side) -> Result<Sample, BenchError> {
        let id = self.run.rsplit('/').next().unwrap_or_default();
        let command = match (side, self.question) {
            (Side::Ours, Question::ReadOne) => {
                self.command("git", &["jci", "cat", id, "status.txt"])
            }
            (Side::Ours, _) => self.command("git", &["jci", "ls", "--all"]),
            (Side::Rival, Question::ListAgainstShow) => self.command("bash", &["-c", SHOW_EACH]),
            (Side::Rival, Question::ListAgainstBatch) => self.command("bash", &["-c", ONE_BATCH]),
            (Side::Rival, Question::ReadOne) => {
                self.command("git", &["show", &format!("{}:status.txt", self.run)])
            }
        };
        // Nothing is written: the smallest folder there is will do.
        Ok(Sample { command, watched: self.place.path("home") })
    }
}

impl Contest for HistoryContest<'_> {
    fn rival(&self) -> &str {
        self.question.rival()
    }

    fn goal(&self) -> Goal {
        self.goal
    }

    fn take(&self, side: Side, output: &Path) -> Result<Usage, BenchError> {
        measure(self.sample(side)?, output)
    }

    fn verify(&self, _: Side, printed: &str) -> Result<(), BenchError> {
        let expected = if self.question == Question::ReadOne { 1 } else { RUNS };
        let found = printed.lines().filter(|line| line.contains("ok")).count();
        if found == expected {
            return Ok(());
        }
        Err(BenchError::NotStored { place: NAME.to_owned(), expected, found })
    }
}

/// Makes the commits, and runs the job of each with the program that is measured.
fn make(place: &Place, repository: &Path) -> Result<(), BenchError> {
    place.fresh_repository(repository)?;
    commit_script(place, repository)?;
    let commits = make_commits(place, repository)?;
    let head = repository.join(".git/HEAD");
    for (number, commit) in commits.iter().enumerate() {
        if number % 1000 == 0 {
            eprintln!("making a repository with {RUNS} runs: {number}");
        }
        // All commits have one tree, so the work tree stays as it is.
        files::write(&head, format!("{commit}\n"))?;
        process::read(place.command("git-jci", repository).arg("run"))?;
    }
    Ok(())
}

fn make_commits(place: &Place, repository: &Path) -> Result<Vec<String>, BenchError> {
    let mut stream = String::new();
    for number in 0..RUNS {
        write_commit(&mut stream, "refs/heads/main", 1_700_000_000 + number, "");
        if number == 0 {
            let _ = writeln!(stream, "from refs/heads/main^0");
        }
    }
    import(place, repository, &stream)?;
    newest_commits(place, repository, RUNS)
}
