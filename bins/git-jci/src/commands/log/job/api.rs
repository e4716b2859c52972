//! Asking a server about a job.

use std::time::Duration;

use jci_proto::Problem;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue, LOCATION, RETRY_AFTER};
use reqwest::{Client, Response, StatusCode};

use super::address::JobAddress;
use super::client::client;
use super::token::{Token, VARIABLE};
use crate::context::Context;
use crate::error::CommandError;

/// So much of an answer that says no is read.
const LONGEST_PROBLEM: usize = 64 * 1024;

/// The API of the server of one job.
pub(super) struct Api<'a> {
    client: Client,
    address: &'a JobAddress,
    context: &'a Context,
    token: Option<Token>,
    /// Where a token may still come from, the last one first.
    sources: Vec<Source>,
}

/// Where a token may come from.
#[derive(Clone, Copy)]
enum Source {
    Environment,
    Git,
}

/// Why there is no answer.
pub(super) enum Failure {
    /// The server cannot be reached, or was cut off in the middle.
    Away(reqwest::Error),
    /// It answers, and says that it would do better later.
    Later { why: String, wait: Option<Duration> },
    /// It says no, and will say no again.
    Final(CommandError),
}

impl<'a> Api<'a> {
    pub(super) fn new(address: &'a JobAddress, context: &'a Context) -> Result<Self, CommandError> {
        let sources = vec![Source::Git, Source::Environment];
        let mut api = Self { client: client(address)?, address, context, token: None, sources };
        // A key opens the job by itself: the token is not shown to who may not need it.
        if !address.has_key() {
            api.sources.pop();
            api.token = Token::of_environment()?;
        }
        Ok(api)
    }

    pub(super) fn address(&self) -> &'a JobAddress {
        self.address
    }

    /// Asks for something of the job; for a token only if the server wants one.
    pub(super) async fn get(
        &mut self,
        what: &str,
        query: &[(&str, String)],
        last_event: Option<&str>,
    ) -> Result<Response, Failure> {
        loop {
            let mut request = self.client.get(self.address.call(what, query));
            if let Some(token) = &self.token {
                request = request.header(AUTHORIZATION, token.header());
            }
            if let Some(last) = last_event {
                request = request.header("last-event-id", last);
            }
            let answer = request.send().await.map_err(Failure::Away)?;
            if answer.status() != StatusCode::UNAUTHORIZED {
                self.judge_token(true)?;
                return check(answer, self.address).await;
            }
            self.judge_token(false)?;
            if !self.next_token().map_err(Failure::Final)? {
                return Err(Failure::Final(self.unauthorized()));
            }
        }
    }

    /// Lets git keep a token that was taken, and forget one that was not.
    fn judge_token(&mut self, taken: bool) -> Result<(), Failure> {
        if let Some(token) = self.token.as_mut() {
            token.judged(taken, self.address, self.context).map_err(Failure::Final)?;
            // Once is enough.
            token.is_of_helper &= !taken;
        }
        Ok(())
    }

    /// Gets a token from where none was sought yet, unless one was shown; tells whether there is.
    fn next_token(&mut self) -> Result<bool, CommandError> {
        if self.token.is_some() {
            return Ok(false);
        }
        while let (None, Some(source)) = (&self.token, self.sources.pop()) {
            self.token = match source {
                Source::Environment => Token::of_environment()?,
                Source::Git => Token::of_git(self.address, self.context)?,
            };
        }
        Ok(self.token.is_some())
    }

    fn unauthorized(&self) -> CommandError {
        let server = self.address.server();
        let message = match &self.token {
            Some(token) if token.is_of_helper => {
                format!("{server} does not take the token that git has for it")
            }
            Some(_) => format!("{server} does not take the token in {VARIABLE}"),
            None if self.address.has_key() => {
                format!("{server} does not take the key in the address of the job")
            }
            None => format!("{server} shows this job only with a key or a token"),
        };
        CommandError::not_possible(message)
            .hint("give the address as the status of the commit links to it, with its `?key=…`")
            .hint(format!("or set {VARIABLE} to the token of the server's API"))
    }
}

/// Parts answers into those that are one and those that are not.
async fn check(answer: Response, address: &JobAddress) -> Result<Response, Failure> {
    let status = answer.status();
    if status.is_success() {
        return Ok(answer);
    }
    let wait = answer.headers().get(RETRY_AFTER).and_then(seconds);
    if let Some(to) = answer.headers().get(LOCATION).and_then(|to| to.to_str().ok()) {
        let error = CommandError::not_possible(format!("{} is elsewhere: {to}", address.server()))
            .hint("give the address of the job there");
        return Err(Failure::Final(error));
    }
    let said = problem(answer).await;
    let server = address.server();
    let why = match &said {
        Some(problem) => problem.detail.clone(),
        None => format!("it answers with {status}"),
    };
    Err(match (status, said) {
        (
            StatusCode::TOO_MANY_REQUESTS
            | StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT,
            _,
        ) => Failure::Later { why, wait },
        (StatusCode::NOT_FOUND, Some(_)) => Failure::Final(
            CommandError::not_possible(format!("{server} does not give this log"))
                .because(why)
                .hint("a server forgets old jobs; their runs are in the repository: type `git jci pull`"),
        ),
        (StatusCode::NOT_FOUND, None) => Failure::Final(
            CommandError::not_possible(format!("there is no jci-server at {server}"))
                .because(why)
                .hint("give the address of the job's page, which the status of the commit links to"),
        ),
        _ => Failure::Final(
            CommandError::failed(format!("{server} does not give this log")).because(why),
        ),
    })
}

fn seconds(value: &HeaderValue) -> Option<Duration> {
    value.to_str().ok()?.parse().ok().map(Duration::from_secs)
}

/// Reads what the server says is wrong, if it is one that says so in a known form.
async fn problem(mut answer: Response) -> Option<Problem> {
    let kind = answer.headers().get(CONTENT_TYPE)?.to_str().ok()?;
    if kind != "application/problem+json" {
        return None;
    }
    let mut body = Vec::new();
    while let Ok(Some(piece)) = answer.chunk().await {
        body.extend_from_slice(&piece);
        if body.len() > LONGEST_PROBLEM {
            return None;
        }
    }
    serde_json::from_slice(&body).ok()
}

impl Failure {
    /// Says what failed, where nothing is to be tried again.
    pub(super) fn into_error(self, address: &JobAddress) -> CommandError {
        let server = address.server();
        match self {
            Self::Away(error) if error.is_connect() => {
                CommandError::failed(format!("{server} cannot be reached"))
                    .because(cause(&error))
                    .hint("is the address right, and does the server run?")
            }
            Self::Away(error) => {
                CommandError::failed(format!("the connection to {server} was cut"))
                    .because(cause(&error))
                    .hint("type it again; with `-f` it goes on by itself")
            }
            Self::Later { why, .. } => {
                CommandError::failed(format!("{server} does not give this log now")).because(why)
            }
            Self::Final(error) => error,
        }
    }

    /// Says in a phrase why it is tried again.
    pub(super) fn phrase(&self) -> String {
        match self {
            Self::Away(error) => cause(error),
            Self::Later { why, .. } => why.clone(),
            Self::Final(_) => String::new(),
        }
    }
}

/// Names the cause at the bottom, without the address, which may hold a key.
fn cause(error: &reqwest::Error) -> String {
    let mut innermost: &dyn std::error::Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    if error.is_timeout() {
        return "it did not answer in time".to_owned();
    }
    let said = innermost.to_string();
    // Only an error without causes names the address itself.
    if error.url().is_some_and(|url| said.contains(url.as_str())) {
        return "the answer was not understood".to_owned();
    }
    said
}
