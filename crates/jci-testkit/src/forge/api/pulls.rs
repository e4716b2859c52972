//! Pull requests.

use serde_json::Value;

use super::asked::{Asked, Outcome, Refusal, ok};
use crate::forge::pulls::{self, Pull, PullSight};

fn own(asked: &Asked<'_>) -> Vec<Pull> {
    let state = asked.world.state();
    let own = state.pulls.iter().filter(|pull| pull.repository == asked.repository().id);
    own.cloned().collect()
}

fn describe(asked: &Asked<'_>, pull: &Pull) -> Value {
    let sight = PullSight::of(asked.world, pull);
    pulls::describe(asked.world, &asked.world.state(), pull, &sight)
}

/// Lists pull requests, newest first; those that are open unless asked otherwise.
pub(super) fn list(asked: &Asked<'_>) -> Outcome {
    let wanted = asked.query("state").unwrap_or("open");
    let fits = |pull: &&Pull| wanted == "all" || pull.is_open() == (wanted == "open");
    let own = own(asked);
    let found = own.iter().rev().filter(fits).map(|pull| describe(asked, pull));
    Ok(asked.page(&found.collect::<Vec<_>>()))
}

pub(super) fn get(asked: &Asked<'_>) -> Outcome {
    let own = own(asked);
    let found = own.iter().find(|pull| pull.number.to_string() == asked.last());
    found.map(|pull| ok(&describe(asked, pull))).ok_or_else(Refusal::absent)
}
