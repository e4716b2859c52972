//! The API, by the OpenAPI file of Gitea 1.27 as far as a CI server has use for it.

mod account;
mod asked;
mod branches;
mod comments;
mod commits;
mod contents;
mod hooks;
mod keys;
mod pulls;
mod refs;
mod repository;
mod routes;
mod statuses;
mod trees;

use std::sync::Arc;

use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::http::request::Parts;
use hyper::{Request, StatusCode};

use self::asked::{Asked, Outcome, Refusal};
pub use self::keys::DeployKey;
pub use self::routes::known_routes;
use self::routes::{Need, Route};
pub use self::statuses::SeenStatus;
pub(super) use self::statuses::Status;
use super::access::Caller;
use super::account::Right;
use super::answer::Answer;
use super::world::World;

/// Where the API begins.
pub(super) const PREFIX: &str = "/api/v1";

/// Answers a request to the API.
pub(super) async fn answer(world: &Arc<World>, request: Request<Incoming>) -> Answer {
    let (parts, body) = request.into_parts();
    let Ok(body) = body.collect().await else {
        // Whoever went away in the middle reads no answer.
        return Refusal::new(StatusCode::BAD_REQUEST, "the body is cut").answer(world);
    };
    let world = Arc::clone(world);
    // Git is asked, which takes a while.
    let answering = tokio::task::spawn_blocking(move || {
        let line = format!("{} {}", parts.method, parts.uri);
        let outcome = route(&world, &parts, body.to_bytes(), &line);
        outcome.unwrap_or_else(|refusal| refusal.answer(&world))
    });
    answering.await.expect("the forge does not panic")
}

fn route(world: &Arc<World>, parts: &Parts, body: Bytes, line: &str) -> Outcome {
    let path = parts.uri.path().strip_prefix(PREFIX).unwrap_or_default();
    let Some((route, parameters)) = routes::find(world.flavour, &parts.method, path) else {
        world.state().complain(format!("the API knows no such route: {line}"));
        return Err(Refusal::new(StatusCode::NOT_FOUND, "not found"));
    };
    let caller = world.state().caller(&parts.headers);
    let query = Vec::new();
    let mut asked = Asked { world, line, parameters, query, body, caller, repository: None };
    if let Err(refusal) = admit(&mut asked, route) {
        let status = refusal.status;
        // 404 is not about credentials, though it may be for lack of them.
        if matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
            let caller = &asked.caller;
            world.state().refused(format!("{line} by {caller:?} got {status}"));
        }
        return Err(refusal);
    }
    asked.read_query(parts.uri.query().unwrap_or_default(), route.query)?;
    (route.handler)(&asked)
}

/// Decides in the order of the real forge: token, signing in, scope, repository, right.
fn admit(asked: &mut Asked<'_>, route: &Route) -> Result<(), Refusal> {
    let refused = |status, message: &str| Err(Refusal::new(status, message));
    match asked.caller {
        Caller::Stranger => {
            return refused(StatusCode::UNAUTHORIZED, "user does not exist [uid: 0, name: ]");
        }
        Caller::Anonymous if asked.world.state().sign_in_required => {
            return refused(StatusCode::FORBIDDEN, "Only signed in user is allowed to call APIs.");
        }
        Caller::Anonymous if route.need > Need::Reader => {
            return refused(StatusCode::UNAUTHORIZED, "token is required");
        }
        Caller::Anonymous | Caller::Known { .. } => {}
    }
    if let Some(scope) = route.scope
        && !asked.caller.has_scope(scope)
    {
        let message =
            format!("token does not have at least one of required scope(s), required=[{scope}]");
        return refused(StatusCode::FORBIDDEN, &message);
    }
    if !route.pattern.starts_with("/repos/{owner}/{repo}") {
        return Ok(());
    }
    let full_name = format!("{}/{}", asked.parameters[0], asked.parameters[1]);
    let found = asked.world.state().repository(&full_name).cloned();
    let right = found.as_ref().and_then(|repository| asked.caller.right(repository));
    let (Some(repository), Some(right)) = (found, right) else { return Err(Refusal::absent()) };
    let enough = match route.need {
        Need::Nothing | Need::Reader | Need::Account => true,
        Need::Writer => right >= Right::Write,
        Need::Admin => right >= Right::Admin,
    };
    if !enough {
        return refused(StatusCode::FORBIDDEN, "user should have the right to do this");
    }
    asked.repository = Some((repository, right));
    Ok(())
}
