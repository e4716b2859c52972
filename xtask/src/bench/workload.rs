//! The workloads, by name.

use std::time::Duration;

use clap::ValueEnum;

use super::BenchError;
use super::clone::CloneContest;
use super::contest::Contest;
use super::data::{Content, Data};
use super::goal::Goal;
use super::history::{HistoryContest, Question};
use super::place::Place;
use super::queue::{QueueContest, QueueQuestion};
use super::rival::StoreRival::{self, Add, Copy, CopyUnsynced, FastImport, Original};
use super::runner::{RunnerContest, RunnerQuestion};
use super::serve::{Asked, CommitsContest, LOG_SIZE, LogContest, LogQuestion};
use super::store::{Before, StoreContest};
use super::trivial::TrivialContest;

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;

/// One kind of work, and those who do it too.
pub(super) struct Workload {
    /// What the user types.
    pub(super) name: &'static str,
    /// What it is.
    pub(super) about: &'static str,
    work: Work,
}

/// A kind of workloads, whose results stand in a table of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Part {
    /// storing what a job left
    Store,
    /// commands as they are typed
    Commands,
    /// the page of git jci web
    Web,
    /// jci-server
    Server,
    /// jci-runner, with the Docker Engine of this machine
    Runner,
}

impl Part {
    /// Returns the name that the user types.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Store => "store",
            Self::Commands => "commands",
            Self::Web => "web",
            Self::Server => "server",
            Self::Runner => "runner",
        }
    }
}

enum Work {
    Store(Data, Before, &'static [(StoreRival, Goal)]),
    Trivial(Goal),
    History(&'static [(Question, Goal)]),
    WebCommits(Asked, Goal),
    WebLog(LogQuestion, Goal),
    Queue(QueueQuestion, Goal),
    Clone(u32, Goal),
    Runner(RunnerQuestion, Goal),
}

/// All workloads, in the order in which they are measured.
pub(super) const WORKLOADS: &[Workload] = &[
    Workload {
        name: "4k-100",
        about: "100 files of 4 KiB: every other a log, the rest random",
        work: Work::Store(mixed(100, 4 * KIB), Before::Nothing, NO_GOALS),
    },
    Workload {
        name: "4k-1000",
        about: "1,000 files of 4 KiB: every other a log, the rest random",
        work: Work::Store(mixed(1_000, 4 * KIB), Before::Nothing, NO_GOALS),
    },
    Workload {
        name: "4k-10000",
        about: "10,000 files of 4 KiB: every other a log, the rest random",
        work: Work::Store(
            mixed(10_000, 4 * KIB),
            Before::Nothing,
            &[
                (FastImport, Goal::Ratio(0.2)),
                (Original, Goal::Ratio(0.025)),
                (Add, Goal::None),
                (Copy, Goal::Ratio(1.0)),
                (CopyUnsynced, Goal::Ratio(1.0)),
            ],
        ),
    },
    Workload {
        name: "4k-10000-again",
        about: "the 10,000 files once more, after one of each hundred has changed",
        work: Work::Store(
            mixed(10_000, 4 * KIB),
            Before::NinetyNinePercent,
            &[(FastImport, Goal::None), (Original, Goal::None), (Add, Goal::None)],
        ),
    },
    Workload {
        name: "1m-100",
        about: "100 files of 1 MiB: every other a log, the rest random",
        work: Work::Store(
            mixed(100, MIB),
            Before::Nothing,
            &[
                (FastImport, Goal::Ratio(0.06)),
                (Original, Goal::None),
                (Add, Goal::None),
                (Copy, Goal::None),
                (CopyUnsynced, Goal::None),
            ],
        ),
    },
    Workload {
        name: "log-1g",
        about: "one file of 1 GiB, a log",
        work: Work::Store(one(1024 * MIB, Content::Log), Before::Nothing, NO_GOALS),
    },
    Workload {
        name: "random-256m",
        about: "one file of 256 MiB, random",
        work: Work::Store(one(256 * MIB, Content::Random), Before::Nothing, NO_GOALS),
    },
    Workload {
        name: "run",
        about: "`git jci run` of a script that does nothing, against bash running it",
        work: Work::Trivial(Goal::Over(Duration::from_millis(8))),
    },
    Workload {
        name: "list",
        about: "`git jci ls --all` where there are 10,000 runs, each of a commit of its own",
        work: Work::History(&[
            (Question::ListAgainstBatch, Goal::Within(Duration::from_millis(100))),
            (Question::ListAgainstShow, Goal::None),
        ]),
    },
    Workload {
        name: "read",
        about: "`git jci cat RUN status.txt` where there are 10,000 runs",
        work: Work::History(&[(Question::ReadOne, Goal::Within(Duration::from_millis(10)))]),
    },
    Workload {
        name: "web-commits",
        about: "the page's list of 100 commits, of 100,000 with 20,000 runs; asked before",
        work: Work::WebCommits(
            Asked::Again,
            Goal::All(&[Goal::Ratio(0.02), Goal::Within(Duration::from_millis(30)), SERVER_MEMORY]),
        ),
    },
    Workload {
        name: "web-commits-cold",
        about: "the same, as the first that the server is asked",
        work: Work::WebCommits(
            Asked::First,
            Goal::All(&[Goal::Within(Duration::from_millis(200)), SERVER_MEMORY]),
        ),
    },
    Workload {
        name: "web-log",
        about: "a log of 500 MB, asked for until the server has read all of it",
        work: Work::WebLog(
            LogQuestion::Index,
            Goal::All(&[Goal::Rate { bytes: LOG_SIZE, megabytes: 200 }, SERVER_MEMORY]),
        ),
    },
    Workload {
        name: "web-log-open",
        about: "the first 200 lines of that log, while the server begins to read it",
        work: Work::WebLog(
            LogQuestion::Open,
            Goal::All(&[Goal::Within(Duration::from_secs(1)), SERVER_MEMORY]),
        ),
    },
    Workload {
        name: "web-log-window",
        about: "200 lines in its middle, once the server has read it",
        work: Work::WebLog(
            LogQuestion::Window,
            Goal::All(&[Goal::Within(Duration::from_millis(50)), SERVER_MEMORY]),
        ),
    },
    Workload {
        name: "web-log-search",
        about: "how many of its lines hold a text, in any case, once the server has read it",
        work: Work::WebLog(LogQuestion::Search, SERVER_MEMORY),
    },
    Workload {
        name: "webhook",
        about: "2,000 webhooks over 16 connections, each a job on the disk before the answer",
        // At least 0.8 of the other's rate.
        work: Work::Queue(QueueQuestion::Webhooks, Goal::Ratio(1.25)),
    },
    Workload {
        name: "claim",
        about: "a runner takes a job, where 10,000 of 1,000 repositories wait",
        work: Work::Queue(QueueQuestion::Claim, Goal::Ratio(1.5)),
    },
    Workload {
        name: "handover",
        about: "from a webhook to the runner that waits for it",
        work: Work::Queue(QueueQuestion::Handover("1"), SOON),
    },
    Workload {
        name: "handover-1000",
        about: "the same, where 1,000 runners wait",
        work: Work::Queue(QueueQuestion::Handover("1000"), Goal::All(&[SOON, Goal::Memory(150)])),
    },
    Workload {
        name: "git-proxy",
        about: "`git clone` through the server, of a repository with 1,000 runs",
        work: Work::Clone(1_000, PROXY),
    },
    Workload {
        name: "git-proxy-50000",
        about: "the same, with 50,000 runs",
        work: Work::Clone(50_000, PROXY),
    },
    Workload {
        name: "first-line",
        about: "from a webhook to the first line of its job at the server",
        work: Work::Runner(RunnerQuestion::FirstLine, Goal::Ratio(1.2)),
    },
    Workload {
        name: "jobs-100",
        about: "100 jobs that do nothing, from the first webhook to the last end, four at once",
        // At least 0.95 of the other's rate.
        work: Work::Runner(RunnerQuestion::Jobs, Goal::Ratio(1.05)),
    },
    Workload {
        name: "job-log",
        about: "a job that writes 1 GB of lines, from its webhook until the server has all of it",
        work: Work::Runner(
            RunnerQuestion::Log,
            Goal::All(&[
                Goal::Rate { bytes: RunnerQuestion::LOG, megabytes: 100 },
                Goal::Memory(64),
            ]),
        ),
    },
    Workload {
        name: "line-delay",
        about: "how long a line takes to who follows the log at the server, the longest of 20",
        work: Work::Runner(RunnerQuestion::Lines, LIVE),
    },
    Workload {
        name: "terminal-delay",
        about: "the same, until `git jci log -f` prints it",
        work: Work::Runner(RunnerQuestion::Terminal, LIVE),
    },
    Workload {
        name: "runner-idle",
        about: "half a minute of a runner that waits for jobs",
        work: Work::Runner(
            RunnerQuestion::Idle,
            Goal::All(&[Goal::Memory(20), Goal::Processor(0.1)]),
        ),
    },
];

/// What the server may take, whatever it is asked.
const SERVER_MEMORY: Goal = Goal::Memory(100);

/// How soon a job is with a runner that waits.
const SOON: Goal = Goal::Within(Duration::from_millis(20));

/// What a clone may take longer through the server.
const PROXY: Goal = Goal::Over(Duration::from_millis(20));

/// How soon a line is seen.
const LIVE: Goal = Goal::Within(Duration::from_millis(200));

const NO_GOALS: &[(StoreRival, Goal)] = &[
    (FastImport, Goal::None),
    (Original, Goal::None),
    (Add, Goal::None),
    (Copy, Goal::None),
    (CopyUnsynced, Goal::None),
];

/// What each rival is, by the name that the user types.
pub(super) const OTHER_RIVALS: &[(&str, &str)] = &[
    ("bash", "the script without jci"),
    (CommitsContest::RIVAL, "git log, and a git show for each run of its 100 commits"),
    ("cat-file", "git for-each-ref piped into one git cat-file --batch"),
    ("show-each", "git for-each-ref, and a git show for each run"),
    ("show", "git show of the one file"),
    ("wc", "git cat-file piped into wc -l"),
    ("head", "git cat-file piped into head"),
    ("sed", "git cat-file piped into sed"),
    ("grep", "git cat-file piped into grep"),
    ("bare", "a server that checks an HMAC and adds a row to SQLite, synchronously, and no more"),
    ("short-queue", "jci-server where ten jobs wait"),
    (CloneContest::RIVAL, "git clone from the forge's own address"),
    (RunnerQuestion::DOCKER_RUN, "docker run of the same image and script"),
    (RunnerQuestion::DOCKERD, "the Docker Engine itself, in half a minute of its own"),
];

const fn mixed(files: usize, size: u64) -> Data {
    Data { files, size, content: Content::Mixed }
}

const fn one(size: u64, content: Content) -> Data {
    Data { files: 1, size, content }
}

impl Workload {
    /// Returns the part that it belongs to.
    pub(super) fn part(&self) -> Part {
        match self.work {
            Work::Store(..) => Part::Store,
            Work::Trivial(_) | Work::History(_) => Part::Commands,
            Work::WebCommits(..) | Work::WebLog(..) => Part::Web,
            Work::Queue(..) | Work::Clone(..) => Part::Server,
            Work::Runner(..) => Part::Runner,
        }
    }

    /// Returns the packages whose programs and examples are our side.
    pub(super) fn packages(&self) -> &'static [&'static str] {
        match self.part() {
            Part::Store => &["jci-store"],
            Part::Commands | Part::Web => &["git-jci"],
            Part::Server => &["jci-server"],
            Part::Runner => &["git-jci", "jci-runner", "jci-server"],
        }
    }

    /// Prepares the contests with the rivals that are wanted.
    pub(super) fn contests<'a>(
        &self,
        place: &'a Place,
        wanted: impl Fn(&str) -> bool,
    ) -> Result<Vec<Box<dyn Contest + 'a>>, BenchError> {
        let mut contests: Vec<Box<dyn Contest + 'a>> = Vec::new();
        match &self.work {
            Work::Store(data, before, rivals) => {
                for rival in rivals.iter().filter(|(rival, _)| wanted(rival.name())) {
                    let contest = StoreContest::new(place, self.name, (*data, *before), *rival)?;
                    contests.push(Box::new(contest));
                }
            }
            Work::Trivial(goal) if wanted("bash") => {
                contests.push(Box::new(TrivialContest::new(place, *goal)?));
            }
            Work::Trivial(_) => {}
            Work::History(questions) => {
                for &(question, goal) in
                    questions.iter().filter(|(question, _)| wanted(question.rival()))
                {
                    contests.push(Box::new(HistoryContest::new(place, question, goal)?));
                }
            }
            &Work::WebCommits(start, goal) if wanted(CommitsContest::RIVAL) => {
                contests.push(Box::new(CommitsContest::new(place, start, goal)?));
            }
            &Work::WebLog(question, goal) if wanted(question.rival()) => {
                contests.push(Box::new(LogContest::new(place, question, goal)?));
            }
            &Work::Queue(question, goal) if wanted(question.rival()) => {
                contests.push(Box::new(QueueContest::new(place, question, goal)));
            }
            &Work::Clone(runs, goal) if wanted(CloneContest::RIVAL) => {
                contests.push(Box::new(CloneContest::new(place, runs, goal)));
            }
            &Work::Runner(question, goal) if wanted(question.rival()) => {
                contests.push(Box::new(RunnerContest::new(place, question, goal)));
            }
            Work::WebCommits(..) | Work::WebLog(..) | Work::Queue(..) => {}
            Work::Clone(..) | Work::Runner(..) => {}
        }
        Ok(contests)
    }
}
