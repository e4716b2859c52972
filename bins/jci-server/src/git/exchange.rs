//! One request of git with its answer, both moving at the same time.

use std::future::Future;
use std::sync::Arc;

use bytes::Bytes;
use http::HeaderMap;
use reqwest::{Body, Response};
use tracing::Span;

use super::GitProxy;
use super::asked::Service;
use super::forge::{ForgeError, failure};
use super::grant::{Grant, Refused};
use super::limits::Connection;
use super::outlet::{GitGone, Outlet};
use super::passage::Passage;
use super::progress::{Progress, Silence};
use super::upload::{Upload, UploadError, feed};

/// Fails because an exchange does not come to its end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ExchangeError {
    /// The forge's side failed.
    #[error("{0}")]
    Forge(#[from] ForgeError),
    /// git's side failed.
    #[error("{0}")]
    Upload(#[from] UploadError),
    /// git does not listen any more.
    #[error("git is gone")]
    GitGone,
}

impl ExchangeError {
    /// Tells whether the forge may have done what it was asked for all the same.
    pub(crate) fn leaves_doubt(&self) -> bool {
        matches!(self, Self::Forge(error) if error.leaves_doubt())
    }
}

impl From<GitGone> for ExchangeError {
    fn from(GitGone: GitGone) -> Self {
        Self::GitGone
    }
}

/// What all exchanges of an admitted job have.
#[derive(Debug)]
pub(crate) struct Exchange {
    pub(crate) proxy: Arc<GitProxy>,
    pub(crate) grant: Grant,
    /// What git sent along; two headers of it are looked at.
    pub(crate) headers: HeaderMap,
    pub(crate) progress: Arc<Progress>,
    /// Is given back when the exchange is over.
    pub(crate) _connection: Connection,
}

impl Exchange {
    /// Asks the forge for its list of refs.
    ///
    /// # Errors
    ///
    /// Fails as the forge does.
    pub(crate) async fn discover(&self, service: Service) -> Result<Response, ForgeError> {
        let discover = self.proxy.forge.discover(&self.grant.repository, service, &self.headers);
        self.progress.watch(discover).await.map_err(|silence| self.silent(silence))?
    }

    /// Moves a request to the forge and its answer to git.
    ///
    /// # Errors
    ///
    /// Fails as either side does; what git did wrong counts more than what the forge made of it.
    pub(crate) async fn call(
        &self,
        service: Service,
        (first, upload): (Bytes, &mut Upload),
        confirm: impl Future<Output = Result<(), Refused>>,
        relay: &mut Relay<'_, impl Passage + ?Sized>,
    ) -> Result<(), ExchangeError> {
        let (to, body) = feed();
        let (outlet, to_the_end) = (relay.outlet, relay.to_the_end);
        let answer = async {
            let body = Body::wrap_stream(body);
            let call = self.proxy.forge.call(&self.grant.repository, service, &self.headers, body);
            let answer = self.progress.watch(call).await.map_err(|it| self.silent(it))??;
            self.relay_all(answer, relay).await
        };
        let answer = while_heard(outlet, to_the_end, answer);
        match tokio::join!(upload.pass_on(first, to, confirm), answer) {
            (_, Ok(())) => Ok(()),
            (Err(error), Err(_)) => Err(error.into()),
            (Ok(()), Err(error)) => Err(error),
        }
    }

    /// Moves an answer to git.
    ///
    /// # Errors
    ///
    /// Fails if the forge breaks off, or if git is gone and that ends it.
    pub(crate) async fn relay(
        &self,
        answer: Response,
        relay: &mut Relay<'_, impl Passage + ?Sized>,
    ) -> Result<(), ExchangeError> {
        let (outlet, to_the_end) = (relay.outlet, relay.to_the_end);
        while_heard(outlet, to_the_end, self.relay_all(answer, relay)).await
    }

    async fn relay_all(
        &self,
        mut answer: Response,
        relay: &mut Relay<'_, impl Passage + ?Sized>,
    ) -> Result<(), ExchangeError> {
        loop {
            let piece = self.progress.watch(answer.chunk()).await.map_err(|it| self.silent(it))?;
            match piece.map_err(|error| failure(&error))? {
                Some(piece) => {
                    let passed = relay.passage.pass(&piece).map_err(|_| ForgeError::NotGit)?;
                    relay.give(passed, &self.progress).await?;
                }
                None => {
                    let passed = relay.passage.end().map_err(|_| ForgeError::BrokeOff)?;
                    return Ok(relay.give(passed, &self.progress).await?);
                }
            }
        }
    }

    fn silent(&self, Silence: Silence) -> ForgeError {
        ForgeError::Silent { limit: self.proxy.limits.silence }
    }

    /// Says in the log and in the trace how it went.
    pub(crate) fn log(&self, result: &Result<(), ExchangeError>) {
        let outcome = result.as_ref().map_or_else(ToString::to_string, |()| "ok".to_owned());
        let (received, sent) = (self.progress.received(), self.progress.sent());
        let span = Span::current();
        span.record("bytes_from_git", received).record("bytes_to_git", sent);
        span.record("outcome", &outcome);
        tracing::info!(bytes_from_git = received, bytes_to_git = sent, outcome, "git was served");
    }
}

/// Lets go of the forge once git is gone, unless what the forge says is of interest to the end.
async fn while_heard(
    outlet: &Outlet,
    to_the_end: bool,
    answer: impl Future<Output = Result<(), ExchangeError>>,
) -> Result<(), ExchangeError> {
    tokio::select! {
        biased;
        () = outlet.gone(), if !to_the_end => Err(GitGone.into()),
        result = answer => result,
    }
}

/// The way of an answer.
#[derive(Debug)]
pub(crate) struct Relay<'a, P: ?Sized> {
    /// What is done to it.
    pub(crate) passage: &'a mut P,
    outlet: &'a Outlet,
    /// Whether the answer is read to its end even if git is gone, and its last piece held back.
    to_the_end: bool,
    held: Bytes,
}

impl<'a, P: Passage + ?Sized> Relay<'a, P> {
    /// Makes a way that ends where git is gone.
    pub(crate) fn new(passage: &'a mut P, outlet: &'a Outlet) -> Self {
        Self { passage, outlet, to_the_end: false, held: Bytes::new() }
    }

    /// Makes a way on which all that the forge says is read, and the last of it held back.
    pub(crate) fn to_the_end(passage: &'a mut P, outlet: &'a Outlet) -> Self {
        Self { to_the_end: true, ..Self::new(passage, outlet) }
    }

    async fn give(&mut self, piece: Bytes, progress: &Progress) -> Result<(), GitGone> {
        if !self.to_the_end {
            return self.outlet.give(piece, progress).await;
        }
        if !piece.is_empty() {
            let held = std::mem::replace(&mut self.held, piece);
            // Whoever is gone does not hear it; what the forge says is still of interest.
            let _ = self.outlet.give(held, progress).await;
        }
        Ok(())
    }

    /// Lets git have what was held back.
    pub(crate) async fn release(&mut self, progress: &Progress) {
        // Nobody is left to hear it if git is gone.
        let _ = self.outlet.give(std::mem::take(&mut self.held), progress).await;
    }

    /// Ends an answer that failed with a sentence, or breaks it off where no sentence fits.
    pub(crate) async fn end_with(&mut self, error: &ExchangeError, progress: &Progress) {
        self.release(progress).await;
        let words = self.passage.last_words(&error.to_string());
        if words.is_empty() {
            self.outlet.break_off().await;
        } else {
            let _ = self.outlet.give(words, progress).await;
        }
    }
}
