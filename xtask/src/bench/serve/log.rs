//! A long log: read for the first time, looked at, searched.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::super::BenchError;
use super::super::contest::{Contest, Side};
use super::super::data::{Content, Data};
use super::super::goal::Goal;
use super::super::measure::{Sample, Usage, measure};
use super::super::place::{Place, program_stamp};
use super::super::server::Server;
use super::super::trivial::commit;
use super::WebError;
use super::request::{get, get_json, number, other_answer};
use super::start;
use crate::process;

/// How many bytes the log has.
pub(in super::super) const LOG_SIZE: u64 = 500_000_000;
/// So many lines the page asks for at once.
const SHOWN: u64 = 200;

const DATA: &str = "web-log";
const NAME: &str = "history-log";

/// What is asked about the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum LogQuestion {
    /// How many lines it has, which a server that has just been started has to find out.
    Index,
    /// The first lines, from a server that has just been started.
    Open,
    /// Lines in the middle, from a server that has read it.
    Window,
    /// How many lines hold a text, whatever its case, from a server that has read it.
    Search,
}

impl LogQuestion {
    /// Returns the name of the rival that is asked the same.
    pub(in super::super) fn rival(self) -> &'static str {
        match self {
            Self::Index => "wc",
            Self::Open => "head",
            Self::Window => "sed",
            Self::Search => "grep",
        }
    }

    fn needs_new_server(self) -> bool {
        matches!(self, Self::Index | Self::Open)
    }
}

/// A question about a long log.
pub(in super::super) struct LogContest<'a> {
    place: &'a Place,
    repository: PathBuf,
    question: LogQuestion,
    goal: Goal,
    server: Option<Server>,
    /// Where its run is, in addresses of the server.
    address: String,
    /// The log, as git names it.
    object: String,
    /// How many lines the log has.
    lines: u64,
    /// The number of the pair.
    pair: u64,
    /// What our side answered to the question that the rival is asked now.
    answered: RefCell<Option<String>>,
}

impl<'a> LogContest<'a> {
    /// Makes the log and the run of it, or finds them there.
    pub(in super::super) fn new(
        place: &'a Place,
        question: LogQuestion,
        goal: Goal,
    ) -> Result<Self, BenchError> {
        let data = Data { files: 1, size: LOG_SIZE, content: Content::Log };
        let folder = place.kept(DATA);
        data.in_folder(&folder)?;
        let what = format!("{data:?} by {}", program_stamp()?);
        let log = data.path(&folder, 0);
        let repository = place.keep(NAME, &what, |repository| make(place, repository, &log))?;
        let list = ["for-each-ref", "--format=%(refname)", "refs/jci-runs"];
        let run = process::read(place.command("git", &repository).args(list))?;
        let address = run.replace("refs/jci-runs/", "/api/commit/");
        let object = format!("{run}:run.output.txt");
        let (pair, lines, answered) = (0, 0, RefCell::new(None));
        let server = None;
        Ok(Self {
            place,
            repository,
            question,
            goal,
            server,
            address,
            object,
            lines,
            pair,
            answered,
        })
    }

    /// Returns the first line that is asked for: in the middle, another one for each pair.
    fn first_line(&self) -> u64 {
        self.lines / 2 + self.pair * 10_000
    }

    /// Returns a text that some lines hold, another one for each pair: answers are remembered.
    fn text(&self) -> String {
        format!("TOOK {} ", 1000 + self.pair)
    }

    fn ask(&self, address: &str) -> Result<String, WebError> {
        let log = format!("{}/log", self.address);
        match self.question {
            LogQuestion::Index => index(address, &log).map(|lines| lines.to_string()),
            LogQuestion::Open => open(address, &log),
            LogQuestion::Window => {
                get(address, &format!("{log}?first={}&count={SHOWN}", self.first_line()))
            }
            LogQuestion::Search => {
                let text = self.text().replace(' ', "%20");
                search(address, &format!("{log}/search?text={text}")).map(|found| found.to_string())
            }
        }
    }

    fn script(&self) -> String {
        let first = self.first_line() + 1;
        let last = first + SHOWN - 1;
        let rest = match self.question {
            LogQuestion::Index => "wc -l".to_owned(),
            LogQuestion::Open => format!("head -n {SHOWN}"),
            LogQuestion::Window => format!("sed -n '{first},{last}p;{last}q'"),
            LogQuestion::Search => format!("grep -ciF '{}'", self.text()),
        };
        format!("git cat-file blob '{}' | {rest}", self.object)
    }

    fn sample(&self) -> Result<Sample, BenchError> {
        let mut command = self.place.command("bash", &self.repository);
        command.args(["-c", &self.script()]);
        Ok(Sample { command, watched: self.place.path("home") })
    }
}

impl Contest for LogContest<'_> {
    fn rival(&self) -> &str {
        self.question.rival()
    }

    fn goal(&self) -> Goal {
        self.goal
    }

    fn begin_pair(&mut self, number: u64) -> Result<(), BenchError> {
        self.pair = number;
        if self.server.is_some() && !self.question.needs_new_server() {
            return Ok(());
        }
        self.server = None;
        let server = start(self.place, &self.repository)?;
        if !self.question.needs_new_server() {
            self.lines = index(&server.address, &format!("{}/log", self.address))?;
        }
        self.server = Some(server);
        Ok(())
    }

    fn take(&self, side: Side, output: &Path) -> Result<Usage, BenchError> {
        match (&self.server, side) {
            (Some(server), Side::Ours) => server.measure(output, |address| Ok(self.ask(address)?)),
            _ => measure(self.sample()?, output),
        }
    }

    fn verify(&self, side: Side, printed: &str) -> Result<(), BenchError> {
        let is_window = matches!(self.question, LogQuestion::Open | LogQuestion::Window);
        let said = match side {
            Side::Ours if is_window => shown_text(printed),
            _ => printed.trim_end().to_owned(),
        };
        match self.answered.replace(Some(said.clone())) {
            Some(ours) if ours != said => Err(other_answer(&self.script(), &ours).into()),
            _ => Ok(()),
        }
    }
}

/// Returns the text of all lines of a window.
fn shown_text(window: &str) -> String {
    let window: Value = serde_json::from_str(window).unwrap_or_default();
    let array = |value: &Value, key: &str| value[key].as_array().cloned().unwrap_or_default();
    let line = |line: &Value| -> String {
        array(line, "spans").iter().filter_map(|span| span["text"].as_str()).collect()
    };
    let lines: Vec<_> = array(&window, "lines").iter().map(line).collect();
    lines.join("\n")
}

/// Stores the log as the output of a job, with an end to its last line, without which `wc` counts
/// one less.
fn make(place: &Place, repository: &Path, log: &Path) -> Result<(), BenchError> {
    eprintln!("making a run with a log of {LOG_SIZE} bytes");
    place.fresh_repository(repository)?;
    commit(place, repository, &format!("#!/bin/bash\ncat '{}'\necho\n", log.display()))?;
    let mut run = place.command("git-jci", repository);
    process::run(run.arg("run").stdout(std::process::Stdio::null()))?;
    Ok(())
}

/// Waits until the server has read the whole log; returns how many lines it has.
fn index(address: &str, log: &str) -> Result<u64, WebError> {
    let path = format!("{log}/events");
    let events = get(address, &path)?;
    let last = events.lines().rev().find_map(|line| line.strip_prefix("data: "));
    let last: Option<Value> = last.and_then(|data| serde_json::from_str(data).ok());
    let last = last.unwrap_or_default();
    match last.pointer("/extent/complete") {
        Some(Value::Bool(true)) => number(&last, "/extent/lines", &path),
        _ => Err(other_answer(&path, &events)),
    }
}

/// Asks for the first lines until they are there.
fn open(address: &str, log: &str) -> Result<String, WebError> {
    let path = format!("{log}?first=0&count={SHOWN}");
    loop {
        let window = get_json(address, &path)?;
        if number(&window, "/extent/settled", &path)? >= SHOWN {
            return Ok(window.to_string());
        }
    }
}

/// Asks until the whole log is searched; returns how many lines match.
fn search(address: &str, path: &str) -> Result<u64, WebError> {
    loop {
        let matches = get_json(address, path)?;
        if number(&matches, "/searched", path)? >= number(&matches, "/extent/lines", path)? {
            return number(&matches, "/lines", path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_compared_by_its_text() {
        let window = r#"{"lines":[{"spans":[{"text":"a"},{"text":"b"}]},{"spans":[]},
            {"spans":[{"text":"c"}]}]}"#;
        assert_eq!(shown_text(window), "ab\n\nc");
        assert_eq!(shown_text("no window"), "");
    }
}
