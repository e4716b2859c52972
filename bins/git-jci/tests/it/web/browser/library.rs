//! Repositories to look at, made by plain git.

use jci_testkit::{Environment, Facts, Formats, PlumbedRun, TestRepo};

use crate::web::server::Server;

/// The run of `HEAD`, which failed.
pub(super) const FAILED: &str = "1767326645-00cc";
/// The newer run of the commit before, which passed and left files of every kind.
pub(super) const PASSED: &str = "1767326045-00bb";
/// The older run of the commit before, which failed.
pub(super) const OLDER: &str = "1767325445-00aa";
/// The line of the failed log that tells of an error, counted from 1.
pub(super) const ERROR_LINE: u32 = 161;

/// Three commits: one without a run, one with two, and `HEAD` with one that failed.
pub(super) struct Library {
    _repo: TestRepo,
    pub(super) parser: String,
    pub(super) broken: String,
    pub(super) site: Server,
}

impl Library {
    pub(super) fn open() -> Self {
        let repo = TestRepo::in_environment(Environment::in_memory(), Formats::Git2);
        repo.script("#!/bin/sh\necho hello\n");
        let ground = commit(&repo, "Grace Hopper", "Lay the ground");
        let parser = commit(&repo, "Ada Lovelace", "Add the parser\n\nIt reads what was written.");
        let broken = commit(&repo, "Grace Hopper", "Break the fold");
        repo.git(&["branch", "old", &ground]);
        repo.plumb_run(&parser, &older());
        repo.plumb_run(&parser, &passed());
        repo.plumb_run(&broken, &failed());
        let site = Server::start(&repo);
        Self { _repo: repo, parser, broken, site }
    }

    /// The path of a file of the run that passed.
    pub(super) fn file(&self, path: &str) -> String {
        format!("/commit/{}/{PASSED}/file/{path}", self.parser)
    }
}

/// Makes a commit by somebody.
pub(super) fn commit(repo: &TestRepo, author: &str, message: &str) -> String {
    repo.git(&["add", "--all"]);
    let author = format!("{author} <{}@example.com>", author.to_lowercase().replace(' ', "."));
    repo.git(&["commit", "-q", "--allow-empty", "--author", &author, "-m", message]);
    repo.git(&["rev-parse", "HEAD"])
}

fn facts(started: &'static str, exit_code: i32) -> Facts {
    Facts {
        started,
        duration_ms: 95_000,
        exit_code: Some(exit_code),
        branch: Some("main"),
        reason: None,
    }
}

/// A log in which each line of the first hundred came a tenth of a second after the one before.
fn failed() -> PlumbedRun {
    let mut log = String::new();
    let mut timing = b"jci.timing/1\n".to_vec();
    for number in 1..ERROR_LINE {
        let line = format!("\u{1b}[1m\u{1b}[32m   Compiling\u{1b}[0m crate-{number}\n");
        timing.extend_from_slice(&[100, u8::try_from(line.len()).unwrap()]);
        log += &line;
    }
    log += "\u{1b}[31merror[E0308]\u{1b}[0m: mismatched types\n  --> src/fold.rs:41:9\n";
    log += "the colour \u{1b}[38;2;255;120;0morange\u{1b}[0m, \u{1b}[4munderlined\u{1b}[0m, ";
    log += "\u{1b}[41mon red\u{1b}[0m, \u{1b}[7mexchanged\u{1b}[0m\n";
    let mut log = log.into_bytes();
    log.extend_from_slice(b"bytes \xff\xfe that are no text\n");
    for number in 0..60 {
        log.extend_from_slice(format!("note {number}\n").as_bytes());
    }
    PlumbedRun::new(FAILED, "err")
        .facts(facts("2026-01-02T04:04:05Z", 101))
        .log(log)
        .file("run.timing", timing)
}

fn older() -> PlumbedRun {
    PlumbedRun::new(OLDER, "err")
        .facts(facts("2026-01-02T03:44:05Z", 2))
        .log("begin\nin 3.1 s\nthe parser is wrong\nend\n")
        .file("summary.md", "# Summary\n\nnot well\n")
        .file("gone.txt", "gone later\n")
}

fn passed() -> PlumbedRun {
    PlumbedRun::new(PASSED, "ok")
        .facts(facts("2026-01-02T03:54:05Z", 0))
        .log("begin\nin 2.9 s\nthe parser is right\nend\n")
        .file("summary.md", SUMMARY)
        .file("report/index.html", REPORT)
        .file("report/css/page.css", "h1 { color: rgb(1, 2, 3) }\n")
        .file("notes.txt", (1..=300).map(|n| format!("note {n}\n")).collect::<String>())
        .file("picture.svg", PICTURE)
        .file("data.bin", [0, 159, 146, 150, 0, 0])
        .file("junit.xml", JUNIT)
        .file("other.xml", "<other>\n  <thing/>\n</other>\n")
        .file("a name with spaces & 100%.txt", "well named\n")
        .file(b"bytes-\xff.txt", "named by bytes\n")
        .symlink("latest", "report/index.html")
}

const SUMMARY: &str = "# Summary\n\nAll **well**, see [the page](report/index.html).\n\n\
    <script>document.title = 'run'</script>\n\n| a | b |\n|---|---|\n| 1 | 2 |\n";

const REPORT: &str = "<!doctype html><link rel=stylesheet href=css/page.css><h1>Coverage</h1>\
    <p id=said>no script</p><script>said.textContent = 'its own script ran'</script>";

const PICTURE: &str = "<svg xmlns='http://www.w3.org/2000/svg' width='120' height='80'>\
    <rect width='120' height='80' fill='teal'/></svg>";

const JUNIT: &str = r#"<testsuites><testsuite name="store">
  <testcase classname="store::fold" name="opens" time="0.25"/>
  <testcase classname="store::fold" name="shuts" time="1.5">
    <failure message="left is not right">left: 3
right: 4</failure>
  </testcase>
  <testcase classname="store::walk" name="needs root"><skipped message="no root"/></testcase>
</testsuite></testsuites>"#;
