//! Pull requests.

use serde_json::{Value, json};

use super::describe::{self, Sight};
use super::objects::Objects;
use super::repository::{ForgeRepo, Repository};
use super::world::{State, World};

/// A pull request as the forge keeps it.
#[derive(Clone, Debug)]
pub(super) struct Pull {
    pub(super) id: u64,
    pub(super) number: u64,
    pub(super) repository: u64,
    pub(super) author: u64,
    pub(super) title: String,
    pub(super) base_branch: String,
    pub(super) head_repository: u64,
    pub(super) head_branch: String,
    pub(super) head: String,
    pub(super) made: String,
    pub(super) closed: Option<Closed>,
}

/// How a pull request ended.
#[derive(Clone, Debug)]
pub(super) struct Closed {
    pub(super) at: String,
    pub(super) merged: bool,
}

impl Pull {
    pub(super) fn is_open(&self) -> bool {
        self.closed.is_none()
    }

    fn head_ref(&self) -> String {
        format!("refs/pull/{}/head", self.number)
    }
}

impl ForgeRepo {
    /// Opens a pull request of `author` for the branch `head` of `from`, which may be this
    /// repository or any other, and returns its number. Webhooks are sent.
    ///
    /// # Panics
    /// If an account or a branch is not there.
    #[track_caller]
    pub fn open_pull(&self, author: &str, from: &Self, head: &str, base: &str) -> u64 {
        let commit = from.git(&["rev-parse", "--verify", &format!("refs/heads/{head}")]);
        let _ = self.git(&["rev-parse", "--verify", &format!("refs/heads/{base}")]);
        let pull = {
            let mut state = self.world.state();
            let author = state.account(author).map(|account| account.id);
            let (id, made) = (state.next_id(), state.clock.now());
            let mine = state.pulls.iter().filter(|pull| pull.repository == self.id).count();
            let pull = Pull {
                id,
                number: mine as u64 + 1,
                repository: self.id,
                author: author.expect("the author has an account"),
                title: format!("Merge {head} into {base}"),
                base_branch: base.to_owned(),
                head_repository: from.id,
                head_branch: head.to_owned(),
                head: commit,
                made,
                closed: None,
            };
            state.pulls.push(pull.clone());
            pull
        };
        self.fetch_head(from, &pull);
        self.world.pull_happened(&pull, "opened", pull.author);
        pull.number
    }

    /// Closes a pull request. Webhooks are sent.
    ///
    /// # Panics
    /// If there is no open one of that number.
    pub fn close_pull(&self, number: u64, merged: bool) {
        let pull = self.world.change(|state| {
            let at = state.clock.now();
            let mut pulls = state.pulls.iter_mut();
            let pull = pulls.find(|pull| pull.repository == self.id && pull.number == number);
            let pull = pull.filter(|pull| pull.is_open()).expect("there is such a pull request");
            pull.closed = Some(Closed { at, merged });
            pull.clone()
        });
        self.world.pull_happened(&pull, "closed", pull.author);
    }

    /// Brings the commits of a pull request here, past all hooks, as the forge itself does.
    fn fetch_head(&self, from: &Self, pull: &Pull) {
        let refspec = format!("+refs/heads/{}:{}", pull.head_branch, pull.head_ref());
        let path = from.path().to_str().expect("temporary folders have UTF-8 names");
        let _ = self.git(&["fetch", "--quiet", path, &refspec]);
    }
}

impl World {
    /// Takes note that a branch moved from which pull requests come, and returns those, each with
    /// the commit at which it was before.
    pub(super) fn pulls_moved(
        &self,
        repository: &Repository,
        branch: &str,
        to: &str,
    ) -> Vec<(Pull, String)> {
        let moved: Vec<_> = self.change(|state| {
            let pulls = state.pulls.iter_mut().filter(|pull| {
                pull.is_open()
                    && pull.head_repository == repository.id
                    && pull.head_branch == branch
                    && pull.head != to
            });
            pulls
                .map(|pull| {
                    let before = std::mem::replace(&mut pull.head, to.to_owned());
                    (pull.clone(), before)
                })
                .collect()
        });
        for (pull, _) in &moved {
            let base = self.state().repository_of(pull.repository).clone();
            let from = repository.path.to_str().expect("temporary folders have UTF-8 names");
            let refspec = format!("+refs/heads/{branch}:{}", pull.head_ref());
            let fetched =
                Objects::new(self, &base.path).bytes(&["fetch", "--quiet", from, &refspec]);
            fetched.expect("commits of a pull request can be fetched");
        }
        moved
    }
}

/// What describes a pull request beside what the state knows; found before the state is locked.
#[derive(Clone, Debug)]
pub(super) struct PullSight {
    base: Repository,
    head: Repository,
    base_sight: Sight,
    head_sight: Sight,
    base_commit: String,
    merge_base: String,
}

impl PullSight {
    pub(super) fn of(world: &World, pull: &Pull) -> Self {
        let (base, head) = {
            let state = world.state();
            let find = |id| state.repository_of(id).clone();
            (find(pull.repository), find(pull.head_repository))
        };
        let objects = Objects::new(world, &base.path);
        let branch = format!("refs/heads/{}", pull.base_branch);
        let base_commit = objects.resolve(&branch, "commit").unwrap_or_default();
        let merge_base = objects.bytes(&["merge-base", &base_commit, &pull.head]);
        let merge_base = String::from_utf8(merge_base.unwrap_or_default()).unwrap_or_default();
        Self {
            base_sight: Sight::of(world, &base, None),
            head_sight: Sight::of(world, &head, None),
            base,
            head,
            base_commit,
            merge_base: merge_base.trim_end().to_owned(),
        }
    }
}

/// A pull request as the API and webhooks show it.
pub(super) fn describe(world: &World, state: &State, pull: &Pull, sight: &PullSight) -> Value {
    let page = format!("{}/pulls/{}", describe::page_of(world, &sight.base), pull.number);
    let author = describe::account(world, state.account_of(pull.author));
    let merged = pull.closed.as_ref().filter(|closed| closed.merged);
    let closed_at = pull.closed.as_ref().map(|closed| &closed.at);
    let side = |branch: &str, commit: &str, repository: &Repository, sight| {
        json!({"label": branch, "ref": branch, "sha": commit, "repo_id": repository.id,
               "repo": describe::repository(world, state, repository, sight)})
    };
    json!({
        "id": pull.id, "url": page, "number": pull.number, "user": author, "title": pull.title,
        "body": "", "labels": [], "milestone": null, "assignee": null, "assignees": null,
        "requested_reviewers": null, "requested_reviewers_teams": null,
        "state": if pull.is_open() { "open" } else { "closed" },
        "draft": false, "is_locked": false, "comments": 0, "review_comments": 0,
        "additions": 0, "deletions": 0, "changed_files": 0,
        "html_url": page, "diff_url": format!("{page}.diff"), "patch_url": format!("{page}.patch"),
        "mergeable": true, "merged": merged.is_some(),
        "merged_at": merged.map(|closed| &closed.at),
        "merge_commit_sha": merged.map(|_| &pull.head),
        "merged_by": merged.map(|_| &author), "allow_maintainer_edit": false,
        "base": side(&pull.base_branch, &sight.base_commit, &sight.base, sight.base_sight),
        "head": side(&pull.head_branch, &pull.head, &sight.head, sight.head_sight),
        "merge_base": sight.merge_base, "due_date": null, "created_at": pull.made,
        "updated_at": closed_at.unwrap_or(&pull.made), "closed_at": closed_at, "pin_order": 0,
    })
}
