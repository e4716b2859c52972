//! Walking from a commit to those before it.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashSet};

use gix::ObjectId;

use crate::object::read::ReadError;
use crate::{CommitId, Store};

/// The commits that lead to one, newest first, as `git log` orders them.
///
/// Walked as far as it is asked for, and can be put aside and gone on with later. Takes about a
/// hundred bytes a commit that it has seen. Where the history is cut, it ends.
pub struct History {
    repo: gix::Repository,
    graph: Option<gix::commitgraph::Graph>,
    cut: HashSet<ObjectId>,
    waiting: BinaryHeap<Waiting>,
    seen: HashSet<ObjectId>,
    /// What could not be read, to be told before anything else.
    failed: Option<ReadError>,
}

/// A commit that comes later: the newest first, of those of one second the first that was found.
type Waiting = (i64, Reverse<usize>, ObjectId, Vec<ObjectId>);

impl Store {
    /// Begins a walk at a commit; empty if that is not in the repository.
    #[must_use]
    pub fn history(&self, tip: &CommitId) -> History {
        let repo = self.local();
        // Both are there to make it fast or short: without them the commits tell.
        let graph = repo.commit_graph_if_enabled().ok().flatten();
        let shallow = repo.shallow_commits().ok().flatten();
        let cut = shallow.iter().flat_map(|commits| commits.iter().copied()).collect();
        let (waiting, seen) = (BinaryHeap::new(), HashSet::new());
        let mut history = History { repo, graph, cut, waiting, seen, failed: None };
        history.add(tip.0);
        history
    }
}

impl History {
    /// Returns how many commits were seen so far, a measure of the memory that the walk takes.
    #[must_use]
    pub fn seen(&self) -> usize {
        self.seen.len()
    }

    /// Puts a commit in line, unless it was there before. Each is read here, once.
    fn add(&mut self, id: ObjectId) {
        if !self.seen.insert(id) {
            return;
        }
        let found = self.ask_graph(id).map_or_else(|| self.read_object(id), |it| Ok(Some(it)));
        match found {
            Ok(Some((time, parents))) => {
                let parents = if self.cut.contains(&id) { Vec::new() } else { parents };
                self.waiting.push((time, Reverse(self.seen.len()), id, parents));
            }
            // Here the history is cut.
            Ok(None) => {}
            Err(error) => self.failed = Some(error),
        }
    }

    fn ask_graph(&self, id: ObjectId) -> Option<(i64, Vec<ObjectId>)> {
        let graph = self.graph.as_ref()?;
        let commit = graph.commit_by_id(id)?;
        let parents = commit.iter_parents().map(|at| Some(graph.id_at(at.ok()?).to_owned()));
        Some((i64::try_from(commit.committer_timestamp()).ok()?, parents.collect::<Option<_>>()?))
    }

    fn read_object(&self, id: ObjectId) -> Result<Option<(i64, Vec<ObjectId>)>, ReadError> {
        let failed =
            |error: gix::Error| ReadError::Object { id: id.to_string(), source: error.into() };
        let Some(object) = self.repo.try_find_object(id).map_err(failed)? else {
            return Ok(None);
        };
        let commit = object.try_to_commit_ref().map_err(failed)?;
        let time = commit.committer().map_or(0, |committer| committer.seconds());
        Ok(Some((time, commit.parents().collect())))
    }
}

impl Iterator for History {
    type Item = Result<CommitId, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(error) = self.failed.take() {
            return Some(Err(error));
        }
        let (_, _, id, parents) = self.waiting.pop()?;
        for parent in parents {
            self.add(parent);
        }
        Some(Ok(CommitId(id)))
    }
}

impl std::fmt::Debug for History {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("History").field("seen", &self.seen.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use crate::{Store, history::History};
    use jci_testkit::{Formats, TestRepo};

    fn walk(repo: &TestRepo, directory: &std::path::Path) -> Vec<String> {
        let store = Store::discover(directory).unwrap();
        let tip = store.resolve_commit("HEAD").unwrap();
        let walked: Vec<_> = store.history(&tip).map(|id| id.unwrap().to_string()).collect();
        let log = repo.environment.run("git", &["log", "--format=%H"], directory).success();
        assert_eq!(walked, log.stdout().lines().collect::<Vec<_>>());
        walked
    }

    /// Three commits on `main`, two on a branch that is merged into it; times that differ.
    fn with_a_merge(formats: Formats) -> TestRepo {
        let mut repo = TestRepo::with_formats(formats);
        let mut second = 10;
        let mut commit = |repo: &mut TestRepo, words: &[&str]| {
            second += 1;
            let date = format!("2026-01-02T03:04:{second}Z");
            repo.environment.set("GIT_COMMITTER_DATE", &date);
            repo.git(words);
        };
        let empty = ["commit", "-q", "--allow-empty", "-m", "more"];
        commit(&mut repo, &empty);
        repo.git(&["checkout", "-q", "-b", "topic"]);
        commit(&mut repo, &empty);
        repo.git(&["checkout", "-q", "main"]);
        commit(&mut repo, &empty);
        repo.git(&["checkout", "-q", "topic"]);
        commit(&mut repo, &empty);
        repo.git(&["checkout", "-q", "main"]);
        commit(&mut repo, &["merge", "-q", "--no-ff", "-m", "merge", "topic"]);
        repo
    }

    #[test]
    fn the_order_is_that_of_git_log() {
        for formats in Formats::ALL {
            let repo = with_a_merge(formats);
            assert_eq!(walk(&repo, repo.path()).len(), 5, "in {formats:?}");
            repo.git(&["commit-graph", "write", "--reachable"]);
            repo.commit("after the graph");
            assert_eq!(walk(&repo, repo.path()).len(), 6, "in {formats:?}");
        }
    }

    #[test]
    fn a_shallow_clone_ends_where_it_was_cut() {
        let repo = with_a_merge(Formats::Git2);
        let path = repo.environment.path("shallow");
        let url = format!("file://{}", repo.path().display());
        repo.git(&["clone", "--quiet", "--depth=2", &url, path.to_str().unwrap()]);
        assert_eq!(walk(&repo, &path).len(), 3);
    }

    #[test]
    fn a_walk_is_put_aside_and_gone_on_with_elsewhere() {
        fn is_send<T: Send>(it: T) -> T {
            it
        }
        let repo = with_a_merge(Formats::Git2);
        let store = Store::discover(repo.path()).unwrap();
        let tip = store.resolve_commit("HEAD").unwrap();
        let mut history: History = is_send(store.history(&tip));
        let mut walked: Vec<_> = history.by_ref().take(2).map(Result::unwrap).collect();
        let rest = std::thread::spawn(move || history.map(Result::unwrap).collect::<Vec<_>>());
        walked.extend(rest.join().unwrap());
        assert_eq!(walked, store.history(&tip).map(Result::unwrap).collect::<Vec<_>>());
        let nothing = "1".repeat(40).parse().unwrap();
        assert!(store.history(&nothing).next().is_none());
    }

    #[test]
    fn what_cannot_be_read_is_told_of() {
        let repo = TestRepo::new();
        let first = repo.commit("first");
        repo.commit("second");
        let object = format!(".git/objects/{}/{}", &first[..2], &first[2..]);
        std::fs::remove_file(repo.path().join(&object)).unwrap();
        repo.write(&object, "no object");
        let store = Store::discover(repo.path()).unwrap();
        let tip = store.resolve_commit("HEAD").unwrap();
        let error = store.history(&tip).find_map(Result::err).unwrap().to_string();
        assert_eq!(error, format!("could not read the object {first}"));
        let first = first.parse().unwrap();
        assert!(store.commits([first]).next().unwrap().is_err());
    }
}
