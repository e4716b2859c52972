//! What is answered with JSON.

use axum::extract::{RawPathParams, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use serde::Serialize;

use super::App;
use super::params::Params;
use super::problem::Fault;
use super::reply::json;
use crate::views::CommitQuery;
use crate::{ViewError, Views};

pub(super) type Answer = Result<Response, Fault>;

/// Reads something and answers with it.
pub(super) async fn answer<T: Serialize + Send + 'static>(
    app: &App,
    request: &HeaderMap,
    read: impl FnOnce(&Views) -> Result<T, ViewError> + Send + 'static,
) -> Answer {
    let request = request.clone();
    // Written and tagged over there, too: a long answer takes its time.
    app.view(move |views| json(&request, &read(views)?)).await?
}

/// Computes something, which may take a while, and answers with it.
pub(super) async fn computed<T: Serialize + Send + 'static>(
    app: &App,
    request: &HeaderMap,
    read: impl FnOnce(&Views) -> Result<T, ViewError> + Send + 'static,
) -> Answer {
    let request = request.clone();
    app.compute(move |views| json(&request, &read(views)?)).await?
}

/// Takes the parts of a path that have names, in their order.
pub(super) fn parts<const N: usize>(params: &RawPathParams) -> Result<[String; N], Fault> {
    let parts: Vec<_> = params.iter().map(|(_, value)| value.to_owned()).collect();
    parts.try_into().map_err(|_| Fault::malformed("the address is not complete"))
}

pub(crate) async fn repository(State(app): State<App>, request: HeaderMap) -> Answer {
    answer(&app, &request, Views::repository).await
}

pub(crate) async fn branches(State(app): State<App>, request: HeaderMap) -> Answer {
    answer(&app, &request, Views::branches).await
}

pub(crate) async fn commits(State(app): State<App>, uri: Uri, request: HeaderMap) -> Answer {
    let params = Params::of(&uri);
    let query = CommitQuery {
        branch: params.text("branch")?,
        page: params.text("page")?,
        status: params.text("status")?,
        author: params.text("author")?,
        text: params.text("text")?,
    };
    answer(&app, &request, move |views| views.commits(&query)).await
}

pub(crate) async fn commit(
    State(app): State<App>,
    params: RawPathParams,
    request: HeaderMap,
) -> Answer {
    let [commit] = parts(&params)?;
    answer(&app, &request, move |views| views.commit(&commit)).await
}

pub(crate) async fn run(
    State(app): State<App>,
    params: RawPathParams,
    request: HeaderMap,
) -> Answer {
    let [commit, run] = parts(&params)?;
    answer(&app, &request, move |views| views.run_detail(&commit, &run)).await
}

pub(crate) async fn unknown(uri: Uri) -> Fault {
    let detail = format!("there is nothing at {:?}; docs/web.md lists what there is", uri.path());
    Fault::new(StatusCode::NOT_FOUND, "no such address", detail)
}
