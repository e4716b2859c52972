//! Branches.

use serde_json::{Value, json};

use super::asked::{Asked, Outcome, Refusal, ok};
use crate::forge::account::Right;
use crate::forge::describe;
use crate::forge::objects::Ref;

pub(super) fn list(asked: &Asked<'_>) -> Outcome {
    let refs = asked.objects().refs();
    let branches = refs.iter().filter_map(|found| branch(asked, found));
    Ok(asked.page(&branches.collect::<Vec<_>>()))
}

pub(super) fn get(asked: &Asked<'_>) -> Outcome {
    let full = format!("refs/heads/{}", asked.last());
    let refs = asked.objects().refs();
    let found = refs.iter().find(|found| found.name == full);
    found.and_then(|found| branch(asked, found)).map(|found| ok(&found)).ok_or_else(Refusal::absent)
}

/// Describes a branch; nothing else has a name below `refs/heads/`.
fn branch(asked: &Asked<'_>, found: &Ref) -> Option<Value> {
    let name = found.name.strip_prefix("refs/heads/")?;
    let commit = asked.objects().commit(&found.id)?;
    let commit =
        describe::payload_commit(asked.world, asked.repository(), asked.objects(), &commit);
    let may_write = asked.right() >= Some(Right::Write);
    Some(json!({
        "name": name, "commit": commit, "protected": false, "required_approvals": 0,
        "enable_status_check": false, "status_check_contexts": [], "user_can_push": may_write,
        "user_can_merge": may_write, "effective_branch_protection_name": "",
    }))
}
