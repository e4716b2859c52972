//! All that the forge keeps.

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::mpsc;

use super::account::{Account, IssuedToken};
use super::api::{DeployKey, Status};
use super::clock::Clock;
use super::faults::{Held, Rule};
use super::git_http::{self, Changed};
use super::pulls::Pull;
use super::repository::Repository;
use super::requests::SeenRequest;
use super::settings::Flavour;
use super::waiting::Changes;
use super::webhook::{Delivery, Hook, Task};
use crate::Environment;

/// How long the receiver of a webhook has to answer.
const DELIVER_TIMEOUT: Duration = Duration::from_secs(5);

/// The forge without its socket.
#[derive(Debug)]
pub(super) struct World {
    pub(super) flavour: Flavour,
    pub(super) url: String,
    pub(super) environment: Environment,
    pub(super) changes: Changes,
    pub(super) runtime: Handle,
    pub(super) tasks: mpsc::UnboundedSender<Task>,
    state: Mutex<State>,
}

/// What requests and tests change.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) accounts: Vec<Account>,
    pub(super) tokens: Vec<IssuedToken>,
    pub(super) repositories: Vec<Repository>,
    /// What came by pushes, with the number of the repository.
    pub(super) changed: Vec<(u64, Changed)>,
    pub(super) statuses: Vec<Status>,
    pub(super) pulls: Vec<Pull>,
    /// Comments, with the number of the repository and that of the pull request.
    pub(super) comments: Vec<((u64, u64), String)>,
    pub(super) keys: Vec<DeployKey>,
    pub(super) hooks: Vec<Hook>,
    pub(super) deliveries: Vec<Delivery>,
    pub(super) deliver_timeout: Duration,
    pub(super) local_hooks_refused: bool,
    pub(super) requests: Vec<SeenRequest>,
    pub(super) complaints: Vec<String>,
    pub(super) refusals_expected: bool,
    pub(super) sign_in_required: bool,
    pub(super) rules: Vec<Rule>,
    pub(super) gates: Vec<Held>,
    pub(super) clock: Clock,
    ids: u64,
}

impl World {
    pub(super) fn new(
        flavour: Flavour,
        url: String,
        runtime: Handle,
        tasks: mpsc::UnboundedSender<Task>,
    ) -> Self {
        let environment = Environment::new();
        git_http::install_hooks(&environment);
        let state = State { deliver_timeout: DELIVER_TIMEOUT, ..State::default() };
        let (changes, state) = (Changes::new(), Mutex::new(state));
        Self { flavour, url, environment, changes, runtime, tasks, state }
    }

    /// Locks the state; announces nothing.
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        // A test that failed while it held the lock says so itself.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the state, and wakes all who wait for a change.
    pub(super) fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let result = change(&mut self.state());
        self.changes.announce();
        result
    }

    /// Returns the folder of all repositories.
    pub(super) fn repositories(&self) -> PathBuf {
        self.environment.path("repositories")
    }
}

impl State {
    /// Returns a number that nothing else on this forge has.
    pub(super) fn next_id(&mut self) -> u64 {
        self.ids += 1;
        self.ids
    }

    /// Notes what the test must fail for.
    pub(super) fn complain(&mut self, complaint: impl Into<String>) {
        self.complaints.push(complaint.into());
    }

    /// Notes a request that was refused for its credentials, unless the test expects such.
    pub(super) fn refused(&mut self, complaint: impl Into<String>) {
        if !self.refusals_expected {
            self.complain(complaint);
        }
    }

    pub(super) fn repository(&self, full_name: &str) -> Option<&Repository> {
        let mut all = self.repositories.iter();
        all.find(|repository| repository.full_name.eq_ignore_ascii_case(full_name))
    }

    pub(super) fn repository_of(&self, id: u64) -> &Repository {
        let found = self.repositories.iter().find(|repository| repository.id == id);
        found.expect("repositories are never removed")
    }

    pub(super) fn repository_mut(&mut self, id: u64) -> &mut Repository {
        let found = self.repositories.iter_mut().find(|repository| repository.id == id);
        found.expect("repositories are never removed")
    }
}
