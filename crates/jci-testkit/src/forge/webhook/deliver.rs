//! Sending webhooks, and the record of it.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use hyper::client::conn::http1;
use hyper::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HOST};
use hyper::{Method, Request, Uri};
use hyper_util::rt::TokioIo;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use ring::hmac;
use tokio::net::TcpStream;
use tokio::sync::mpsc;

use super::hook::Hook;
use crate::forge::answer::{Body, full};
use crate::forge::faults::{Family, Fault};
use crate::forge::world::{State, World};
use crate::forge::{FakeForge, Flavour};

/// What a form need not escape; a space is a plus there.
const FORM: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'*');

/// A webhook to be sent.
#[derive(Clone, Debug)]
pub(in crate::forge) struct Task {
    pub(super) id: String,
    pub(super) hook: u64,
    /// The finer name of the event.
    pub(super) event_type: &'static str,
    pub(super) json: String,
}

impl Task {
    fn event(&self) -> &'static str {
        if self.event_type == "pull_request_sync" { "pull_request" } else { self.event_type }
    }
}

/// A webhook that was sent, or could not be.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// The id of this delivery; a redelivery has another one.
    pub id: String,
    /// The webhook.
    pub hook: u64,
    /// The event, `pull_request` for one.
    pub event: &'static str,
    /// The finer name of the event, such as `pull_request_sync`.
    pub event_type: &'static str,
    /// The JSON, which a form holds in escapes.
    pub json: String,
    /// The headers that were sent.
    pub headers: Vec<(String, String)>,
    /// The body that was sent.
    pub body: Vec<u8>,
    /// The status of the answer, or why there was none.
    pub answer: Result<u16, String>,
    /// How long it took.
    pub duration: Duration,
}

impl FakeForge {
    /// Returns the deliveries that have ended, one way or the other, in this order.
    #[must_use]
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.world.state().deliveries.clone()
    }

    /// Waits until this many deliveries have ended since the start of the forge.
    ///
    /// # Panics
    /// If that does not happen within half a minute.
    #[track_caller]
    #[must_use]
    pub fn wait_for_deliveries(&self, count: usize) -> Vec<Delivery> {
        self.wait_until(&format!("{count} deliveries"), |forge| {
            Some(forge.deliveries()).filter(|found| found.len() >= count)
        })
    }

    /// Sends a webhook again, as a person does who presses the button, and returns its new id.
    ///
    /// # Panics
    /// If there was no delivery of that id.
    pub fn redeliver(&self, id: &str) -> String {
        let mut state = self.world.state();
        let mut sent = state.deliveries.iter();
        let sent = sent.find(|sent| sent.id == id).expect("there was such a delivery");
        let (hook, event_type, json) = (sent.hook, sent.event_type, sent.json.clone());
        let id = state.next_delivery_id();
        drop(state);
        self.world.queue(Task { id: id.clone(), hook, event_type, json });
        id
    }

    /// Sets how long a receiver has to answer, `DELIVER_TIMEOUT` of the real forge.
    pub fn deliver_timeout(&self, timeout: Duration) {
        self.world.state().deliver_timeout = timeout;
    }

    /// Sets whether webhooks may go to this machine and its network, which the real forge refuses
    /// until `ALLOWED_HOST_LIST` allows it. Here they may from the start.
    pub fn allow_local_hooks(&self, allow: bool) {
        self.world.state().local_hooks_refused = !allow;
    }
}

impl State {
    /// Returns an id of a delivery, which looks as random as any and is the same in every run.
    pub(super) fn next_delivery_id(&mut self) -> String {
        format!("5e1f0a7e-0000-4000-8000-{:012x}", self.next_id())
    }
}

impl World {
    pub(super) fn queue(&self, task: Task) {
        // Nobody takes tasks any more while the forge ends.
        let _ = self.tasks.send(task);
    }
}

/// Sends what is queued, one after the other, so that webhooks arrive in the order of events.
pub(in crate::forge) async fn deliver_all(
    world: Arc<World>,
    mut tasks: mpsc::UnboundedReceiver<Task>,
) {
    while let Some(task) = tasks.recv().await {
        let (hook, timeout) = {
            let state = world.state();
            let hook = state.hooks.iter().find(|hook| hook.id == task.hook).cloned();
            (hook, state.deliver_timeout)
        };
        // A webhook that was removed meanwhile is told nothing.
        let Some(hook) = hook else { continue };
        world.hold(Family::Webhooks, "POST", &hook.settings.url).await;
        let message = Message::new(world.flavour, &hook, &task);
        let start = Instant::now();
        let answer = tokio::time::timeout(timeout, post(&world, &message)).await;
        let delivery = Delivery {
            event: task.event(),
            event_type: task.event_type,
            id: task.id,
            hook: task.hook,
            json: task.json,
            headers: message.headers,
            body: message.body.to_vec(),
            answer: answer.unwrap_or_else(|_| Err("no answer in time".to_owned())),
            duration: start.elapsed(),
        };
        world.change(|state| state.deliveries.push(delivery));
    }
}

/// A webhook as it goes over the wire.
struct Message {
    url: String,
    headers: Vec<(String, String)>,
    body: Bytes,
}

impl Message {
    fn new(flavour: Flavour, hook: &Hook, task: &Task) -> Self {
        let settings = &hook.settings;
        let (kind, body) = if settings.form {
            let escaped = utf8_percent_encode(&task.json, FORM).to_string().replace("%20", "+");
            ("application/x-www-form-urlencoded", format!("payload={escaped}"))
        } else {
            ("application/json", task.json.clone())
        };
        // What is signed is the JSON, also where a form is sent.
        let sign = |algorithm| match settings.secret.as_str() {
            "" => String::new(),
            secret => hex(&hmac::Key::new(algorithm, secret.as_bytes()), task.json.as_bytes()),
        };
        let sha256 = sign(hmac::HMAC_SHA256);
        let sha1 = sign(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY);
        let mut headers = vec![(CONTENT_TYPE.to_string(), kind.to_owned())];
        let vendors = match flavour {
            Flavour::Gitea => &["Gitea", "Gogs", "GitHub"][..],
            Flavour::Forgejo => &["Forgejo", "Gitea", "Gogs", "GitHub"],
        };
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
        if !settings.authorization.is_empty() {
            headers.push((AUTHORIZATION.to_string(), settings.authorization.clone()));
        }
        Self { url: settings.url.clone(), headers, body: body.into() }
    }
}

fn hex(key: &hmac::Key, message: &[u8]) -> String {
    hmac::sign(key, message).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn post(world: &World, message: &Message) -> Result<u16, String> {
    let uri: Uri = message.url.parse().map_err(|_| "no valid address".to_owned())?;
    let host = uri.host().unwrap_or_default().to_owned();
    let port = uri.port_u16().unwrap_or(80);
    let local = host == "localhost" || host.parse().is_ok_and(|ip: Ipv4Addr| ip.is_loopback());
    if uri.scheme_str() != Some("http") || !local {
        world.state().complain(format!("a webhook would leave this machine: {uri}"));
        return Err("no way".to_owned());
    }
    if world.state().local_hooks_refused {
        return Err(format!("webhook can only call allowed HTTP servers, deny '{host}'"));
    }
    let fault = world.next_fault(Family::Webhooks, "POST", &message.url);
    let length = message.body.len();
    let body = full(message.body.clone());
    let body = match fault {
        Some(Fault::Closed) => return Err("the connection was lost".to_owned()),
        Some(fault) => fault.spoil(body),
        None => body,
    };
    let said = |error: &dyn std::fmt::Display| error.to_string();
    let stream = TcpStream::connect((host.as_str(), port)).await.map_err(|error| said(&error))?;
    let handshake = http1::handshake(TokioIo::new(stream)).await;
    let (mut sender, connection) = handshake.map_err(|error| said(&error))?;
    tokio::spawn(async move {
        // How the connection ends is told by the answer, or by its absence.
        let _ = connection.await;
    });
    let request = request(message, &uri, &format!("{host}:{port}"), length, body)?;
    let answer = sender.send_request(request).await.map_err(|error| said(&error))?;
    Ok(answer.status().as_u16())
}

fn request(
    message: &Message,
    uri: &Uri,
    host: &str,
    length: usize,
    body: Body,
) -> Result<Request<Body>, String> {
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let mut request = Request::builder().method(Method::POST).uri(path);
    request = request.header(HOST, host).header(CONTENT_LENGTH, length);
    for (name, value) in &message.headers {
        request = request.header(name, value);
    }
    request.body(body).map_err(|error| error.to_string())
}
