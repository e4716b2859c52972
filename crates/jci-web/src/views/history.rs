//! Commits with how their runs stand.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use jci_proto::{CommitPage, CommitRuns};
use jci_store::{ActiveRun, Commit, CommitId, RunEntry};

use super::query::parse_commit;
use super::run::describe_run;
use super::{CommitQuery, ViewError, Views};

/// So many commits a page has.
const PAGE: usize = 100;
/// So many commits are looked at in one go.
const BATCH: usize = 200;
/// So many commits are looked at for one page at most, where a filter lets few of them through.
const MOST_SCANNED: usize = 5_000;
/// For so long is looked for commits at most, unless there is one already.
const LONGEST_SCAN: Duration = Duration::from_millis(150);
/// So many runs are told of a commit in a list; all are told of the commit by itself.
const RUNS_LISTED: usize = 10;

/// Which commits are wanted, in lower case.
struct Filter {
    status: Option<String>,
    author: Option<String>,
    text: Option<String>,
}

impl Filter {
    fn new(query: &CommitQuery) -> Result<Self, ViewError> {
        let wanted = |text: &Option<String>| {
            text.as_deref().map(str::to_lowercase).filter(|text| !text.is_empty())
        };
        let status = wanted(&query.status);
        match status.as_deref() {
            None | Some("ok" | "err" | "running" | "none") => {}
            Some(other) => {
                return Err(ViewError::Malformed {
                    name: "status",
                    given: other.to_owned(),
                    expected: "ok, err, running or none",
                });
            }
        }
        Ok(Self { status, author: wanted(&query.author), text: wanted(&query.text) })
    }

    fn is_any(&self) -> bool {
        self.status.is_none() && self.author.is_none() && self.text.is_none()
    }

    /// Tells whether the commit itself is wanted, whatever came of its runs.
    fn takes(&self, commit: &Commit) -> bool {
        let has = |text: &str, part: &str| text.to_lowercase().contains(part);
        self.author
            .as_deref()
            .is_none_or(|part| has(&commit.author, part) || has(&commit.email, part))
            && self.text.as_deref().is_none_or(|part| {
                has(&commit.subject, part)
                    || has(&commit.body, part)
                    || commit.id.to_string().starts_with(part)
            })
    }

    /// Tells whether a commit is wanted whose latest run stands so.
    fn takes_status(&self, latest: Option<&jci_proto::Run>) -> bool {
        let status = latest.map_or("none", |run| run.status.as_str());
        self.status.as_deref().is_none_or(|wanted| wanted == status)
    }
}

impl Views {
    /// Lists commits of a branch, newest first, a page at a time.
    pub(crate) fn commits(&self, query: &CommitQuery) -> Result<CommitPage, ViewError> {
        let filter = Filter::new(query)?;
        let branches = self.store.branches()?;
        let (tip, begin) = match query.page.as_deref().filter(|page| !page.is_empty()) {
            Some(page) => self.parse_page(page)?,
            None => match self.tip(query.branch.as_deref(), &branches)? {
                Some(tip) => (tip, 0),
                None => return Ok(CommitPage { commits: Vec::new(), next: None, scanned: 0 }),
            },
        };
        let mut ends: HashMap<CommitId, Vec<String>> = HashMap::new();
        for branch in branches {
            ends.entry(branch.commit).or_default().push(branch.name);
        }
        let mut listed = Listed {
            views: self,
            filter,
            ends,
            active: self.store.active_runs(),
            commits: Vec::new(),
        };
        let (mut at, mut ended) = (begin, false);
        let began = Instant::now();
        while listed.commits.len() < PAGE && !ended {
            let count = if listed.filter.is_any() { PAGE } else { BATCH };
            let ids = self.walks.part(&self.store, &tip, at, count)?;
            ended = ids.len() < count;
            let scanned = listed.add(&ids)?;
            ended &= scanned == ids.len();
            at += scanned;
            if at - begin >= MOST_SCANNED || began.elapsed() > LONGEST_SCAN {
                break;
            }
        }
        Ok(CommitPage {
            commits: listed.commits,
            next: (!ended).then(|| format!("{tip}.{at}")),
            scanned: (at - begin) as u64,
        })
    }

    /// Reads where to go on: the commit at which the walk began, and how many were walked.
    fn parse_page(&self, page: &str) -> Result<(CommitId, usize), ViewError> {
        let parsed = page
            .split_once('.')
            .and_then(|(tip, at)| Some((parse_commit(&self.store, tip).ok()?, at.parse().ok()?)));
        parsed.ok_or_else(|| ViewError::Malformed {
            name: "page",
            given: page.to_owned(),
            expected: "what the page before said as `next`",
        })
    }

    /// Finds the newest commit of a branch; `None` if there is no commit yet.
    fn tip(
        &self,
        branch: Option<&str>,
        branches: &[jci_store::Branch],
    ) -> Result<Option<CommitId>, ViewError> {
        let revision = branch.filter(|name| !name.is_empty()).unwrap_or("HEAD");
        // Local branches come first in the list, so that they win, as with git.
        if let Some(branch) = branches.iter().find(|branch| branch.name == revision) {
            return Ok(Some(branch.commit));
        }
        match self.store.resolve_commit(revision) {
            Ok(commit) => Ok(Some(commit)),
            Err(jci_store::ResolveError::Unborn { .. }) => Ok(None),
            Err(source) => Err(ViewError::NoRevision { revision: revision.to_owned(), source }),
        }
    }

    /// Tells of one commit and all its runs.
    pub fn commit(&self, commit: &str) -> Result<CommitRuns, ViewError> {
        let id = parse_commit(&self.store, commit)?;
        let found = self.store.commits([id]).next().transpose()?.flatten();
        let active = self.store.active_runs();
        let stored = self.store.runs(Some(&id))?;
        let subject = found.as_ref().map(|commit| commit.subject.clone());
        let (runs, count) = self.runs_of(&id, &active, &stored, usize::MAX, subject.as_ref())?;
        let Some(commit) = found else {
            if runs.is_empty() {
                return Err(ViewError::NoCommit { id: id.to_string() });
            }
            return Ok(CommitRuns { commit: None, body: String::new(), parents: Vec::new(), runs });
        };
        let branches = self.store.branches()?.into_iter();
        let branches = branches.filter(|it| it.commit == id).map(|it| it.name).collect();
        Ok(CommitRuns {
            body: commit.body.clone(),
            parents: commit.parents.iter().map(ToString::to_string).collect(),
            commit: Some(describe_commit(commit, branches, runs.clone(), count)),
            runs,
        })
    }

    /// Describes runs of a commit, those that go on before those that are stored, and counts them.
    fn runs_of(
        &self,
        commit: &CommitId,
        active: &[ActiveRun],
        stored: &[RunEntry],
        most: usize,
        subject: Option<&String>,
    ) -> Result<(Vec<jci_proto::Run>, usize), ViewError> {
        let going_on = active
            .iter()
            .filter_map(ActiveRun::summary)
            // A run that is stored, but whose folder is not cleared yet, has ended.
            .filter(|it| it.name.commit == *commit && stored.iter().all(|run| run.name != it.name));
        let mut runs: Vec<_> =
            going_on.map(|summary| describe_run(&summary, subject.cloned())).collect();
        let count = runs.len() + stored.len();
        runs.truncate(most);
        for summary in self.store.summaries(&stored[..stored.len().min(most - runs.len())]) {
            runs.push(describe_run(&summary?, subject.cloned()));
        }
        Ok((runs, count))
    }
}

/// A page that is being filled.
struct Listed<'a> {
    views: &'a Views,
    filter: Filter,
    ends: HashMap<CommitId, Vec<String>>,
    active: Vec<ActiveRun>,
    commits: Vec<jci_proto::Commit>,
}

impl Listed<'_> {
    /// Adds those of some commits that are wanted, until the page is full, and returns how many it
    /// looked at.
    fn add(&mut self, ids: &[CommitId]) -> Result<usize, ViewError> {
        let runs = self.views.store.runs_of(ids)?;
        let commits = self.views.store.commits(ids.iter().copied());
        for (scanned, (commit, stored)) in commits.zip(runs).enumerate() {
            if self.commits.len() == PAGE {
                return Ok(scanned);
            }
            let Some(commit) = commit?.filter(|commit| self.filter.takes(commit)) else { continue };
            let subject = Some(&commit.subject);
            let (runs, count) =
                self.views.runs_of(&commit.id, &self.active, &stored, RUNS_LISTED, subject)?;
            if self.filter.takes_status(runs.first()) {
                let branches = self.ends.get(&commit.id).cloned().unwrap_or_default();
                self.commits.push(describe_commit(commit, branches, runs, count));
            }
        }
        Ok(ids.len())
    }
}

fn describe_commit(
    commit: Commit,
    branches: Vec<String>,
    runs: Vec<jci_proto::Run>,
    run_count: usize,
) -> jci_proto::Commit {
    jci_proto::Commit {
        commit: commit.id.to_string(),
        subject: commit.subject,
        author: commit.author,
        email: commit.email,
        time: commit.time.to_string(),
        branches,
        runs,
        run_count: run_count as u64,
    }
}
