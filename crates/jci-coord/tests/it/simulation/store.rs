//! A store around a store: operations stop in it, fail in it, and what they commit is written down.

use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use async_trait::async_trait;
use jci_coord::{
    Attempt, Change, Job, NewStatus, Status, Store, StoreError, StoreResult, Transaction,
};

use super::chance::Chance;
use super::mutations::Mutation;

/// A row that a transaction wrote.
#[derive(Debug, Clone)]
pub(super) enum Write {
    NewJob(Box<Job>),
    Job(Box<Job>),
    NewAttempt(Box<Attempt>),
    Attempt(Box<Attempt>),
    NewStatus(Box<NewStatus>),
    Status(Box<Status>),
}

/// What simulation and store tell each other.
pub(super) struct Hub {
    shared: Mutex<Shared>,
    /// Whether tasks stop within transactions too.
    stops_within: bool,
    pub(super) mutation: Option<Mutation>,
}

struct Shared {
    chance: Chance,
    /// How many of a thousand steps fail.
    trouble: u64,
    has_paused: bool,
    commits: Vec<Vec<Write>>,
}

impl Hub {
    pub(super) fn new(chance: Chance, stops_within: bool, mutation: Option<Mutation>) -> Self {
        let shared = Shared { chance, trouble: 0, has_paused: false, commits: Vec::new() };
        Self { shared: Mutex::new(shared), stops_within, mutation }
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets so many of a thousand steps fail from now on.
    pub(super) fn set_trouble(&self, trouble: u64) {
        self.lock().trouble = trouble;
    }

    /// Returns what was committed since the last call.
    pub(super) fn take_commits(&self) -> Vec<Vec<Write>> {
        std::mem::take(&mut self.lock().commits)
    }

    /// Tells, once, whether a task has stopped at a place of ours.
    pub(super) fn has_paused(&self) -> bool {
        std::mem::take(&mut self.lock().has_paused)
    }

    pub(super) fn is(&self, mutation: Mutation) -> bool {
        self.mutation == Some(mutation)
    }

    pub(super) fn says(&self, in_a_thousand: u64) -> bool {
        self.lock().chance.says(in_a_thousand)
    }

    /// Stops, so that another task can go on first.
    async fn pause(&self) {
        let mut is_first = true;
        poll_fn(|context| {
            if !std::mem::take(&mut is_first) {
                return Poll::Ready(());
            }
            self.lock().has_paused = true;
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
    }

    /// Fails now and then, if there is trouble.
    fn trouble(&self, what: &'static str) -> StoreResult<()> {
        let mut shared = self.lock();
        let trouble = shared.trouble;
        if trouble == 0 || !shared.chance.says(trouble) {
            return Ok(());
        }
        let source = "the simulation wants it so".into();
        Err(match shared.chance.place(3) {
            0 => StoreError::Full { source },
            1 => StoreError::Busy { source },
            _ => StoreError::Unavailable { what, source },
        })
    }

    /// Lets two servers be in each other's way now and then, if there is trouble.
    fn conflict(&self) -> StoreResult<()> {
        let mut shared = self.lock();
        let trouble = shared.trouble;
        if trouble == 0 || !shared.chance.says(trouble) {
            return Ok(());
        }
        Err(StoreError::Conflict { source: "the simulation wants it so".into() })
    }

    /// Comes before every read and write of a transaction.
    pub(super) async fn step(&self, what: &'static str) -> StoreResult<()> {
        if self.stops_within && self.says(250) {
            self.pause().await;
        }
        self.trouble(what)
    }
}

/// The store of the simulated servers.
pub(super) struct WatchedStore {
    pub(super) inner: Arc<dyn Store>,
    pub(super) hub: Arc<Hub>,
}

/// A transaction in it.
pub(super) struct Watched {
    pub(super) inner: Box<dyn Transaction>,
    pub(super) hub: Arc<Hub>,
    pub(super) writes: Vec<Write>,
}

impl WatchedStore {
    fn watch(&self, inner: Box<dyn Transaction>) -> Box<dyn Transaction> {
        Box::new(Watched { inner, hub: Arc::clone(&self.hub), writes: Vec::new() })
    }
}

#[async_trait]
impl Store for WatchedStore {
    async fn write(&self) -> StoreResult<Box<dyn Transaction>> {
        self.hub.pause().await;
        self.hub.trouble("beginning to write")?;
        Ok(self.watch(self.inner.write().await?))
    }

    async fn read(&self) -> StoreResult<Box<dyn Transaction>> {
        self.hub.pause().await;
        self.hub.trouble("beginning to read")?;
        Ok(self.watch(self.inner.read().await?))
    }
}

#[async_trait]
impl Transaction for Watched {
    async fn commit(self: Box<Self>) -> StoreResult<()> {
        let Self { inner, hub, writes } = *self;
        hub.step("the commit").await?;
        hub.conflict()?;
        if hub.is(Mutation::CommitsAreLost) && hub.says(50) {
            hub.lock().commits.push(writes);
            return Ok(());
        }
        inner.commit().await?;
        hub.lock().commits.push(writes);
        hub.pause().await;
        // A connection that breaks just then leaves its server in the dark.
        hub.trouble("hearing of the commit")
    }

    async fn announce(&mut self, change: &Change) -> StoreResult<()> {
        self.inner.announce(change).await
    }
}
