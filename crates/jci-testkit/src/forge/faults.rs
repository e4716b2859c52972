//! What goes wrong, and which requests meet it.

use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use http_body_util::{BodyExt as _, BodyStream, StreamBody};
use hyper::StatusCode;
use hyper::body::Frame;
use hyper::header::{HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use tokio::sync::watch;

use super::FakeForge;
use super::answer::{self, Answer, Body};
use super::world::{State, World};

/// A part of the forge that can be ill while the others are well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// The API.
    Api,
    /// Git over HTTP.
    Git,
    /// The webhooks that the forge sends.
    Webhooks,
}

/// Which requests meet a fault or are held back.
#[derive(Clone, Debug)]
pub struct Which {
    family: Family,
    method: Option<&'static str>,
    containing: Option<String>,
}

impl Which {
    /// All requests of a family.
    #[must_use]
    pub fn all(family: Family) -> Self {
        Self { family, method: None, containing: None }
    }

    /// Only those with this method.
    #[must_use]
    pub fn method(self, method: &'static str) -> Self {
        Self { method: Some(method), ..self }
    }

    /// Only those whose path, query included, contains a text.
    #[must_use]
    pub fn containing(self, text: &str) -> Self {
        Self { containing: Some(text.to_owned()), ..self }
    }

    fn fits(&self, family: Family, method: &str, path: &str) -> bool {
        self.family == family
            && self.method.is_none_or(|only| only == method)
            && self.containing.as_ref().is_none_or(|text| path.contains(text.as_str()))
    }
}

impl From<Family> for Which {
    fn from(family: Family) -> Self {
        Self::all(family)
    }
}

/// What happens to a request instead of what should.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The connection is closed; nothing was done. A webhook is not sent.
    Closed,
    /// All is done as it should be, and then the connection is closed without an answer.
    Lost,
    /// The body ends after so many bytes, and so does the connection.
    Cut {
        /// How many bytes still come through.
        after: usize,
    },
    /// The body comes byte by byte.
    Drip {
        /// How long each byte takes.
        pause: Duration,
    },
    /// 401, as if the token were none.
    Unauthorized,
    /// 403, as if the token might not.
    Forbidden,
    /// 429, with the seconds to wait.
    TooManyRequests {
        /// What stands in `Retry-After`.
        seconds: u64,
    },
    /// 500, with nothing said.
    Internal,
    /// The HTML page of a proxy that does not reach the forge.
    BadGateway,
}

impl Fault {
    /// Returns the answer that stands in for the one of the forge, if nothing is to be done.
    pub(super) fn answer(&self) -> Option<Answer> {
        let said = |status, message: &str| {
            let body = serde_json::json!({"message": message, "url": ""});
            Some(answer::json(status, &body))
        };
        match self {
            Self::Unauthorized => {
                let mut answer = said(StatusCode::UNAUTHORIZED, "invalid username or token")?;
                answer.headers_mut().insert(WWW_AUTHENTICATE, answer::realm());
                Some(answer)
            }
            Self::Forbidden => said(StatusCode::FORBIDDEN, "forbidden"),
            Self::TooManyRequests { seconds } => {
                let mut answer = answer::text(StatusCode::TOO_MANY_REQUESTS, "slow down");
                answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from(*seconds));
                Some(answer)
            }
            Self::Internal => said(StatusCode::INTERNAL_SERVER_ERROR, ""),
            Self::BadGateway => {
                let page = "<html><head><title>502 Bad Gateway</title></head></html>\n";
                Some(answer::bytes(StatusCode::BAD_GATEWAY, "text/html; charset=utf-8", page))
            }
            Self::Closed | Self::Lost | Self::Cut { .. } | Self::Drip { .. } => None,
        }
    }

    /// Makes a body come as the fault says.
    pub(super) fn spoil(&self, body: Body) -> Body {
        match self {
            Self::Cut { after } => cut(body, *after),
            Self::Drip { pause } => drip(body, *pause),
            _ => body,
        }
    }
}

fn pieces(body: Body) -> impl stream::Stream<Item = Bytes> {
    BodyStream::new(body).filter_map(async |frame| frame.ok()?.into_data().ok())
}

fn cut(body: Body, after: usize) -> Body {
    let pieces = pieces(body).scan(after, |left, piece| {
        let kept = piece.slice(..piece.len().min(*left));
        *left -= kept.len();
        std::future::ready((!kept.is_empty()).then_some(kept))
    });
    let end = stream::once(async {
        // Whoever waits for more sends first what is there already.
        tokio::task::yield_now().await;
        Err(std::io::Error::other("the connection is cut"))
    });
    let frames = pieces.map(|piece| Ok(Frame::data(piece))).chain(end);
    StreamBody::new(frames).boxed_unsync()
}

fn drip(body: Body, pause: Duration) -> Body {
    let bytes = pieces(body)
        .flat_map(|piece| stream::iter((0..piece.len()).map(move |at| piece.slice(at..=at))));
    let frames = bytes.then(move |byte| async move {
        tokio::time::sleep(pause).await;
        Ok(Frame::data(byte))
    });
    StreamBody::new(frames).boxed_unsync()
}

/// A fault that is there for some requests or for all.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    which: Which,
    fault: Fault,
    left: Option<u32>,
}

/// Holds requests back until it is opened or dropped.
#[derive(Debug)]
#[must_use = "a gate that is dropped is open"]
pub struct Gate<'a> {
    forge: &'a FakeForge,
    id: u64,
}

/// A gate as those see it who stand before it.
#[derive(Debug)]
pub(super) struct Held {
    id: u64,
    which: Which,
    open: watch::Sender<bool>,
    waiting: usize,
}

impl Gate<'_> {
    /// Waits until this many requests stand before the gate.
    ///
    /// # Panics
    /// If that does not happen within half a minute.
    #[track_caller]
    pub fn wait_for(&self, count: usize) {
        self.forge.wait_until(&format!("{count} requests before the gate"), |forge| {
            let state = forge.world.state();
            let gate = state.gates.iter().find(|gate| gate.id == self.id)?;
            (gate.waiting >= count).then_some(())
        });
    }

    /// Lets all through.
    pub fn open(self) {
        drop(self);
    }
}

impl Drop for Gate<'_> {
    fn drop(&mut self) {
        let mut state = self.forge.world.state();
        state.gates.retain(|gate| {
            if gate.id == self.id {
                gate.open.send_replace(true);
            }
            gate.id != self.id
        });
    }
}

impl FakeForge {
    /// Lets the next `count` requests that fit meet a fault; faults that were set earlier first.
    ///
    /// If fewer come until the end, the test fails, unless it heals the forge.
    pub fn fail_next(&self, count: u32, which: impl Into<Which>, fault: Fault) {
        self.add_fault(which.into(), fault, Some(count));
    }

    /// Lets all requests that fit meet a fault, until [`FakeForge::heal`].
    pub fn fail(&self, which: impl Into<Which>, fault: Fault) {
        self.add_fault(which.into(), fault, None);
    }

    fn add_fault(&self, which: Which, fault: Fault, left: Option<u32>) {
        let answers = fault.answer().is_some() || fault == Fault::Lost;
        assert!(
            which.family != Family::Webhooks || !answers,
            "a webhook is answered by its receiver, so that it cannot meet {fault:?}"
        );
        self.world.state().rules.push(Rule { which, fault, left });
    }

    /// Removes all faults.
    pub fn heal(&self) {
        self.world.state().rules.clear();
    }

    /// Holds back all requests that fit, from here on.
    pub fn hold(&self, which: impl Into<Which>) -> Gate<'_> {
        let mut state = self.world.state();
        let id = state.next_id();
        let open = watch::Sender::new(false);
        state.gates.push(Held { id, which: which.into(), open, waiting: 0 });
        Gate { forge: self, id }
    }
}

impl State {
    /// Complains of faults that were to be met and were not.
    pub(super) fn complain_of_faults(&mut self) {
        for rule in std::mem::take(&mut self.rules) {
            if let Some(left @ 1..) = rule.left {
                self.complain(format!("{:?} was not met {left} times", rule.fault));
            }
        }
    }
}

impl World {
    /// Takes the fault that a request meets, if any.
    pub(super) fn next_fault(&self, family: Family, method: &str, path: &str) -> Option<Fault> {
        let mut state = self.state();
        let mut rules = state.rules.iter_mut();
        let rule = rules.find(|rule| rule.left != Some(0) && rule.which.fits(family, method, path));
        let rule = rule?;
        rule.left = rule.left.map(|left| left - 1);
        Some(rule.fault.clone())
    }

    /// Waits before the gates that hold a request back.
    pub(super) async fn hold(&self, family: Family, method: &str, path: &str) {
        let opens: Vec<_> = self.change(|state| {
            let gates = state.gates.iter_mut();
            gates
                .filter(|gate| gate.which.fits(family, method, path))
                .map(|gate| {
                    gate.waiting += 1;
                    gate.open.subscribe()
                })
                .collect()
        });
        for mut open in opens {
            // A gate that is gone is open.
            let _ = open.wait_for(|open| *open).await;
        }
    }
}
