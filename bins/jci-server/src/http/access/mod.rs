//! Who may call a route, and the check that stands before each.

mod attempt;
mod forge;
mod metrics;
mod person;
mod runner;
mod viewer;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use jci_coord::{Attempt, Job, JobId};
use jci_forge::ForgeKind;
use tracing::{Instrument as _, Span};

use super::app::App;
use super::connections::Peer;
use super::problem::Refusal;

/// Who may call a route. What each shows is checked before the handler hears of the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Everybody.
    Anyone,
    /// The forge, by a signature over the body. The handler gets the parsed `Delivery`.
    Forge {
        /// Whose form the webhook has; none means that of the configured forge.
        kind: Option<ForgeKind>,
        /// The answer to a wrong signature, which is not the same in the original.
        refusal: StatusCode,
    },
    /// A runner, by the secret in the body of its poll. The handler gets the `PollRequest`.
    Poll,
    /// A runner, by the secret as a bearer token.
    Runner,
    /// A job, by the token of one attempt at it as a bearer token. The handler gets the `Attempt`.
    Attempt,
    /// A job, by the token of its attempt as git shows it. The proxy behind the route checks that
    /// itself, with the repository and the commit that the token is for: whom it refuses it tells
    /// in words that git prints.
    Git,
    /// A person, by the API token as a bearer token.
    Person,
    /// Whoever was given the address of a job with its key, and a person. The handler gets the
    /// `Job`.
    Viewer,
    /// A person, or everybody if the settings say so.
    Metrics,
}

/// Lets a request through to its handler, or refuses it.
pub(super) async fn check(
    State((app, access)): State<(App, Access)>,
    request: Request,
    next: Next,
) -> Result<Response, Refusal> {
    let admitted = match access {
        Access::Anyone | Access::Git => request,
        Access::Forge { kind, refusal } => forge::admit(&app, kind, refusal, request).await?,
        Access::Poll => runner::admit_poll(&app, request).await?,
        Access::Runner => runner::admit(&app, request)?,
        Access::Attempt => attempt::admit(&app, request).await?,
        Access::Person => person::admit(&app, request)?,
        Access::Viewer => viewer::admit(&app, request).await?,
        Access::Metrics => metrics::admit(&app, request)?,
    };
    let span = job(&admitted).map_or_else(Span::none, |id| tracing::info_span!("job", %id));
    Ok(next.run(admitted).instrument(span).await)
}

/// Tells which job a request is about, if it was let through for one.
fn job(admitted: &Request) -> Option<&JobId> {
    let attempt = admitted.extensions().get::<Attempt>().map(|attempt| &attempt.id.job);
    attempt.or_else(|| admitted.extensions().get::<Job>().map(|job| &job.id))
}

/// Returns the token that a request shows as `Authorization: Bearer …`.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Counts something wrong that a client showed; it is refused, and for a while if it was one too
/// many.
fn refuse(app: &App, request: &Request, refusal: Refusal) -> Refusal {
    let Some(Peer(address)) = request.extensions().get::<Peer>().copied() else { return refusal };
    match app.penalties().count(address, std::time::Instant::now()) {
        None => {
            tracing::warn!(%address, path = request.uri().path(), "a request was refused");
            refusal
        }
        Some(wait) => Refusal::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too many wrong requests",
            "this address has shown too many wrong secrets or signatures; a right one is taken",
        )
        .after(wait),
    }
}

#[cfg(test)]
mod tests;

#[cfg(test)]
mod bearer_tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn a_bearer_token_is_read_whatever_its_case() {
        let mut headers = HeaderMap::new();
        assert_eq!(bearer(&headers), None);
        for (value, expected) in [
            ("Bearer abc", Some("abc")),
            ("bearer abc ", Some("abc")),
            ("Basic abc", None),
            ("Bearer", None),
        ] {
            headers.insert(header::AUTHORIZATION, HeaderValue::from_str(value).unwrap());
            assert_eq!(bearer(&headers), expected, "{value}");
        }
    }
}
