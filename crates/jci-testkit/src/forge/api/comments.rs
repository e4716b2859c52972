//! Comments on pull requests.

use serde_json::json;

use super::asked::{Asked, Kind, Outcome, Refusal, created, text};
use crate::forge::describe;
use crate::forge::repository::ForgeRepo;

impl ForgeRepo {
    /// Returns the comments on a pull request, oldest first.
    #[must_use]
    pub fn comments(&self, number: u64) -> Vec<String> {
        let state = self.world.state();
        let own = state.comments.iter().filter(|comment| comment.0 == (self.id, number));
        own.map(|comment| comment.1.clone()).collect()
    }
}

/// Adds a comment; what is asked for a pull request that is not there is an error inside.
pub(super) fn create(asked: &Asked<'_>) -> Outcome {
    let body = text(&asked.fields(&[("body", Kind::Text)])?, "body");
    let repository = asked.repository();
    let wanted = asked.last().parse::<u64>().ok();
    let page = describe::page_of(asked.world, repository);
    let comment = asked.world.change(|state| {
        let mut pulls = state.pulls.iter();
        let pull = pulls.find(|pull| {
            pull.repository == repository.id && Some(pull.number) == wanted
        })?;
        let number = pull.number;
        let (id, made) = (state.next_id(), state.clock.now());
        state.comments.push(((repository.id, number), body.clone()));
        let pull = format!("{page}/pulls/{number}");
        Some(json!({
            "id": id, "html_url": format!("{pull}#issuecomment-{id}"), "pull_request_url": pull,
            "issue_url": "", "user": describe::account(asked.world, state.account_of(asked.account())),
            "original_author": "", "original_author_id": 0, "body": body, "assets": [],
            "created_at": made, "updated_at": made,
        }))
    });
    comment.map(|comment| created(&comment)).ok_or_else(Refusal::internal)
}
