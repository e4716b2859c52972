//! Branches and commits.

use serde::{Deserialize, Serialize};

use crate::Run;

/// The repository that is looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repository {
    /// Its name, that of its folder.
    pub name: String,
    /// The branch that is checked out, if any.
    pub branch: Option<String>,
    /// Whether there is any commit.
    pub has_commits: bool,
    /// Whether there is any run.
    pub has_runs: bool,
    /// Whether there is a script to run, `.jci/run.sh`.
    pub has_script: bool,
    /// The version of jci that answers.
    pub version: String,
}

/// All branches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Branches {
    /// The one that is checked out first, then local ones, then those of remotes; each newest
    /// first.
    pub branches: Vec<Branch>,
}

/// A branch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Branch {
    /// Its name, without `refs/heads/` or `refs/remotes/`.
    pub name: String,
    /// Whether it is a branch of a remote.
    pub remote: bool,
    /// Whether it is checked out.
    pub current: bool,
    /// The full id of its newest commit.
    pub commit: String,
    /// The first line of that commit's message.
    pub subject: String,
    /// When that commit was made.
    pub time: String,
}

/// A commit and its runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commit {
    /// The full id.
    pub commit: String,
    /// The first line of the message.
    pub subject: String,
    /// Who wrote it.
    pub author: String,
    /// The address of who wrote it.
    pub email: String,
    /// When it was committed.
    pub time: String,
    /// The branches that end here.
    pub branches: Vec<String>,
    /// Its runs, newest first, those that go on before those that are stored; in a list of commits
    /// no more than ten.
    pub runs: Vec<Run>,
    /// How many runs it has.
    pub run_count: u64,
}

/// Some commits of a branch, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommitPage {
    /// The commits; with filters fewer than a page may hold, or none, although more follow.
    pub commits: Vec<Commit>,
    /// What to give as `page` for those that follow; `null` at the end.
    pub next: Option<String>,
    /// How many commits were looked at for this page.
    pub scanned: u64,
}

/// One commit in full.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommitRuns {
    /// The commit; `null` if it is gone and only its runs are left.
    pub commit: Option<Commit>,
    /// The message without its first line.
    pub body: String,
    /// The full ids of the commits before it.
    pub parents: Vec<String>,
    /// Its runs, newest first, those that go on before those that are stored.
    pub runs: Vec<Run>,
}
