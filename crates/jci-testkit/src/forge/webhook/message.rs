//! A webhook on its way: what stands in it, and how it gets there.

use std::net::Ipv4Addr;

use bytes::Bytes;
use hyper::client::conn::http1;
use hyper::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HOST};
use hyper::{Method, Request, Uri};
use hyper_util::rt::TokioIo;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use ring::hmac;
use tokio::net::TcpStream;

use super::deliver::Task;
use super::hook::{Hook, HookSettings};
use crate::forge::Flavour;
use crate::forge::answer::{Body, full};
use crate::forge::faults::{Family, Fault};
use crate::forge::world::World;

/// What a form need not escape; a space is a plus there.
const FORM: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'*');

/// A webhook as it goes over the wire.
pub(super) struct Message {
    url: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Bytes,
}

impl Message {
    pub(super) fn new(flavour: Flavour, hook: &Hook, task: &Task) -> Self {
        let settings = &hook.settings;
        let (kind, body) = if settings.form {
            let escaped = utf8_percent_encode(&task.json, FORM).to_string().replace("%20", "+");
            ("application/x-www-form-urlencoded", format!("payload={escaped}"))
        } else {
            ("application/json", task.json.clone())
        };
        let mut headers = vec![(CONTENT_TYPE.to_string(), kind.to_owned())];
        headers.extend(event_headers(flavour, settings, task));
        if !settings.authorization.is_empty() {
            headers.push((AUTHORIZATION.to_string(), settings.authorization.clone()));
        }
        Self { url: settings.url.clone(), headers, body: body.into() }
    }

    /// Sends it, and returns the status of the answer, or why there is none.
    pub(super) async fn post(&self, world: &World) -> Result<u16, String> {
        let uri: Uri = self.url.parse().map_err(|_| "no valid address".to_owned())?;
        check_destination(world, &uri)?;
        let body = full(self.body.clone());
        let body = match world.next_fault(Family::Webhooks, "POST", &self.url) {
            Some(Fault::Closed) => return Err("the connection was lost".to_owned()),
            Some(fault) => fault.spoil(body),
            None => body,
        };
        let host = format!("{}:{}", uri.host().unwrap_or_default(), uri.port_u16().unwrap_or(80));
        let request = self.request(&uri, &host, body)?;
        exchange(&host, request).await
    }

    fn request(&self, uri: &Uri, host: &str, body: Body) -> Result<Request<Body>, String> {
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let mut request = Request::builder().method(Method::POST).uri(path);
        request = request.header(HOST, host).header(CONTENT_LENGTH, self.body.len());
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        request.body(body).map_err(|error| error.to_string())
    }
}

/// Says the same in the headers of every forge that the real one came from or stands in for.
fn event_headers(flavour: Flavour, settings: &HookSettings, task: &Task) -> Vec<(String, String)> {
    // What is signed is the JSON, also where a form is sent; without a secret, nothing is.
    let sign = |algorithm| match settings.secret.as_str() {
        "" => String::new(),
        secret => hex(&hmac::Key::new(algorithm, secret.as_bytes()), task.json.as_bytes()),
    };
    let sha256 = sign(hmac::HMAC_SHA256);
    let sha1 = sign(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY);
    let vendors = match flavour {
        Flavour::Gitea => &["Gitea", "Gogs", "GitHub"][..],
        Flavour::Forgejo => &["Forgejo", "Gitea", "Gogs", "GitHub"],
    };
    let mut headers = Vec::new();
    for vendor in vendors {
        let mut add = |name: &str, value: &str| {
            headers.push((format!("X-{vendor}-{name}").to_lowercase(), value.to_owned()));
        };
        add("Delivery", &task.id);
        add("Event", task.event());
        add("Event-Type", task.event_type);
        add("Hook-Installation-Target-Type", "repository");
        if *vendor != "GitHub" {
            add("Signature", &sha256);
        }
    }
    headers.push(("x-hub-signature".to_owned(), format!("sha1={sha1}")));
    headers.push(("x-hub-signature-256".to_owned(), format!("sha256={sha256}")));
    headers
}

fn hex(key: &hmac::Key, message: &[u8]) -> String {
    hmac::sign(key, message).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Lets nothing out of this machine, and nothing into it where the real forge would refuse that.
fn check_destination(world: &World, uri: &Uri) -> Result<(), String> {
    let host = uri.host().unwrap_or_default();
    let local = host == "localhost" || host.parse().is_ok_and(|ip: Ipv4Addr| ip.is_loopback());
    if uri.scheme_str() != Some("http") || !local {
        world.state().complain(format!("a webhook would leave this machine: {uri}"));
        return Err("a test does not reach other machines".to_owned());
    }
    if world.state().local_hooks_refused {
        return Err(format!("webhook can only call allowed HTTP servers, deny '{host}'"));
    }
    Ok(())
}

async fn exchange(host: &str, request: Request<Body>) -> Result<u16, String> {
    let stream = TcpStream::connect(host).await.map_err(|error| error.to_string())?;
    let handshake = http1::handshake(TokioIo::new(stream)).await;
    let (mut sender, connection) = handshake.map_err(|error| error.to_string())?;
    tokio::spawn(async move {
        // How the connection ends is told by the answer, or by its absence.
        let _ = connection.await;
    });
    let answer = sender.send_request(request).await.map_err(|error| error.to_string())?;
    Ok(answer.status().as_u16())
}
