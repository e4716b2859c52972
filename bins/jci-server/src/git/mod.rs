//! git through the server: jobs clone and push without ever holding the forge's token.
//!
//! A job speaks git's smart HTTP to `/git/<owner>/<name>.git` with a token that is good for one
//! job. It can read that one repository and create runs of that one commit; everything else is
//! refused in words that git prints. What passes goes to the forge with the server's own token.
//!
//! Bytes stream through in both directions: a pack is never held, whoever is slow slows the other
//! side down, and nothing goes to the forge before all that a push asks for was checked.
//!
//! The way of a request: [`asked`] reads the address, [`credentials`] the token, [`Grants`] says
//! what it allows; then [`fetch`] or [`push`] runs an [`exchange`] with the [`forge`], in which
//! [`upload`] moves what git sends and a [`passage`] what the forge answers.

mod accepted;
mod advertisement;
mod asked;
mod capabilities;
mod commands;
mod credentials;
mod exchange;
mod fetch;
mod forge;
mod grant;
mod limits;
mod outlet;
mod packet;
mod passage;
mod progress;
mod push;
mod refusal;
mod report;
mod rules;
#[cfg(test)]
mod tests;
mod upload;

use std::fmt;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::any;
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use secrecy::SecretString;
use tracing::{Instrument as _, Span, field};

pub(crate) use self::forge::ForgeGit;
pub(crate) use self::grant::{Grant, Grants, PushObserver, PushedRun, Refused};
pub(crate) use self::limits::Limits;

use self::asked::{Asked, Service, Step};
use self::exchange::Exchange;
use self::limits::{Connection, Connections};
use self::outlet::answer;
use self::progress::Progress;
use self::refusal::Refusal;

/// What the requests of all jobs share.
pub(crate) struct GitProxy {
    forge: ForgeGit,
    grants: Arc<dyn Grants>,
    observer: Arc<dyn PushObserver>,
    limits: Limits,
    connections: Connections,
}

impl GitProxy {
    /// Puts a proxy together.
    pub(crate) fn new(
        forge: ForgeGit,
        grants: Arc<dyn Grants>,
        observer: Arc<dyn PushObserver>,
        limits: Limits,
    ) -> Self {
        Self { forge, grants, observer, limits, connections: Connections::default() }
    }
}

impl fmt::Debug for GitProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GitProxy").field("forge", &self.forge).finish_non_exhaustive()
    }
}

/// Makes the routes below `/git/`.
pub(crate) fn router(proxy: GitProxy) -> Router {
    Router::new().route("/git/{*rest}", any(serve)).with_state(Arc::new(proxy))
}

async fn serve(State(proxy): State<Arc<GitProxy>>, request: Request) -> Response {
    let asked = match Asked::of(request.method(), request.uri()) {
        Ok(asked) => asked,
        Err(refusal) => return refusal.into_response(),
    };
    let span = tracing::info_span!(
        "git",
        repository = %asked.repository,
        service = %asked.service,
        step = ?asked.step,
        job = field::Empty,
        attempt = field::Empty,
        bytes_from_git = field::Empty,
        bytes_to_git = field::Empty,
        outcome = field::Empty,
    );
    proxy.answer(&asked, request).instrument(span).await
}

/// A job that may do what it asks for.
struct Admitted {
    token: SecretString,
    grant: Grant,
    connection: Connection,
}

impl GitProxy {
    async fn answer(self: Arc<Self>, asked: &Asked, request: Request) -> Response {
        let (parts, body) = request.into_parts();
        let progress = Arc::new(Progress::new(self.limits.silence));
        let Admitted { token, grant, connection } = match self.admit(asked, &parts.headers).await {
            Ok(admitted) => admitted,
            Err(refusal) => return refuse(asked, refusal, &parts.headers, progress, body).await,
        };
        let exchange = Exchange {
            proxy: self,
            grant,
            headers: parts.headers,
            progress,
            _connection: connection,
        };
        match (asked.step, asked.service) {
            (Step::Discover, service) => fetch::discover(exchange, service).await,
            (Step::Call, Service::Fetch) => fetch::fetch(exchange, body).await,
            (Step::Call, Service::Push) => push::push(exchange, token, body).await,
        }
    }

    /// Lets a request in if its token allows it.
    async fn admit(&self, asked: &Asked, headers: &HeaderMap) -> Result<Admitted, Refusal> {
        let token = credentials::token(headers).ok_or(Refusal::NoToken)?;
        let grant = self.grants.grant(&token, &asked.repository).await?;
        let attempt = &grant.attempt;
        Span::current().record("job", attempt.job.as_str()).record("attempt", attempt.number.get());
        // Whoever looks tokens up has seen to this; but all depends on it.
        if grant.repository != asked.repository {
            return Err(Refused::OtherRepository.into());
        }
        if asked.step == Step::Call {
            check_body(asked.service, headers)?;
        }
        let limit = self.limits.connections;
        let connection = self.connections.take(&grant, limit);
        Ok(Admitted { token, grant, connection: connection.ok_or(Refusal::TooMany { limit })? })
    }
}

/// Checks that a body is what git sends to a program, in a form that can be read or passed on.
fn check_body(service: Service, headers: &HeaderMap) -> Result<(), Refusal> {
    if headers.get(CONTENT_TYPE).is_none_or(|found| found != service.request_type()) {
        return Err(Refusal::ContentType { service });
    }
    match headers.get(CONTENT_ENCODING) {
        None => Ok(()),
        Some(encoding) if service == Service::Fetch && encoding == "gzip" => Ok(()),
        Some(_) => Err(Refusal::Encoding),
    }
}

/// Refuses a request, in git's own words where git shows no others.
///
/// Of an answer to `POST` git shows nothing but what its own protocol says; so whoever sends what
/// git sends, with a token, is answered that way.
async fn refuse(
    asked: &Asked,
    refusal: Refusal,
    headers: &HeaderMap,
    progress: Arc<Progress>,
    body: Body,
) -> Response {
    Span::current().record("outcome", field::display(&refusal));
    tracing::info!(outcome = %refusal, "git was refused");
    let heard = matches!(refusal, Refusal::Refused(_) | Refusal::TooMany { .. });
    if asked.step == Step::Discover || !heard || check_body(asked.service, headers).is_err() {
        return refusal.into_response();
    }
    match asked.service {
        Service::Push => push::refuse(&refusal, progress, body).await,
        Service::Fetch => {
            let words = packet::error_line(&refusal.to_string());
            answer(Service::Fetch.result_type(), Body::from(words))
        }
    }
}
