//! A repository with runs, every one made by plain git.

use jci_testkit::{Facts, Finished, Formats, PlumbedRun, TestRepo};

use crate::jci::{jci, shown};

/// A run of the first commit by the tool that jci descends from.
pub(crate) const ORIGINAL: &str = "1767323045-00aa";
/// A run of the first commit that failed.
pub(crate) const FAILED: &str = "1767323100-00bb";
/// A run of the second commit, which is `HEAD`, that passed and left files.
pub(crate) const PASSED: &str = "1767326645-00cc";

/// What is known of a run that passed.
pub(crate) const FACTS: Facts = Facts {
    started: "2026-01-02T04:04:05Z",
    duration_ms: 1234,
    exit_code: Some(0),
    branch: Some("main"),
    reason: None,
};

/// A repository with two commits and three runs.
pub(crate) struct Fixture {
    pub(crate) repo: TestRepo,
    pub(crate) first: String,
    pub(crate) second: String,
}

impl Fixture {
    pub(crate) fn new() -> Self {
        Self::with_formats(Formats::Git2)
    }

    pub(crate) fn with_formats(formats: Formats) -> Self {
        let repo = TestRepo::with_formats(formats);
        let first = repo.commit("first steps");
        let second = repo.commit("add a report");
        repo.plumb_run(&first, &original());
        repo.plumb_run(&first, &failed());
        repo.plumb_run(&second, &passed());
        Self { repo, first, second }
    }

    /// Runs `git-jci` and shows what a caller sees, the ids of commits replaced by their names.
    pub(crate) fn jci(&self, arguments: &[&str]) -> String {
        self.shown(&jci(&self.repo, arguments))
    }

    pub(crate) fn shown(&self, finished: &Finished) -> String {
        self.redact(&shown(&self.repo, finished))
    }

    /// Replaces what differs between formats and from one day to the next.
    pub(crate) fn redact(&self, text: &str) -> String {
        let mut text = without_ages(text);
        for (id, name) in [(&self.first, "first"), (&self.second, "second")] {
            text = text.replace(id, &format!("[{name}]"));
            // As long as what it stands for, so that columns stay where they are.
            text = text.replace(&id[..12], &format!("[{name:.<10}]"));
        }
        text
    }
}

fn original() -> PlumbedRun {
    PlumbedRun::new(ORIGINAL, "ok").original().log("hello from the original\n")
}

fn failed() -> PlumbedRun {
    let facts =
        Facts { started: "2026-01-02T03:05:00Z", duration_ms: 95_000, exit_code: Some(2), ..FACTS };
    PlumbedRun::new(FAILED, "err").log("begin\noh no\n").facts(facts)
}

fn passed() -> PlumbedRun {
    PlumbedRun::new(PASSED, "ok")
        .log("begin\nall is well\n")
        .facts(FACTS)
        .file("report/summary.txt", "3 passed\n")
        .file("report/data.bin", [0, 159, 146, 150])
        .executable("tool", "#!/bin/sh\necho tool\n")
        .symlink("latest", "report/summary.txt")
}

/// Takes out how long ago something was: `(3 d ago)`, and the column `AGE` of a table.
fn without_ages(text: &str) -> String {
    let mut column = None;
    let mut out = String::new();
    for line in text.split_inclusive('\n') {
        if let Some(begin) = line.find("AGE ") {
            let heading = &line[begin + 3..];
            let width = 3 + heading.find(|it| it != ' ').expect("it is not the last column");
            column = Some((line[..begin].chars().count(), width));
        } else if line.starts_with("---") {
            column = None;
        }
        let line = match (column, line.find(" ago)")) {
            (Some((begin, width)), _) => {
                line.chars().take(begin).chain(line.chars().skip(begin + width)).collect()
            }
            (None, Some(end)) => {
                let begin = line[..end].rfind('(').expect("an age stands in brackets");
                format!("{}[age]{}", &line[..=begin], &line[end..])
            }
            (None, None) => line.to_owned(),
        };
        out.push_str(&line);
    }
    out
}

/// Runs a check in each of the four formats and returns what all of them have shown.
///
/// # Panics
/// If they differ.
pub(crate) fn the_same_in_all_formats(check: impl Fn(&Fixture) -> String) -> String {
    let shown = Formats::ALL.map(|formats| check(&Fixture::with_formats(formats)));
    for (formats, other) in Formats::ALL.iter().zip(&shown) {
        assert_eq!(*other, shown[0], "in {formats:?}");
    }
    let [first, ..] = shown;
    first
}
