//! Who is answered at all.
//!
//! A page of somebody else, open in the same browser, can send requests here. It is told from our
//! own page by the headers that browsers add and that no page can forge; a page whose name was made
//! to lead to this machine (DNS rebinding) is told by `Host`.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::problem::Fault;

/// The names by which browsers may reach this server, exactly as they stand in `Host`.
#[derive(Debug, Clone)]
pub struct Hosts {
    allowed: Vec<String>,
}

impl Hosts {
    /// Allows the address that is listened on, as a number, and the usual names of this machine, if
    /// it is reached by them.
    #[must_use]
    pub fn of(address: SocketAddr) -> Self {
        let mut hosts = Self { allowed: Vec::new() };
        // Whoever listens on all addresses listens on these, too.
        if address.ip().is_loopback() || address.ip().is_unspecified() {
            for name in ["127.0.0.1", "localhost", "[::1]"] {
                hosts.allow_on(name, address.port());
            }
        }
        if !address.ip().is_unspecified() {
            let ip = address.ip();
            let name = if ip.is_ipv6() { format!("[{ip}]") } else { ip.to_string() };
            hosts.allow_on(&name, address.port());
        }
        hosts
    }

    /// Allows another name, with its port unless that is the usual one.
    pub fn allow(&mut self, host: &str) {
        if !self.has(host) {
            self.allowed.push(host.to_ascii_lowercase());
        }
    }

    fn allow_on(&mut self, name: &str, port: u16) {
        self.allow(&format!("{name}:{port}"));
        if port == 80 {
            self.allow(name);
        }
    }

    fn has(&self, host: &str) -> bool {
        self.allowed.contains(&host.to_ascii_lowercase())
    }

    fn check_host(&self, request: &Request) -> Result<(), Fault> {
        let given = one(request.headers(), &header::HOST)?.unwrap_or_default();
        let in_address = request.uri().authority().map(Authority::as_str);
        if self.has(given) && in_address.is_none_or(|host| self.has(host)) {
            return Ok(());
        }
        let detail = format!(
            "the request is for the host {given:?}, and this server is {}; if you reach it by that \
             name, start it with `--allow-host {}`",
            self.allowed.join(", "),
            if given.is_empty() { "NAME" } else { given },
        );
        Err(Fault::new(StatusCode::MISDIRECTED_REQUEST, "wrong host", detail))
    }

    fn check_origin(&self, request: &Request) -> Result<(), Fault> {
        let Some(origin) = one(request.headers(), &header::ORIGIN)? else { return Ok(()) };
        // What the frame of an artifact has for an origin, when it loads of its own run.
        if origin == "null" && is_of_a_frame(request) {
            return Ok(());
        }
        let host = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
        if host.is_some_and(|host| self.has(host)) {
            return Ok(());
        }
        let detail =
            format!("the request comes from {origin:?}, which is not a page of this server");
        Err(Fault::new(StatusCode::FORBIDDEN, "wrong origin", detail))
    }
}

/// Returns the value of a header that may be there once.
fn one<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a str>, Fault> {
    let mut values = headers.get_all(name).iter();
    let first = values.next().map(HeaderValue::to_str).transpose();
    match (first, values.next()) {
        (Ok(value), None) => Ok(value),
        _ => Err(Fault::malformed(format!("the header {name} is there twice or is no text"))),
    }
}

/// Lets requests through that are from our own page, or from a program that is no browser.
pub(crate) async fn check(
    State(hosts): State<Arc<Hosts>>,
    request: Request,
    next: Next,
) -> Response {
    let checked = hosts
        .check_host(&request)
        .and_then(|()| hosts.check_origin(&request))
        .and_then(|()| check_site(&request))
        .and_then(|()| check_request(&request));
    match checked {
        Ok(()) => next.run(request).await,
        Err(fault) => {
            let refused = fault.into_response();
            super::headers::secured(refused)
        }
    }
}

/// Tells whether this may be the frame of an artifact that loads something.
///
/// Such a frame has no origin, so that whatever it loads of its own run comes as if from another
/// site. What it may load it knows by an address that nobody can guess.
fn is_of_a_frame(request: &Request) -> bool {
    request.uri().path().starts_with("/site/")
}

/// Refuses what a page of another site makes the browser load; people may follow its links.
fn check_site(request: &Request) -> Result<(), Fault> {
    let headers = request.headers();
    let value = |name: &'static str| one(headers, &HeaderName::from_static(name));
    let site = value("sec-fetch-site")?.unwrap_or("none");
    let path = request.uri().path();
    let is_followed = value("sec-fetch-mode")? == Some("navigate")
        && matches!(value("sec-fetch-dest")?, None | Some("document"));
    let is_allowed = matches!(site, "none" | "same-origin")
        || is_of_a_frame(request)
        || (is_followed && !path.starts_with("/api/"));
    if is_allowed {
        return Ok(());
    }
    let detail = format!("the request for {path} comes from a page of another site ({site})");
    Err(Fault::new(StatusCode::FORBIDDEN, "wrong site", detail))
}

/// Refuses what could change something, and what has a body.
fn check_request(request: &Request) -> Result<(), Fault> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let detail = format!("{} is not answered here, only GET and HEAD", request.method());
        return Err(Fault::new(StatusCode::METHOD_NOT_ALLOWED, "wrong method", detail));
    }
    let headers = request.headers();
    let length = headers.get(header::CONTENT_LENGTH);
    if headers.contains_key(header::TRANSFER_ENCODING) || length.is_some_and(|length| length != "0")
    {
        let detail = "the request has a body, and none is read here";
        return Err(Fault::new(StatusCode::PAYLOAD_TOO_LARGE, "no body wanted", detail));
    }
    Ok(())
}
