//! A defect of ours costs one answer, not the connection of somebody who waits.

use std::any::Any;
use std::panic::AssertUnwindSafe;

use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use futures_util::FutureExt as _;

use super::problem::Refusal;

/// Answers 500 where a handler panics; programs that abort on panics never come here.
pub(super) async fn catch(request: Request, next: Next) -> Response {
    match AssertUnwindSafe(next.run(request)).catch_unwind().await {
        Ok(response) => response,
        Err(panic) => {
            tracing::error!(panic = text(&*panic), "a handler panicked");
            let detail = "the server has a defect; its log says more, under the id of this request";
            Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "internal error", detail)
                .into_response()
        }
    }
}

fn text(panic: &(dyn Any + Send)) -> &str {
    let owned = panic.downcast_ref::<String>().map(String::as_str);
    owned.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("without a word")
}
