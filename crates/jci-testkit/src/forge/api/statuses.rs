//! Statuses of commits.

use std::collections::BTreeMap;

use hyper::StatusCode;
use serde_json::{Value, json};

use super::asked::{Asked, Kind, Outcome, Refusal, created, ok, text};
use crate::forge::Flavour;
use crate::forge::describe::{self, Sight};
use crate::forge::objects::is_full_id;
use crate::forge::repository::{ForgeRepo, Repository};
use crate::forge::world::{State, World};

/// How long a word may be that says the state: the column of the real forge's table.
const LONGEST_STATE: usize = 7;

/// A status as the forge keeps it.
#[derive(Clone, Debug)]
pub(in crate::forge) struct Status {
    /// Counts per commit.
    id: u64,
    repository: u64,
    commit: String,
    creator: u64,
    made: String,
    seen: SeenStatus,
}

/// A status that somebody set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenStatus {
    /// The context, `default` where there was none.
    pub context: String,
    /// The state, in whatever word it was set.
    pub state: String,
    /// The sentence for people.
    pub description: String,
    /// The page that tells more.
    pub target_url: String,
}

impl ForgeRepo {
    /// Returns the statuses of a commit, in the order in which they were set.
    #[must_use]
    pub fn statuses(&self, commit: &str) -> Vec<SeenStatus> {
        let state = self.world.state();
        of_commit(&state, self.id, commit).map(|status| status.seen.clone()).collect()
    }

    /// Returns the newest status of each context of a commit.
    #[must_use]
    pub fn last_statuses(&self, commit: &str) -> BTreeMap<String, SeenStatus> {
        let all = self.statuses(commit).into_iter();
        all.map(|status| (status.context.clone(), status)).collect()
    }

    /// Waits until a context of a commit has a state, and returns all statuses of the commit.
    ///
    /// # Panics
    /// If that does not happen within half a minute.
    #[track_caller]
    pub fn wait_for_status(&self, commit: &str, context: &str, state: &str) -> Vec<SeenStatus> {
        let what = format!("the status {state} of {context} of {commit}");
        self.world.changes.wait(&what, || {
            let newest = self.last_statuses(commit);
            let reached = newest.get(context).is_some_and(|status| status.state == state);
            reached.then(|| self.statuses(commit))
        })
    }
}

fn of_commit<'a>(
    state: &'a State,
    repository: u64,
    commit: &str,
) -> impl Iterator<Item = &'a Status> {
    let statuses = state.statuses.iter();
    statuses.filter(move |status| status.repository == repository && status.commit == commit)
}

/// Takes any word for a state, as the real forge does, if only it is short.
pub(super) fn create(asked: &Asked<'_>) -> Outcome {
    let kinds = ["state", "context", "description", "target_url"].map(|name| (name, Kind::Text));
    let fields = asked.fields(&kinds)?;
    let Some(commit) = asked.objects().resolve(asked.last(), "commit") else {
        return Err(match asked.world.flavour {
            Flavour::Gitea => Refusal::internal(),
            Flavour::Forgejo => Refusal::absent(),
        });
    };
    let word = text(&fields, "state");
    if word.chars().count() > LONGEST_STATE {
        return Err(Refusal::internal());
    }
    let context = Some(text(&fields, "context")).filter(|context| !context.is_empty());
    let seen = SeenStatus {
        context: context.unwrap_or_else(|| "default".to_owned()),
        state: word,
        description: text(&fields, "description"),
        target_url: text(&fields, "target_url"),
    };
    let repository = asked.repository();
    let status = asked.world.change(|state| {
        let status = Status {
            id: of_commit(state, repository.id, &commit).count() as u64 + 1,
            repository: repository.id,
            commit,
            creator: asked.account(),
            made: state.clock.now(),
            seen,
        };
        state.statuses.push(status.clone());
        status
    });
    Ok(created(&describe(asked.world, &asked.world.state(), repository, &status)))
}

/// Lists all statuses of a commit; for an id that is not whole there are none.
pub(super) fn list(asked: &Asked<'_>) -> Outcome {
    let commit = commit(asked)?;
    let state = asked.world.state();
    let repository = asked.repository();
    let mut found: Vec<_> = of_commit(&state, repository.id, &commit)
        .filter(|status| asked.query("state").is_none_or(|word| status.seen.state == word))
        .map(|status| describe(asked.world, &state, repository, status))
        .collect();
    let oldest_first = matches!(asked.query("sort"), Some("oldest" | "leastupdate" | "leastindex"));
    if !oldest_first {
        found.reverse();
    }
    drop(state);
    Ok(asked.page(&found))
}

/// Lists the newest status of each context, and makes one state of them.
pub(super) fn combined(asked: &Asked<'_>) -> Outcome {
    let commit = commit(asked)?;
    let repository = asked.repository();
    let sight = Sight::of(asked.world, repository, asked.right());
    let state = asked.world.state();
    let mut newest = BTreeMap::new();
    for status in of_commit(&state, repository.id, &commit) {
        newest.insert(status.seen.context.as_str(), status);
    }
    if newest.is_empty() {
        return Ok(ok(&json!({
            "state": "", "sha": "", "total_count": 0, "statuses": null, "repository": null,
            "commit_url": "", "url": "",
        })));
    }
    let words: Vec<_> = newest.values().map(|status| status.seen.state.as_str()).collect();
    let api = describe::api_of(asked.world, repository);
    let statuses: Vec<_> =
        newest.values().map(|status| describe(asked.world, &state, repository, status)).collect();
    Ok(ok(&json!({
        "state": combine(&words), "sha": commit, "total_count": statuses.len(),
        "statuses": statuses,
        "repository": describe::repository(asked.world, &state, repository, sight),
        "commit_url": format!("{api}/commits/{commit}"),
        "url": format!("{api}/commits/{commit}/status"),
    })))
}

/// Makes one state of many; a word that the forge does not know counts as pending.
fn combine(words: &[&str]) -> &'static str {
    if words.iter().any(|word| matches!(*word, "error" | "failure" | "warning")) {
        "failure"
    } else if words.iter().all(|word| matches!(*word, "success" | "skipped")) {
        "success"
    } else {
        "pending"
    }
}

/// Finds the commit that the path names: a full id as it is, else a branch or a tag.
fn commit(asked: &Asked<'_>) -> Result<String, Refusal> {
    let name = &asked.parameters[2];
    if name.is_empty() {
        return Err(Refusal::new(StatusCode::BAD_REQUEST, "ref/sha not given"));
    }
    if is_full_id(name) {
        return Ok(name.to_lowercase());
    }
    let objects = asked.objects();
    let branch = objects.resolve(&format!("refs/heads/{name}"), "commit");
    let tag = || objects.resolve(&format!("refs/tags/{name}"), "commit");
    Ok(branch.or_else(tag).unwrap_or_else(|| name.clone()))
}

fn describe(world: &World, state: &State, repository: &Repository, status: &Status) -> Value {
    let api = describe::api_of(world, repository);
    let SeenStatus { context, state: word, description, target_url } = &status.seen;
    json!({
        // Where it is set it is called `state`.
        "id": status.id, "status": word, "context": context, "description": description,
        "target_url": target_url, "url": format!("{api}/statuses/{}", status.commit),
        "creator": describe::account(world, state.account_of(status.creator)),
        "created_at": status.made, "updated_at": status.made,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_state_is_made_of_many() {
        assert_eq!(combine(&["success", "skipped"]), "success");
        assert_eq!(combine(&["success", "running"]), "pending");
        assert_eq!(combine(&["pending", "warning"]), "failure");
        assert_eq!(combine(&["error", "success"]), "failure");
    }
}
