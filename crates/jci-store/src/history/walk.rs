//! Walking from a commit to those before it.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashSet};

use gix::ObjectId;

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
        let mut history = History { repo, graph, cut, waiting, seen };
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
        let found = self.ask_graph(id).or_else(|| self.read_object(id));
        if let Some((time, parents)) = found {
            let parents = if self.cut.contains(&id) { Vec::new() } else { parents };
            self.waiting.push((time, Reverse(self.seen.len()), id, parents));
        }
    }

    fn ask_graph(&self, id: ObjectId) -> Option<(i64, Vec<ObjectId>)> {
        let graph = self.graph.as_ref()?;
        let commit = graph.commit_by_id(id)?;
        let parents = commit.iter_parents().map(|at| Some(graph.id_at(at.ok()?).to_owned()));
        Some((i64::try_from(commit.committer_timestamp()).ok()?, parents.collect::<Option<_>>()?))
    }

    fn read_object(&self, id: ObjectId) -> Option<(i64, Vec<ObjectId>)> {
        let object = self.repo.try_find_object(id).ok()??;
        let commit = object.try_to_commit_ref().ok()?;
        let time = commit.committer().map_or(0, |committer| committer.seconds());
        Some((time, commit.parents().collect()))
    }
}

impl Iterator for History {
    type Item = CommitId;

    fn next(&mut self) -> Option<CommitId> {
        let (_, _, id, parents) = self.waiting.pop()?;
        for parent in parents {
            self.add(parent);
        }
        Some(CommitId(id))
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
        let walked: Vec<_> = store.history(&tip).map(|id| id.to_string()).collect();
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
        let mut walked: Vec<_> = history.by_ref().take(2).collect();
        let rest = std::thread::spawn(move || history.collect::<Vec<_>>());
        walked.extend(rest.join().unwrap());
        assert_eq!(walked, store.history(&tip).collect::<Vec<_>>());
        let nothing = "1".repeat(40).parse().unwrap();
        assert_eq!(store.history(&nothing).next(), None);
    }
}
