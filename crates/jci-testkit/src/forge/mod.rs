//! A forge that stands in for Gitea or Forgejo: stateful, strict, and ill when told to be.
//!
//! It listens on a loopback port of its own, from threads of its own, so that asynchronous tests
//! and tests that drive real programs can use it alike. Its repositories are real bare ones, which
//! git itself serves by smart HTTP; its API reads them with git.
//!
//! It is strict: a request that the real forge has no answer to, or that carries a query
//! parameter or a field that it does not know, fails the test by name when the forge is dropped.
//! So does a request that is refused for its credentials, unless the test said that it expects
//! such requests.
//!
//! ```
//! use jci_testkit::TestRepo;
//! use jci_testkit::forge::FakeForge;
//!
//! let forge = FakeForge::gitea();
//! let site = forge.repository("team/site");
//! let token = forge.token("team", &["write:repository"]);
//! let work = TestRepo::new();
//! let commit = work.commit("first");
//! work.git(&["push", "--quiet", &site.url_with(&token), "main"]);
//! assert_eq!(site.refs()["refs/heads/main"], commit);
//! ```

mod access;
mod account;
mod answer;
mod api;
mod clock;
mod describe;
mod faults;
mod git_http;
mod objects;
mod pulls;
mod repository;
mod requests;
mod serve;
mod settings;
mod waiting;
mod webhook;
mod world;

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::sync::mpsc;

pub use access::Authorization;
pub use account::Right;
pub use api::{DeployKey, SeenStatus, known_routes};
pub use faults::{Family, Fault, Gate, Which};
pub use git_http::Changed;
pub use repository::ForgeRepo;
pub use requests::SeenRequest;
pub use settings::{Flavour, RepoSettings};
pub use webhook::{Delivery, HookSettings};

use self::serve::Listening;
use self::world::World;

/// So long what a request began may take to end with the forge.
const END_TIMEOUT: Duration = Duration::from_secs(10);

/// A forge that stands in for a real one; all that it keeps is removed when it is dropped.
#[derive(Debug)]
pub struct FakeForge {
    world: Arc<World>,
    listening: Listening,
    runtime: Option<Runtime>,
}

impl FakeForge {
    /// Starts a forge that speaks and acts as Gitea.
    ///
    /// # Panics
    /// If git is missing, or no port is free.
    #[must_use]
    pub fn gitea() -> Self {
        Self::start(Flavour::Gitea)
    }

    /// Starts a forge that speaks and acts as Forgejo.
    ///
    /// # Panics
    /// As [`FakeForge::gitea`].
    #[must_use]
    pub fn forgejo() -> Self {
        Self::start(Flavour::Forgejo)
    }

    /// Starts a forge.
    ///
    /// # Panics
    /// As [`FakeForge::gitea`].
    #[must_use]
    pub fn start(flavour: Flavour) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("fake-forge")
            .enable_all()
            .build()
            .expect("threads for the forge can be started");
        let (world, listening) = {
            // Sockets belong to the runtime that is entered when they are made.
            let _entered = runtime.enter();
            let port = serve::Port::reserve();
            let (tasks, queued) = mpsc::unbounded_channel();
            let world = World::new(flavour, port.url(), runtime.handle().clone(), tasks);
            let world = Arc::new(world);
            runtime.spawn(webhook::deliver_all(Arc::clone(&world), queued));
            let listening = Listening::start(port, Arc::clone(&world));
            (world, listening)
        };
        Self { world, listening, runtime: Some(runtime) }
    }

    /// Returns the address of the forge, without a slash at its end.
    #[must_use]
    pub fn url(&self) -> String {
        self.world.url.clone()
    }

    /// Makes an account, and returns its number.
    ///
    /// # Panics
    /// If there is one of that name.
    pub fn user(&self, login: &str) -> u64 {
        let mut state = self.world.state();
        assert!(state.account(login).is_none(), "there is an account {login} already");
        state.add_account(login)
    }

    /// Issues a token of an account, which is made if need be; scopes are as Gitea names them,
    /// such as `read:repository`, `write:issue` or `all`.
    ///
    /// # Panics
    /// If Gitea knows no such scope.
    pub fn token(&self, login: &str, scopes: &[&str]) -> String {
        let mut state = self.world.state();
        let owner = state.account(login).map(|account| account.id);
        let owner = owner.unwrap_or_else(|| state.add_account(login));
        state.issue_token(owner, scopes)
    }

    /// Ends the validity of a token.
    ///
    /// # Panics
    /// If no such token was issued.
    pub fn revoke(&self, token: &str) {
        assert!(self.world.state().revoke(token), "no such token was issued");
    }

    /// Makes a private, empty SHA-1 repository, `owner/name`, of which its owner is administrator.
    ///
    /// # Panics
    /// As [`FakeForge::repository_with`].
    #[must_use]
    pub fn repository(&self, full_name: &str) -> ForgeRepo {
        self.repository_with(full_name, RepoSettings::new())
    }

    /// Makes an empty repository, `owner/name`, of which its owner is administrator.
    ///
    /// # Panics
    /// If there is one of that name.
    #[must_use]
    pub fn repository_with(&self, full_name: &str, settings: RepoSettings) -> ForgeRepo {
        ForgeRepo::create(&self.world, full_name, settings)
    }

    /// Forgives requests that are refused for their credentials from here on, as a test needs that
    /// sends some.
    pub fn expect_refusals(&self) {
        self.world.state().refusals_expected = true;
    }

    /// Makes every request sign in, `REQUIRE_SIGNIN_VIEW` of the real forge.
    pub fn require_sign_in(&self) {
        self.world.state().sign_in_required = true;
    }

    /// Returns the requests so far, in the order of their arrival.
    #[must_use]
    pub fn requests(&self) -> Vec<SeenRequest> {
        self.world.state().requests.clone()
    }

    /// Waits, without polling, until `look` finds something.
    ///
    /// # Panics
    /// If it finds nothing within half a minute, saying `what` was waited for. From asynchronous
    /// code use [`FakeForge::until`].
    #[track_caller]
    pub fn wait_until<T>(&self, what: &str, look: impl FnMut(&Self) -> Option<T>) -> T {
        let mut look = look;
        self.world.changes.wait(what, || look(self))
    }

    /// Waits as [`FakeForge::wait_until`] does, for asynchronous code whose clock is not paused.
    ///
    /// # Panics
    /// As [`FakeForge::wait_until`].
    pub async fn until<T>(&self, what: &str, look: impl FnMut(&Self) -> Option<T>) -> T {
        let mut look = look;
        self.world.changes.until(what, || look(self)).await
    }

    /// Refuses connections from here on, as a forge does that is down.
    pub fn go_down(&self) {
        self.listening.stop();
    }

    /// Listens again, on the same port.
    ///
    /// # Panics
    /// If it listens already.
    pub fn come_back(&self) {
        self.listening.resume();
    }

    /// Ends the forge.
    ///
    /// # Panics
    /// If it met a request that it does not know, or refused one that the test did not expect.
    pub fn finish(self) {
        drop(self);
    }
}

impl Drop for FakeForge {
    fn drop(&mut self) {
        self.listening.stop();
        if let Some(runtime) = self.runtime.take() {
            // What still works in the folder of the forge ends before the folder goes. The test may
            // itself run on tokio, where only another thread may wait for a runtime to end.
            let end = move || runtime.shutdown_timeout(END_TIMEOUT);
            let _ = std::thread::spawn(end).join();
        }
        if !std::thread::panicking() {
            let mut state = self.world.state();
            state.complain_of_faults();
            let complaints = std::mem::take(&mut state.complaints);
            drop(state);
            assert!(complaints.is_empty(), "the forge has complaints: {complaints:#?}");
        }
    }
}
