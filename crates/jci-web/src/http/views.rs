//! Other views of files, and of two runs.

use axum::extract::{RawPathParams, State};
use axum::http::{HeaderMap, HeaderValue, Uri, header};
use axum::response::IntoResponse;
use jci_proto::LogExtent;

use super::App;
use super::address::check_path;
use super::api::{Answer, computed, parts};
use super::params::Params;
use super::problem::Fault;
use crate::log::SharedLog;
use crate::views::{Pair, difference};

/// Returns the path of the file that is asked for.
fn file(uri: &Uri) -> Result<Vec<u8>, Fault> {
    let params = Params::of(uri);
    let path = params.bytes("file").ok_or_else(|| {
        Fault::malformed("the parameter file is missing: the path of a file in the run")
    })?;
    check_path(path.to_owned())
}

pub(crate) async fn junit(
    State(app): State<App>,
    params: RawPathParams,
    uri: Uri,
    request: HeaderMap,
) -> Answer {
    let [commit, run] = parts(&params)?;
    let path = file(&uri)?;
    computed(&app, &request, move |views| views.junit(&commit, &run, &path)).await
}

pub(crate) async fn markdown(
    State(app): State<App>,
    params: RawPathParams,
    uri: Uri,
    request: HeaderMap,
) -> Answer {
    let [commit, run] = parts(&params)?;
    let path = file(&uri)?;
    let page = app.compute(move |views| views.markdown(&commit, &run, &path)).await??;
    let host = request.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let policy = format!(
        "default-src 'none'; style-src {}; img-src {} data:; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox",
        page.style,
        super::raw::sources(host, &page.pictures),
    );
    let policy = HeaderValue::from_str(&policy).map_err(|error| Fault::failed(&error))?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CONTENT_SECURITY_POLICY, policy),
    ];
    Ok((headers, page.html).into_response())
}

pub(crate) async fn compare(
    State(app): State<App>,
    params: RawPathParams,
    request: HeaderMap,
) -> Answer {
    let pair = pair(&params)?;
    computed(&app, &request, move |views| views.compare(&pair)).await
}

pub(crate) async fn compare_logs(
    State(app): State<App>,
    params: RawPathParams,
    request: HeaderMap,
) -> Answer {
    let Pair { from, to } = pair(&params)?;
    let open = move |views: &crate::Views| {
        Ok::<_, crate::ViewError>((
            views.log(&from.0, &from.1, None)?,
            views.log(&to.0, &to.1, None)?,
        ))
    };
    let (from, to) = app.view(open).await??;
    read(&from).await;
    read(&to).await;
    computed(&app, &request, move |_| difference(&from, &to)).await
}

/// Waits until a log is read; of one that goes on, what there is by now is taken.
async fn read(log: &SharedLog) {
    let mut extent: LogExtent = log.log.extent();
    while !extent.complete && !log.grows {
        extent = log.log.changed(extent).await;
    }
}

fn pair(params: &RawPathParams) -> Result<Pair, Fault> {
    let [from_commit, from_run, to_commit, to_run] = parts(params)?;
    Ok(Pair { from: (from_commit, from_run), to: (to_commit, to_run) })
}
