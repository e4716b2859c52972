//! The forge itself, and whose token it is.

use hyper::StatusCode;
use serde_json::json;

use super::asked::{Asked, Outcome, Refusal, empty, ok};
use crate::forge::access::Caller;
use crate::forge::account::IssuedToken;
use crate::forge::describe;

pub(super) fn version(asked: &Asked<'_>) -> Outcome {
    Ok(ok(&json!({"version": asked.world.flavour.version()})))
}

pub(super) fn user(asked: &Asked<'_>) -> Outcome {
    let account = asked.world.state().account_of(asked.account()).clone();
    Ok(ok(&describe::account(asked.world, &account)))
}

/// Finds the token of the request itself.
fn own(asked: &Asked<'_>) -> Result<IssuedToken, Refusal> {
    let Caller::Known { token, .. } = asked.caller else {
        return Err(Refusal::new(StatusCode::UNAUTHORIZED, "token is required"));
    };
    let state = asked.world.state();
    let own = state.tokens.iter().find(|issued| issued.id == token);
    own.cloned().ok_or_else(Refusal::absent)
}

pub(super) fn token(asked: &Asked<'_>) -> Outcome {
    let own = own(asked)?;
    let account = asked.world.state().account_of(own.owner).clone();
    let made = "2026-01-02T03:04:05Z";
    Ok(ok(&json!({
        "id": own.id, "name": format!("token {}", own.id), "scopes": own.scopes.list(),
        "created_at": made, "last_used_at": made,
        "user": {"id": account.id, "login": account.login},
    })))
}

pub(super) fn delete_token(asked: &Asked<'_>) -> Outcome {
    let own = own(asked)?;
    asked.world.change(|state| state.revoke(&own.text));
    Ok(empty())
}
