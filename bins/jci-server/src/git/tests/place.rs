//! Where the tests take place: a forge, the proxy in front of it, and a job's git.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use jci_coord::{AttemptId, AttemptNumber};
use jci_forge::{BaseUrl, ObjectId, RepoName};
use jci_testkit::forge::{FakeForge, ForgeRepo, RepoSettings, Right};
use jci_testkit::{Finished, Formats, PlumbedRun, TestRepo};
use ring::digest::{SHA256, digest};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::runtime::Runtime;

use crate::git::{
    ForgeGit, GitProxy, Grant, Grants, Limits, PushObserver, PushedRun, Refused, router,
};

/// The token of the job.
pub(super) const TOKEN: &str = "one-job-t0ken";
/// The id of the job.
pub(super) const JOB: &str = "019abcdef0123456789abcdef0123456";
/// The id of a run that a job may push.
pub(super) const RUN: &str = "1795241966-cc77";

/// Tokens of jobs, kept as hashes.
#[derive(Debug, Default)]
pub(super) struct Jobs(Mutex<HashMap<Vec<u8>, Known>>);

/// A token that was handed out.
#[derive(Debug)]
struct Known {
    grant: Grant,
    /// For how many requests it is still good, if that is bounded.
    left: Option<u32>,
}

fn hash(token: &str) -> Vec<u8> {
    digest(&SHA256, token.as_bytes()).as_ref().to_owned()
}

impl Jobs {
    pub(super) fn add(&self, token: &str, grant: Grant) {
        self.0.lock().unwrap().insert(hash(token), Known { grant, left: None });
    }

    /// Lets a token be good for so many further requests.
    pub(super) fn ends_after(&self, token: &str, requests: u32) {
        self.0.lock().unwrap().get_mut(&hash(token)).unwrap().left = Some(requests);
    }
}

impl Grants for Jobs {
    fn grant<'a>(
        &'a self,
        token: &'a SecretString,
        repository: &'a RepoName,
    ) -> BoxFuture<'a, Result<Grant, Refused>> {
        let mut jobs = self.0.lock().unwrap();
        let found = match jobs.get_mut(&hash(token.expose_secret())) {
            None | Some(Known { left: Some(0), .. }) => Err(Refused::Dead),
            Some(known) if known.grant.repository != *repository => Err(Refused::OtherRepository),
            Some(known) => {
                known.left = known.left.map(|left| left - 1);
                Ok(known.grant.clone())
            }
        };
        async { found }.boxed()
    }
}

/// Notes what was pushed, and what the forge had at that moment.
#[derive(Debug)]
struct Observer {
    repository: ForgeRepo,
    heard: Arc<Heard>,
}

/// What the server heard, and a bell that rings at every push.
#[derive(Debug, Default)]
struct Heard {
    pushes: Mutex<Vec<String>>,
    bell: Condvar,
}

impl PushObserver for Observer {
    fn pushed<'a>(&'a self, grant: &'a Grant, run: &'a PushedRun) -> BoxFuture<'a, ()> {
        async move {
            let known = self.repository.refs();
            let id = known.get(&run.reference).map(String::as_str);
            assert_eq!(id, Some(run.id.as_str()), "the forge has what it says it has");
            let mut pushes = self.heard.pushes.lock().unwrap();
            pushes.push(format!("{} {}", grant.attempt.job, run.run));
            self.heard.bell.notify_all();
        }
        .boxed()
    }
}

/// A proxy that listens on a port of its own.
#[derive(Debug)]
pub(super) struct Served {
    pub(super) address: SocketAddr,
    runtime: Option<Runtime>,
}

impl Served {
    pub(super) fn start(
        forge: &str,
        secret: &str,
        jobs: Arc<Jobs>,
        observer: Arc<dyn PushObserver>,
        limits: Limits,
    ) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let base = BaseUrl::parse(forge).unwrap();
        let forge = ForgeGit::new(base, "ci", &SecretString::from(secret)).unwrap();
        let router = router(GitProxy::new(forge, jobs, observer, limits));
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        runtime.spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            axum::serve(listener, router).await.unwrap();
        });
        Self { address, runtime: Some(runtime) }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// A repository on a forge, a job of its newest commit, and a folder for the job.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) served: Served,
    pub(super) forge: FakeForge,
    pub(super) repository: ForgeRepo,
    /// Where the commits were made.
    pub(super) author: TestRepo,
    /// The commit that the job is of.
    pub(super) commit: String,
    pub(super) jobs: Arc<Jobs>,
    /// The token by which the server speaks to the forge.
    pub(super) server_token: String,
    heard: Arc<Heard>,
}

impl Place {
    pub(super) fn new() -> Self {
        Self::with(Formats::Git2, Limits::default())
    }

    pub(super) fn with(formats: Formats, limits: Limits) -> Self {
        let author = TestRepo::with_formats(formats);
        author.write("README.md", "A site.\n");
        author.commit("first");
        author.git(&["tag", "v1"]);
        author.write("page.html", "<p>Hello\n");
        let commit = author.commit("second");
        let forge = FakeForge::gitea();
        let settings = RepoSettings::new().formats(formats);
        let repository = forge.repository_with("team/site", settings);
        repository.seed(&author);
        let server_token = forge.token("ci", &["write:repository"]);
        repository.grant("ci", Right::Write);
        let jobs = Arc::new(Jobs::default());
        jobs.add(TOKEN, grant(&commit));
        let heard = Arc::<Heard>::default();
        let observer = Observer { repository: repository.clone(), heard: Arc::clone(&heard) };
        let served = Served::start(
            &forge.url(),
            &server_token,
            Arc::clone(&jobs),
            Arc::new(observer),
            limits,
        );
        Self { served, forge, repository, author, commit, jobs, server_token, heard }
    }

    /// Returns the address that the job clones from.
    pub(super) fn url(&self) -> String {
        self.url_of("team/site")
    }

    pub(super) fn url_of(&self, repository: &str) -> String {
        format!("http://{}/git/{repository}.git", self.served.address)
    }

    /// Prepares git as the job runs it, with the token in its environment.
    pub(super) fn git_in(&self, directory: &Path, token: &str, arguments: &[&str]) -> Command {
        let mut command = self.author.environment.command("git", directory);
        let basic = STANDARD.encode(format!("jci:{token}"));
        command
            .env("GIT_CONFIG_COUNT", "1")
            .env("GIT_CONFIG_KEY_0", format!("http.http://{}/.extraHeader", self.served.address))
            .env("GIT_CONFIG_VALUE_0", format!("Authorization: Basic {basic}"))
            .args(arguments);
        command
    }

    /// Runs git as the job does, in the folder where clones are made.
    pub(super) fn git(&self, arguments: &[&str]) -> Finished {
        Finished::of(&mut self.git_in(&self.folder(), TOKEN, arguments))
    }

    /// Clones, and returns the folder of the clone.
    pub(super) fn clone(&self, options: &[&str]) -> PathBuf {
        let url = self.url();
        let mut arguments = vec!["clone", "--quiet", &url, "work"];
        arguments.extend_from_slice(options);
        let _ = self.git(&arguments).success();
        self.work()
    }

    /// Runs git as the job does in its clone.
    pub(super) fn in_clone(&self, arguments: &[&str]) -> Finished {
        Finished::of(&mut self.git_in(&self.work(), TOKEN, arguments))
    }

    /// Makes a run in the clone and returns its ref.
    pub(super) fn run(&self, id: &str) -> String {
        let run = PlumbedRun::new(id, "ok").log("all is well\n");
        self.author.environment.plumb_run(&self.work(), &self.commit, &run)
    }

    pub(super) fn folder(&self) -> PathBuf {
        self.author.environment.path("")
    }

    pub(super) fn work(&self) -> PathBuf {
        self.author.environment.path("work")
    }

    /// Returns what the server heard of pushes.
    pub(super) fn heard(&self) -> Vec<String> {
        self.heard.pushes.lock().unwrap().clone()
    }

    /// Waits until the server has heard of so many pushes.
    pub(super) fn until_heard(&self, count: usize) {
        let pushes = self.heard.pushes.lock().unwrap();
        let few = |pushes: &mut Vec<String>| pushes.len() < count;
        let patience = Duration::from_secs(30);
        let waited = self.heard.bell.wait_timeout_while(pushes, patience, few).unwrap().1;
        assert!(!waited.timed_out(), "the server hears of {count} pushes");
    }

    /// Returns the refs of runs on the forge.
    pub(super) fn runs(&self) -> Vec<String> {
        let refs = self.repository.refs().into_keys();
        refs.filter(|name| name.starts_with("refs/jci-runs/")).collect()
    }

    /// Returns what git said to the job, in words that do not differ from test to test.
    pub(super) fn said(&self, finished: &Finished) -> String {
        let said = self.author.redact(&finished.stderr());
        assert!(!said.contains(&self.server_token), "{said}");
        let said = said.replace(&self.served.address.to_string(), "[server]");
        let said = said.replace(&self.commit, "[commit]");
        // git pads what comes from the other side, and cuts it by the terminal's rules.
        said.lines().map(|line| format!("{}\n", line.trim_end())).collect()
    }
}

/// Makes the grant of a job of a commit of `team/site`.
pub(super) fn grant(commit: &str) -> Grant {
    Grant {
        attempt: AttemptId { job: JOB.parse().unwrap(), number: AttemptNumber::FIRST },
        repository: RepoName::parse("team/site").unwrap(),
        commit: ObjectId::new(commit).unwrap(),
        may_push: true,
    }
}
