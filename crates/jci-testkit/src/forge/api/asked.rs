//! A request to the API, taken apart, and what an answer is made of.

use std::sync::Arc;

use bytes::Bytes;
use hyper::StatusCode;
use hyper::header::{HeaderName, LINK};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

use crate::forge::access::Caller;
use crate::forge::account::Right;
use crate::forge::answer::{self, Answer};
use crate::forge::objects::Objects;
use crate::forge::repository::Repository;
use crate::forge::world::World;

/// What a handler comes to.
pub(super) type Outcome = Result<Answer, Refusal>;

/// An error as the API has them.
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    message: String,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, message: &str) -> Self {
        Self { status, message: message.to_owned() }
    }

    /// There is no such thing.
    pub(super) fn absent() -> Self {
        Self::new(StatusCode::NOT_FOUND, "The target couldn't be found.")
    }

    /// What was sent is of no use.
    pub(super) fn unusable(message: &str) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, message)
    }

    /// An error inside, of which the real forge says nothing.
    pub(super) fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "")
    }

    /// Makes the answer of it.
    pub(super) fn answer(&self, world: &World) -> Answer {
        let url = format!("{}/api/swagger", world.url);
        answer::json(self.status, &json!({"message": self.message, "url": url}))
    }
}

/// A request that may be answered.
pub(super) struct Asked<'a> {
    pub(super) world: &'a Arc<World>,
    /// Method and address, for complaints.
    pub(super) line: &'a str,
    /// What stands in the place of the parameters of the path, in their order.
    pub(super) parameters: Vec<String>,
    pub(super) query: Vec<(String, String)>,
    pub(super) body: Bytes,
    pub(super) caller: Caller,
    /// The repository that the path names, and what the caller may do with it.
    pub(super) repository: Option<(Repository, Right)>,
}

/// Answers with JSON.
pub(super) fn ok(value: &Value) -> Answer {
    answer::json(StatusCode::OK, value)
}

/// Answers that something was made.
pub(super) fn created(value: &Value) -> Answer {
    answer::json(StatusCode::CREATED, value)
}

/// Answers with nothing.
pub(super) fn empty() -> Answer {
    let mut answer = answer::bytes(StatusCode::NO_CONTENT, "application/json", Bytes::new());
    answer.headers_mut().clear();
    answer
}

impl Asked<'_> {
    /// Returns the last parameter of the path.
    pub(super) fn last(&self) -> &str {
        self.parameters.last().map_or("", String::as_str)
    }

    /// Returns the repository that the path names.
    pub(super) fn repository(&self) -> &Repository {
        &self.repository.as_ref().expect("the route is one of a repository").0
    }

    pub(super) fn right(&self) -> Option<Right> {
        self.repository.as_ref().map(|(_, right)| *right)
    }

    pub(super) fn objects(&self) -> Objects<'_> {
        Objects::new(self.world, &self.repository().path)
    }

    /// Returns the account that asks; only routes that need one call it.
    pub(super) fn account(&self) -> u64 {
        match self.caller {
            Caller::Known { account, .. } => account,
            Caller::Anonymous | Caller::Stranger => unreachable!("the route needs an account"),
        }
    }

    /// Reads the query; a parameter that the route does not know fails the test.
    pub(super) fn read_query(&mut self, query: &str, known: &[&str]) -> Result<(), Refusal> {
        let decode = |text: &str| {
            percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
        };
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = decode(name);
            if !known.contains(&name.as_str()) {
                let complaint = format!("the route knows no query parameter {name}: {}", self.line);
                self.world.state().complain(complaint);
                return Err(Refusal::unusable("unknown parameter"));
            }
            self.query.push((name, decode(value)));
        }
        Ok(())
    }

    /// Returns a parameter of the query.
    pub(super) fn query(&self, name: &str) -> Option<&str> {
        let mut pairs = self.query.iter();
        pairs.find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Returns a number of the query; what is none counts as missing, as in the real forge.
    pub(super) fn number(&self, name: &str, default: usize, most: usize) -> usize {
        let number = self.query(name).and_then(|value| value.parse().ok());
        number.filter(|number| *number > 0).unwrap_or(default).min(most)
    }

    /// Answers with a page of a list.
    pub(super) fn page(&self, all: &[Value]) -> Answer {
        let (page, limit) = (self.number("page", 1, usize::MAX), self.number("limit", 30, 50));
        let shown: Vec<_> = all.iter().skip((page - 1) * limit).take(limit).cloned().collect();
        let mut answer = ok(&shown.into());
        let pages = all.len().div_ceil(limit);
        let path = self.line.split_once(' ').map_or("", |(_, uri)| uri);
        let path = path.split('?').next().unwrap_or_default();
        let link = |page: usize, relation: &str| {
            let url = format!("{}{path}?limit={limit}&page={page}", self.world.url);
            format!("<{url}>; rel=\"{relation}\"")
        };
        let mut links = Vec::new();
        if page < pages {
            links.extend([link(page + 1, "next"), link(pages, "last")]);
        }
        if page > 1 {
            links.extend([link(1, "first"), link(page - 1, "prev")]);
        }
        let headers = answer.headers_mut();
        headers.insert(HeaderName::from_static("x-total-count"), all.len().into());
        if !links.is_empty() {
            let value = links.join(",").parse().expect("an address fits into a header");
            headers.insert(LINK, value);
        }
        answer
    }

    /// Reads the body; what is not the JSON that the route knows fails the test.
    pub(super) fn fields(&self, known: &[(&str, Kind)]) -> Result<Map<String, Value>, Refusal> {
        let wrong = |what: String| {
            self.world.state().complain(format!("{what}: {}", self.line));
            Err(Refusal::unusable(&what))
        };
        let Ok(Value::Object(fields)) = serde_json::from_slice(&self.body) else {
            return wrong("the body is no JSON object".to_owned());
        };
        for (name, value) in &fields {
            match known.iter().find(|(known, _)| known == name) {
                None => return wrong(format!("the route knows no field {name}")),
                Some((_, kind)) if !kind.fits(value) => {
                    return wrong(format!("the field {name} is not {kind:?}"));
                }
                Some(_) => {}
            }
        }
        Ok(fields)
    }
}

/// What a field must be.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Text,
    Flag,
    Texts,
    Object,
}

impl Kind {
    fn fits(self, value: &Value) -> bool {
        match self {
            Self::Text => value.is_string(),
            Self::Flag => value.is_boolean(),
            Self::Texts => value.as_array().is_some_and(|all| all.iter().all(Value::is_string)),
            Self::Object => value.is_object(),
        }
    }
}

/// Returns a text of a body, trimmed, empty where there is none.
pub(super) fn text(fields: &Map<String, Value>, name: &str) -> String {
    fields.get(name).and_then(Value::as_str).unwrap_or_default().trim().to_owned()
}

/// Returns a flag of a body, which is not set where there is none.
pub(super) fn flag(fields: &Map<String, Value>, name: &str) -> bool {
    fields.get(name).and_then(Value::as_bool).unwrap_or_default()
}
