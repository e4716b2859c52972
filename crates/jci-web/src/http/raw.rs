//! The bytes of files.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use jci_store::{Run, RunEntry, RunId};

use super::address::file_path;
use super::body::{Part, body};
use super::params::Params;
use super::problem::Fault;
use super::range::ByteRange;
use super::reply::tagged;
use super::{App, archive, headers};
use crate::views::{Content, encode, media_type};
use crate::{ViewError, Views};

/// For what never changes: a run is as it is. For this browser only, not for anything in between.
pub(super) const FOR_EVER: &str = "private, max-age=31536000, immutable";

/// What a file may do that is opened by itself: run its own scripts, of no origin, and load
/// nothing.
const ALONE: &str = "sandbox allow-scripts; default-src 'unsafe-inline' 'unsafe-eval' data: blob:; \
                     base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// A file that is asked for.
struct Wanted {
    commit: String,
    run: String,
    path: Vec<u8>,
}

/// A file that was found and opened.
struct Opened {
    entry: RunEntry,
    object: String,
    content: Content,
}

/// `/jci/<commit>/[<runId>/]<file>/raw` and `/jci/<commit>/<runId>/archive.tar`
pub(crate) async fn raw(
    State(app): State<App>,
    uri: Uri,
    request: HeaderMap,
) -> Result<Response, Fault> {
    let parts: Vec<_> = uri.path().trim_start_matches("/jci/").split('/').collect();
    let (wanted, is_named) = match parts[..] {
        [commit, run, "archive.tar"] if is_run(run) => {
            return archive::archive(app, commit.to_owned(), run.to_owned(), &request).await;
        }
        [commit, run, ref file @ .., "raw"] if is_run(run) && !file.is_empty() => {
            (wanted(commit, run, file)?, true)
        }
        [commit, ref file @ .., "raw"] => (wanted(commit, "latest", file)?, false),
        _ => {
            let detail = format!("{:?} does not end with /raw or /archive.tar", uri.path());
            return Err(Fault::new(StatusCode::NOT_FOUND, "no such address", detail));
        }
    };
    let path = wanted.path.clone();
    let opened = app.view(move |views| open(views, &wanted)).await??;
    let mut response = serve(&app, &request, &path, opened)?;
    let out = response.headers_mut();
    out.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(ALONE));
    if is_named {
        out.insert(header::CACHE_CONTROL, HeaderValue::from_static(FOR_EVER));
    }
    if Params::of(&uri).bytes("download").is_some() {
        out.insert(header::CONTENT_DISPOSITION, attachment(&path));
    }
    Ok(response)
}

/// `/site/<key>/<commit>/<runId>/<file>`
pub(crate) async fn site(
    State(app): State<App>,
    uri: Uri,
    request: HeaderMap,
) -> Result<Response, Fault> {
    let parts: Vec<_> = uri.path().trim_start_matches("/site/").split('/').collect();
    let [key, commit, run, ref file @ ..] = parts[..] else {
        return Err(unknown_site());
    };
    let wanted = wanted(commit, run, file)?;
    let (key, path) = (key.to_owned(), wanted.path.clone());
    let (opened, folder) = app
        .view(move |views| {
            let opened = open(views, &wanted)?;
            let name = &opened.entry.name;
            // Refused only here, so that the key is compared with that of a run that is there.
            let folder = (key == views.keys().key(name)).then(|| views.keys().folder(name));
            Ok::<_, ViewError>((opened, folder))
        })
        .await??;
    let folder = folder.ok_or_else(unknown_site)?;
    let host = request.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let policy = HeaderValue::from_str(&site_policy(host, &folder))
        .map_err(|_| Fault::malformed("the header host is no text"))?;
    let mut response = serve(&app, &request, &path, opened)?;
    let out = response.headers_mut();
    out.insert(header::CONTENT_SECURITY_POLICY, policy);
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static(FOR_EVER));
    headers::load_from_anywhere(out);
    Ok(response)
}

fn unknown_site() -> Fault {
    let detail = "this address is not, or no longer, that of an artifact: open it from its run";
    Fault::new(StatusCode::NOT_FOUND, "no such address", detail)
}

/// What an artifact may do: run its scripts, of no origin, and load files of its own run.
fn site_policy(host: &str, folder: &str) -> String {
    let own = sources(host, folder);
    format!(
        "sandbox allow-scripts; default-src {own} 'unsafe-inline' 'unsafe-eval' data: blob:; \
         connect-src 'none'; base-uri 'none'; form-action 'none'"
    )
}

/// Names what lies below a folder of this server, as a policy does.
pub(super) fn sources(host: &str, folder: &str) -> String {
    // Policies cannot name IPv6 addresses.
    if host.starts_with('[') {
        return "'self'".to_owned();
    }
    format!("http://{host}{folder} https://{host}{folder}")
}

fn is_run(text: &str) -> bool {
    text.parse::<RunId>().is_ok()
}

fn wanted(commit: &str, run: &str, file: &[&str]) -> Result<Wanted, Fault> {
    let path = file_path(file)?;
    Ok(Wanted { commit: commit.to_owned(), run: run.to_owned(), path })
}

fn open(views: &Views, wanted: &Wanted) -> Result<Opened, ViewError> {
    let entry = views.find_stored(&wanted.commit, &wanted.run)?;
    let file = views.file(&entry, &wanted.path)?;
    let content = Content::open(&Run::open(views.store(), &entry)?, &file)?;
    Ok(Opened { entry, object: file.object_id(), content })
}

fn serve(app: &App, request: &HeaderMap, path: &[u8], opened: Opened) -> Result<Response, Fault> {
    let tag = format!("\"{}\"", opened.object);
    let size = opened.content.size();
    let range = match ByteRange::asked(request, Some(&tag), size) {
        Ok(range) => range,
        Err(error) => {
            let status = StatusCode::RANGE_NOT_SATISFIABLE;
            let mut response =
                Fault::new(status, "no such part", error.to_string()).into_response();
            let headers = response.headers_mut();
            headers.insert(header::CONTENT_RANGE, content_range(&format!("bytes */{size}"))?);
            return Ok(response);
        }
    };
    let part = range.unwrap_or(ByteRange::from(0, size));
    let told = content_range(&part.told(size))?;
    Ok(tagged(request, &tag, || {
        let headers = [
            (header::CONTENT_TYPE, HeaderValue::from_static(media_type(path))),
            (header::CONTENT_LENGTH, HeaderValue::from(part.length)),
            (header::ACCEPT_RANGES, HeaderValue::from_static("bytes")),
        ];
        let part = Part::new(opened.content, part.first, part.length);
        let mut response = (headers, body(app.jobs.clone(), part)).into_response();
        if range.is_some() {
            *response.status_mut() = StatusCode::PARTIAL_CONTENT;
            response.headers_mut().insert(header::CONTENT_RANGE, told);
        }
        response
    }))
}

fn content_range(part: &str) -> Result<HeaderValue, Fault> {
    HeaderValue::from_str(part).map_err(|error| Fault::failed(&error))
}

/// Names the file that a download becomes, in ASCII and for browsers that know better, in UTF-8.
#[must_use]
pub fn attachment(path: &[u8]) -> HeaderValue {
    let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or(path);
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._ +,=@".contains(byte);
    let plain: String =
        name.iter().map(|byte| if is_plain(byte) { char::from(*byte) } else { '_' }).collect();
    let encoded = encode(String::from_utf8_lossy(name).as_bytes());
    let value = format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}");
    HeaderValue::from_str(&value).unwrap_or(HeaderValue::from_static("attachment"))
}
