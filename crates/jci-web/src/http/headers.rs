//! What browsers are told about every answer, so that the one half of them guards the other.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

/// The policy of what is not looked at as a page: nothing is loaded, run or framed.
const NOTHING: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; \
                       frame-ancestors 'none'; sandbox";

const CORP: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// Adds to every answer what it does not say itself. Never is another site allowed to read it.
pub(crate) async fn secure(request: Request, next: Next) -> Response {
    secured(next.run(request).await)
}

/// Adds to an answer what it does not say itself.
pub(crate) fn secured(mut response: Response) -> Response {
    let headers = response.headers_mut();
    set_default(headers, header::CONTENT_SECURITY_POLICY, NOTHING);
    set_default(headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set_default(headers, header::REFERRER_POLICY, "no-referrer");
    set_default(headers, CORP, "same-origin");
    set_default(headers, header::CACHE_CONTROL, "no-cache");
    response
}

fn set_default(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers.entry(name).or_insert(HeaderValue::from_static(value));
}

/// Lets pages of any origin load the answer, though none can read it.
pub(crate) fn load_from_anywhere(headers: &mut HeaderMap) {
    headers.insert(CORP, HeaderValue::from_static("cross-origin"));
}
