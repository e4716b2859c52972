//! Repositories.

use serde_json::{Value, json};

use super::asked::{Asked, Outcome, ok};
use crate::forge::describe::{self, Sight};

pub(super) fn get(asked: &Asked<'_>) -> Outcome {
    let sight = Sight::of(asked.world, asked.repository(), asked.right());
    let state = asked.world.state();
    Ok(ok(&describe::repository(asked.world, &state, asked.repository(), sight)))
}

/// Finds repositories by a part of their name; those that the caller may not see are not there.
pub(super) fn search(asked: &Asked<'_>) -> Outcome {
    let wanted = asked.query("q").unwrap_or_default().to_lowercase();
    let found: Vec<_> = {
        let state = asked.world.state();
        let fitting = state.repositories.iter().filter(|repository| {
            repository.name().to_lowercase().contains(&wanted)
                && asked.caller.right(repository).is_some()
        });
        fitting.cloned().collect()
    };
    let described: Vec<Value> = found
        .iter()
        .map(|repository| {
            let right = asked.caller.right(repository);
            let sight = Sight::of(asked.world, repository, right);
            describe::repository(asked.world, &asked.world.state(), repository, sight)
        })
        .collect();
    let limit = asked.number("limit", 30, 50);
    let page = asked.number("page", 1, usize::MAX);
    let data: Vec<_> = described.into_iter().skip((page - 1) * limit).take(limit).collect();
    Ok(ok(&json!({"ok": true, "data": data})))
}
