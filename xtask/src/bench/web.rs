//! Contests of the page: the first hundred commits with how their runs stand.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::BenchError;
use super::contest::{Contest, Side};
use super::goal::Goal;
use super::measure::Sample;
use super::place::Place;
use crate::files;
use crate::process;

/// How long the history is.
const COMMITS: usize = 100_000;
/// How many of its newest commits have a run.
const RUNS: usize = 20_000;
/// How many commits a page shows.
const PAGE: usize = 100;

const NAME: &str = "history-100000";

/// What a page is without jci: a `git log`, and a `git show` for each run of its commits.
const SHOW_EACH: &str = r#"refs=$(git log -100 --format='refs/jci-runs/%H' main)
    git log -100 --format='%H %an %ct %s' main >&2
    git for-each-ref --format='%(refname)' $refs |
    while read -r ref; do git show "$ref:status.txt"; done"#;

/// Asks the server at port `$1` for the page, as little as that can be.
const ASK: &str = r#"exec 3<>"/dev/tcp/127.0.0.1/$1"
    printf 'GET /api/commits HTTP/1.1\r\nHost: localhost:%s\r\nConnection: close\r\n\r\n' "$1" >&3
    cat <&3"#;

/// Starts a server, asks it, and ends it.
const START_AND_ASK: &str = r#"exec 4< <(exec git-jci web 0 2>/dev/null)
    server=$!
    read -r url <&4
    port=${url##*:}
    set -- "${port%/}"
    ASK
    kill "$server""#;

/// Whether the server is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Start {
    /// It has answered the same before.
    Warm,
    /// It is started for this one question.
    Cold,
}

/// A page of a long history against git alone.
pub(super) struct PageContest<'a> {
    place: &'a Place,
    repository: PathBuf,
    start: Start,
    goal: Goal,
    server: Option<Server>,
}

/// A server, for as long as this is there.
struct Server {
    child: Child,
    port: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself, which the samples have shown by then.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl<'a> PageContest<'a> {
    /// The name of the rival.
    pub(super) const RIVAL: &'static str = "log-and-show";

    /// Makes the repository, or finds it there, and starts the server if it is to be there.
    pub(super) fn new(place: &'a Place, start: Start, goal: Goal) -> Result<Self, BenchError> {
        let repository = place.kept(NAME);
        let stamp = place.kept(&format!("{NAME}.stamp"));
        let wanted = format!("{COMMITS} commits, {RUNS} runs\n");
        if !files::read_text(&stamp).is_ok_and(|found| found == wanted) {
            eprintln!("making a repository with {COMMITS} commits");
            make(place, &repository)?;
            files::write(&stamp, wanted)?;
        }
        let mut contest = Self { place, repository, start, goal, server: None };
        if start == Start::Warm {
            contest.server = Some(contest.serve()?);
        }
        Ok(contest)
    }

    fn serve(&self) -> Result<Server, BenchError> {
        let mut command = self.place.command("git-jci", &self.repository);
        command.args(["web", "0"]).stdout(Stdio::piped()).stderr(Stdio::null());
        let failed = |source| process::not_started(&Command::new("git-jci"), source);
        let mut child = command.spawn().map_err(failed)?;
        let mut url = String::new();
        if let Some(stdout) = child.stdout.take() {
            BufReader::new(stdout).read_line(&mut url).map_err(failed)?;
        }
        let port = url.trim().trim_end_matches('/').rsplit(':').next().unwrap_or_default();
        Ok(Server { child, port: port.to_owned() })
    }

    fn bash(&self, script: &str, argument: &str) -> Command {
        let mut command = self.place.command("bash", &self.repository);
        command.args(["-c", script, "bash", argument]);
        command
    }
}

impl Contest for PageContest<'_> {
    fn rival(&self) -> &str {
        Self::RIVAL
    }

    fn goal(&self) -> Goal {
        self.goal
    }

    fn sample(&self, side: Side) -> Result<Sample, BenchError> {
        let command = match (side, &self.server) {
            (Side::Rival, _) => self.bash(SHOW_EACH, ""),
            (Side::Ours, Some(server)) => self.bash(ASK, &server.port),
            (Side::Ours, None) => self.bash(&START_AND_ASK.replace("ASK", ASK), ""),
        };
        // Nothing is written: the smallest folder there is will do.
        Ok(Sample { command, watched: self.place.path("home") })
    }

    fn verify(&self, side: Side, printed: &str) -> Result<(), BenchError> {
        let found = match side {
            Side::Ours => printed.matches(r#""status":"ok""#).count(),
            Side::Rival => printed.lines().filter(|line| *line == "ok").count(),
        };
        if found == PAGE {
            return Ok(());
        }
        let place = format!("{NAME}, {:?}", self.start);
        Err(BenchError::NotStored { place, expected: PAGE, found })
    }
}

/// Makes the commits and the runs: here it is how they are read that counts.
fn make(place: &Place, repository: &Path) -> Result<(), BenchError> {
    files::remove_folder(repository)?;
    place.fresh_repository(repository)?;
    import(place, repository, &commits())?;
    let list = ["rev-list", &format!("--max-count={RUNS}"), "main"];
    let printed = process::read(place.command("git", repository).args(list))?;
    import(place, repository, &runs(&printed))?;
    for arguments in [&["pack-refs", "--all"][..], &["repack", "-adq"]] {
        process::run(place.command("git", repository).args(arguments))?;
    }
    Ok(())
}

fn commits() -> String {
    let mut stream = String::new();
    for number in 0..COMMITS {
        let time = 1_600_000_000 + number * 60;
        let message = format!("fix: step {number} of what is to be done\n\nAnd why.\n");
        let _ = write!(
            stream,
            "commit refs/heads/main\nauthor Ada Lovelace <ada@example.com> {time} +0000\n\
             committer bench <bench@localhost> {time} +0000\ndata {}\n{message}\n",
            message.len()
        );
        if number == 0 {
            stream.push_str("from refs/heads/main^0\n");
        }
    }
    stream
}

fn runs(commits: &str) -> String {
    let mut stream = "blob\nmark :1\ndata 3\nok\n\nblob\nmark :2\ndata 5\nfine\n\n".to_owned();
    for (number, commit) in commits.lines().enumerate() {
        let id = format!("{}-0000", 1_700_000_000 + number);
        let message = format!(
            "jci: ok {}\n\nJci-Status: ok\nJci-Commit: {commit}\nJci-Run: {id}\n\
             Jci-Exit-Code: 0\nJci-Started: 2026-01-02T03:04:05Z\nJci-Duration-Ms: 12\n",
            &commit[..12]
        );
        let _ = write!(
            stream,
            "commit refs/jci-runs/{commit}/{id}\ncommitter jci <jci@localhost> 1700000000 +0000\n\
             data {}\n{message}\nM 100644 :1 status.txt\nM 100644 :2 run.output.txt\n\n",
            message.len()
        );
    }
    stream
}

fn import(place: &Place, repository: &Path, stream: &str) -> Result<(), BenchError> {
    let path = place.path("stream");
    files::write(&path, stream)?;
    let input = std::fs::File::open(&path)
        .map_err(|source| process::not_started(&Command::new("git fast-import"), source))?;
    let mut import = place.command("git", repository);
    import.args(["fast-import", "--quiet"]).stdin(Stdio::from(input));
    Ok(process::run(&mut import)?)
}
