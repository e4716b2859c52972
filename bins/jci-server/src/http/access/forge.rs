//! The forge, which signs what it sends.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::http::StatusCode;
use jci_forge::ForgeKind;
use jci_forge::webhook::{self, Delivery, MAX_BODY, ParseError, VerifyError};
use jiff::Timestamp;

use super::refuse;
use crate::http::app::App;
use crate::http::body;
use crate::http::problem::{Refusal, chain};

/// Lets a webhook through whose signature fits, as the `Arc<Delivery>` that it is.
pub(super) async fn admit(
    app: &App,
    kind: Option<ForgeKind>,
    refusal: StatusCode,
    request: Request,
) -> Result<Request, Refusal> {
    let kind = served(app.config().forge.kind, kind)?;
    let (parts, body) = request.into_parts();
    let bytes = body::read(body, MAX_BODY, app.config().listen.patience).await?;
    let request = Request::from_parts(parts, Body::empty());
    let signed =
        webhook::Request { headers: request.headers(), body: &bytes, now: Timestamp::now() };
    let delivery = match webhook::verify(kind, &signed, &app.config().forge.webhook_secret) {
        Ok(verified) => verified.parse().map_err(|error| malformed(&error))?,
        Err(error) => {
            app.metrics().webhook("refused");
            return Err(refuse(app, &request, unsigned(&error, refusal)));
        }
    };
    let mut request = request;
    request.extensions_mut().insert::<Arc<Delivery>>(Arc::new(delivery));
    Ok(request)
}

/// Returns in whose form to read a webhook. Gitea and Forgejo share one.
fn served(configured: ForgeKind, asked: Option<ForgeKind>) -> Result<ForgeKind, Refusal> {
    let family = |kind| matches!(kind, ForgeKind::Gitea | ForgeKind::Forgejo);
    match asked {
        None => Ok(configured),
        Some(asked) if asked == configured || (family(asked) && family(configured)) => Ok(asked),
        Some(asked) => {
            let detail =
                format!("this server works for {configured}, and no {asked}; see JCI_FORGE");
            Err(Refusal::not_found(detail))
        }
    }
}

/// Refuses a wrong signature; what exactly is wrong is for the log, not for whoever tries.
fn unsigned(error: &VerifyError, status: StatusCode) -> Refusal {
    tracing::debug!(%error, "a webhook is not genuine");
    let detail = "the signature is missing or does not fit the body and the secret; \
                  GITEA_WEBHOOK_SECRET must be what is set at the forge";
    Refusal::new(status, "wrong signature", detail)
}

/// Refuses what is signed, and yet not to be read: no JSON, or names that cannot be.
fn malformed(error: &ParseError) -> Refusal {
    let unprocessable = matches!(error, ParseError::Body { source, .. } if source.is_data());
    if unprocessable {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        Refusal::new(status, "unprocessable webhook", chain(error))
    } else {
        Refusal::malformed(chain(error))
    }
}
