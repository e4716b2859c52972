//! The life of one attempt: from the offer, or from the container that was found again, to a result
//! that the server has.

mod follow;
mod image;
mod report;
mod spec;
mod watch;

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use jci_daemon::chain;
use jci_proto::{AttemptResult, JobOffer};
use jci_runtime::{Container, ContainerId, ContainerSpec, Exit, ExitReason, RuntimeError};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::time::Instant;

pub(crate) use spec::{Label, RUNNER, label, labels_of};

use crate::api::Pass;
use crate::backoff::Backoff;
use crate::engine::Kind;
use crate::hands::{Held, Terms};
use crate::key::Key;
use crate::namespace::{self, Lease};
use crate::runner::Shared;
use crate::spool;
use crate::verdict::{Facts, StopReason, failed, infra, judge};
use crate::{masking, upload};
use follow::Length;

/// So often the start of a container is tried.
const START_TRIES: u32 = 4;

/// An attempt in hand.
#[derive(Debug)]
pub(crate) struct Attempt {
    shared: Shared,
    held: Held,
    /// The request that brought it.
    request: String,
    /// What opens its routes, if the server gave a lease.
    pass: Option<Pass>,
    terms: Option<Terms>,
    timeout: Duration,
}

/// A container of an attempt, with what is in it.
#[derive(Debug)]
struct Running {
    id: ContainerId,
    created: SystemTime,
    environment: BTreeMap<String, SecretString>,
    /// The network namespace that it has for the time.
    namespace: Option<Lease>,
}

/// What became of the time before there was a container.
enum Prepared {
    Running(Running),
    /// There is none, and that is the result.
    Over(AttemptResult),
    /// The server gave the job to somebody else.
    Stale,
}

impl Attempt {
    /// Takes an offer in hand; `None` if it is in hand already.
    pub(crate) fn offered(shared: &Shared, request: String, offer: &JobOffer) -> Option<Self> {
        let (key, terms) = (Key::of(offer), offer.lease.as_ref().map(Terms::from));
        let held = shared.hands.take(&key, terms, Instant::now())?;
        let token = offer.lease.as_ref().map(|lease| lease.token.0.clone().into());
        let pass = token.and_then(|token| Some(Pass { name: key.name()?, token }));
        let timeout = Duration::from_secs(offer.timeout_seconds);
        Some(Self { shared: shared.clone(), held, request, pass, terms, timeout })
    }

    /// Takes a container in hand that was found again; `None` if it is in hand already.
    pub(crate) fn found(
        shared: &Shared,
        request: String,
        label: &Label,
        container: &Container,
    ) -> Option<Self> {
        let held = shared.hands.take(&label.key, label.terms, Instant::now())?;
        let token = masking::token(&container.environment);
        let pass = token.and_then(|token| Some(Pass { name: label.key.name()?, token }));
        let (terms, timeout) = (label.terms, label.timeout);
        Some(Self { shared: shared.clone(), held, request, pass, terms, timeout })
    }

    /// Runs a job that was offered.
    #[tracing::instrument(name = "job", skip_all, fields(id = %self.held.key()))]
    pub(crate) async fn run(self, offer: JobOffer) {
        tracing::info!(repository = format!("{}/{}", offer.repo_owner, offer.repo_name),
            commit = %offer.commit_sha, image = %offer.image, "a job has come");
        let prepared = tokio::select! {
            prepared = self.prepare(&offer) => prepared,
            reason = self.must_stop(None) => {
                self.remove_containers().await;
                match judge(None, Some(&reason), &self.facts()) {
                    Some(result) => Prepared::Over(result),
                    None => Prepared::Stale,
                }
            }
        };
        match prepared {
            Prepared::Running(running) => {
                let namespaces = self.shared.namespaces.clone();
                let namespaces = namespaces.filter(|_| running.namespace.is_none());
                self.attend(running, None).await;
                // Now that the job does not need the machine any more.
                if let Some(namespaces) = namespaces {
                    namespaces.provide(&offer.image);
                }
            }
            Prepared::Over(result) => {
                self.end_log().await;
                self.finish(Some(result)).await;
            }
            Prepared::Stale => self.finish(None).await,
        }
    }

    /// Goes on with a container that was found again, which may have been told to stop.
    #[tracing::instrument(name = "job", skip_all, fields(id = %self.held.key()))]
    pub(crate) async fn go_on(self, container: Container, stopped: Option<StopReason>) {
        tracing::info!(container = %container.id, "going on with a job after a restart");
        let Container { id, created, environment, .. } = container;
        if let Some(url) = environment.get(masking::CLONE_URL)
            && let Err(error) = self.shared.reach.allow(url.expose_secret()).await
        {
            tracing::warn!(error = %chain(&error), "the job may not reach what it clones from");
        }
        let running = Running { id, created, environment, namespace: None };
        self.attend(running, stopped).await;
    }

    /// Fetches the image, tells the server that the job begins, and starts the container.
    async fn prepare(&self, offer: &JobOffer) -> Prepared {
        let runtime = &*self.shared.engine.runtime;
        let jobs = &self.shared.config.jobs;
        if let Err(result) = image::ensure(runtime, &offer.image, jobs.pull).await {
            return Prepared::Over(result);
        }
        let network = self.shared.reach.network();
        let spec = match &self.shared.engine.kind {
            Kind::Docker { socket, .. } => {
                if offer.allow_docker_socket {
                    tracing::warn!("this job gets the Docker socket, and with it this machine");
                }
                spec::spec(offer, &self.shared.name, jobs, socket.clone(), network)
            }
            Kind::Host { path } => {
                let spec = spec::spec(offer, &self.shared.name, jobs, None, network);
                spec::of_processes(spec, path)
            }
        };
        let (said, allowed) =
            tokio::join!(self.say_start(), self.shared.reach.allow(&offer.clone_url));
        if let Err(stale) = said {
            return stale;
        }
        if let Err(error) = allowed {
            return Prepared::Over(infra(chain(&error)));
        }
        self.begin(&spec, offer).await
    }

    /// Starts the container, and sees to it that it is where its network says.
    async fn begin(&self, spec: &ContainerSpec, offer: &JobOffer) -> Prepared {
        match self.start(spec, offer).await {
            Ok((id, namespace)) => {
                if let Err(error) = self.shared.reach.check(&id).await {
                    self.remove_containers().await;
                    return Prepared::Over(infra(chain(&error)));
                }
                let environment = spec::plain_environment(spec);
                Prepared::Running(Running {
                    id,
                    created: SystemTime::now(),
                    environment,
                    namespace,
                })
            }
            // Whoever asks for what the engine cannot do is whoever set this runner up.
            Err(error)
                if error.is_transient() || matches!(error, RuntimeError::Unsupported { .. }) =>
            {
                Prepared::Over(infra(chain(&error)))
            }
            Err(error) => Prepared::Over(failed(chain(&error))),
        }
    }

    /// Says that the job begins, until the server has heard it: before that no container may.
    async fn say_start(&self) -> Result<(), Prepared> {
        let Some(pass) = &self.pass else { return Ok(()) };
        let mut backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(5));
        loop {
            let sent = Instant::now();
            match self.shared.api.start(pass).await {
                Ok(()) => {
                    self.held.renewed(sent);
                    return Ok(());
                }
                Err(error) if error.may_pass() => {
                    tokio::time::sleep(backoff.wait(error.retry_after())).await;
                }
                Err(error) => {
                    tracing::warn!(error = %chain(&error), "the job is not ours any more");
                    return Err(Prepared::Stale);
                }
            }
        }
    }

    /// Starts the container: in a network namespace that is ready, if there is one, else in one that
    /// is made for it.
    async fn start(
        &self,
        spec: &ContainerSpec,
        offer: &JobOffer,
    ) -> Result<(ContainerId, Option<Lease>), RuntimeError> {
        // With the socket of the engine a job could change any namespace.
        let namespaces = self.shared.namespaces.as_ref().filter(|_| !offer.allow_docker_socket);
        if let Some(lease) = namespaces.and_then(|all| all.take(&spec.image)) {
            match lease.put(spec.clone(), self.held.key()) {
                Ok(within) => match self.shared.engine.runtime.start(&within).await {
                    Ok(id) => return Ok((id, Some(lease))),
                    Err(error) => tracing::warn!(error = %chain(&error),
                        "the container is not started in the network namespace of an earlier job"),
                },
                Err(error) => tracing::warn!(%error, "a network namespace cannot be used again"),
            }
        }
        Ok((self.start_alone(spec).await?, None))
    }

    async fn start_alone(&self, spec: &ContainerSpec) -> Result<ContainerId, RuntimeError> {
        let mut backoff = Backoff::new(Duration::from_millis(500), Duration::from_secs(5));
        loop {
            match self.shared.engine.runtime.start(spec).await {
                Err(error) if error.is_transient() && backoff.failures() + 1 < START_TRIES => {
                    tracing::warn!(error = %chain(&error), "the container is not started yet");
                    tokio::time::sleep(backoff.wait(error.retry_after())).await;
                }
                done => return done,
            }
        }
    }

    /// Follows a container to its end, and says how it went.
    async fn attend(self, running: Running, stopped: Option<StopReason>) {
        tracing::info!(container = %running.id, "the container runs");
        let ((exit, stopped), length) =
            tokio::join!(self.watch(&running, stopped), self.keep_log(&running));
        // What the engine lost may run on.
        if let (Some(lease), false) =
            (running.namespace, matches!(exit.reason, ExitReason::Lost(_)))
        {
            lease.give_back();
        }
        // It may have ended before it could be stopped.
        let too_long = (length == Length::TooLong).then_some(StopReason::LogTooLong);
        let stopped = stopped.or(too_long);
        let result = judge(Some(&exit), stopped.as_ref(), &self.facts());
        self.finish(result).await;
    }

    /// Watches over a container; returns how it ended and why it was stopped, if it was.
    async fn watch(
        &self,
        running: &Running,
        stopped: Option<StopReason>,
    ) -> (Exit, Option<StopReason>) {
        let runtime = &*self.shared.engine.runtime;
        let left = watch::time_left(running.created, self.timeout, SystemTime::now());
        let reason = match stopped {
            Some(reason) => reason,
            None => tokio::select! {
                biased;
                exit = watch::ended(runtime, &running.id) => return (exit, None),
                reason = self.must_stop(Some(left)) => reason,
            },
        };
        tracing::info!(?reason, "stopping the container");
        // Noted first: after a crash its exit code would tell another story.
        if let Err(error) = self.shared.database.stopped(&self.request, &reason).await {
            tracing::error!(error = %chain(&error), "why a job is stopped cannot be noted");
        }
        let grace = self.shared.config.jobs.stop_grace.min(self.grace_for(&reason));
        (watch::stop(runtime, &running.id, grace).await, Some(reason))
    }

    /// Returns once the container has to be stopped, with the reason.
    async fn must_stop(&self, left: Option<Duration>) -> StopReason {
        let over_time = async {
            match left {
                Some(left) => tokio::time::sleep(left).await,
                None => std::future::pending().await,
            }
        };
        let out_of_contact = async {
            match &self.terms {
                Some(terms) => self.held.out_of_contact(self.contact_limit(terms)).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            reason = self.held.ordered() => reason,
            () = over_time => StopReason::OverTime,
            reason = out_of_contact => reason,
        }
    }

    fn contact_limit(&self, terms: &Terms) -> Duration {
        terms.contact_limit(self.shared.config.server.contact_limit)
    }

    /// Returns how long a container may take to end: one whose lease is about to end, not so long
    /// that another could begin meanwhile.
    fn grace_for(&self, reason: &StopReason) -> Duration {
        match (reason, &self.terms) {
            (StopReason::NoContact | StopReason::Stale, Some(terms)) => {
                terms.lease.saturating_sub(self.contact_limit(terms)) / 2
            }
            // It would go on to write meanwhile.
            (StopReason::LogTooLong, _) => Duration::ZERO,
            _ => Duration::MAX,
        }
    }

    /// Brings the log of a container to the server, as far as it may be long.
    async fn keep_log(&self, running: &Running) -> Length {
        match self.try_keep_log(running).await {
            Ok(length) => length,
            Err(cause) => {
                tracing::error!(cause, "the log cannot be kept");
                self.held.stop(&StopReason::NoSpool(cause));
                self.end_log().await;
                Length::Whole
            }
        }
    }

    /// Says that no more of the log will come, where there is none to send.
    async fn end_log(&self) {
        if let Some(pass) = &self.pass {
            upload::end(&self.shared.api, pass).await;
        }
    }

    async fn try_keep_log(&self, running: &Running) -> Result<Length, String> {
        let data = &self.shared.config.own.data;
        let (mut writer, reader) =
            spool::open(data, self.held.key()).map_err(|error| error.to_string())?;
        // Better no log than one with the token in it.
        let masker = masking::masker(&running.environment).map_err(|error| chain(&error))?;
        let follow = async {
            let (runtime, id) = (&*self.shared.engine.runtime, &running.id);
            let limit = self.shared.config.jobs.log;
            let followed = follow::follow(runtime, id, masker.stream(), &mut writer, limit).await;
            if let Ok(Length::TooLong) = followed {
                self.held.stop(&StopReason::LogTooLong);
            }
            if let Err(error) = &followed {
                self.held.stop(&StopReason::NoSpool(error.to_string()));
            }
            writer.complete();
            followed.map_err(|error| error.to_string())
        };
        let upload = async {
            match &self.pass {
                Some(pass) => upload::send(&self.shared.api, pass, reader).await,
                // A server of the original takes no log; nobody reads what is kept then.
                None => drop(reader),
            }
        };
        tokio::join!(follow, upload).0
    }

    /// Tells the server the result, and forgets the attempt. The container stays for a look.
    async fn finish(self, result: Option<AttemptResult>) {
        match &result {
            Some(result) => {
                let (status, reason) =
                    (result.status, result.reason.as_deref().unwrap_or_default());
                tracing::info!(?status, code = result.exit_code, reason, "the job has ended");
                if let Some(pass) = &self.pass {
                    report::result(&self.shared.api, pass, result).await;
                }
            }
            None => tracing::info!("the job is not ours any more"),
        }
        if let Err(error) = spool::remove(&self.shared.config.own.data, self.held.key()) {
            tracing::warn!(%error, "the log of a job that has ended stays on the disk");
        }
        if let Err(error) = namespace::remove_files(&self.shared.config.own.data, self.held.key()) {
            tracing::warn!(%error, "files of a job that has ended stay on the disk");
        }
        if let Err(error) = self.shared.database.forget(&self.request).await {
            tracing::error!(error = %chain(&error), "a job that has ended stays in the database");
        }
        self.shared.reaper.look();
    }

    /// Removes whatever was made of containers for this attempt.
    async fn remove_containers(&self) {
        let runtime = &*self.shared.engine.runtime;
        let Ok(all) = runtime.list(&labels_of(&self.shared.name)).await else { return };
        for container in all {
            if label(&container).is_some_and(|label| label.key == *self.held.key())
                && let Err(error) = runtime.remove(&container.id).await
            {
                tracing::warn!(error = %chain(&error), "a container is not removed yet");
            }
        }
    }

    fn facts(&self) -> Facts {
        let config = &self.shared.config;
        let limit = config.server.contact_limit;
        Facts {
            runner: self.shared.name.clone(),
            timeout: self.timeout,
            memory: config.jobs.limits.memory,
            log: config.jobs.log,
            contact_limit: self.terms.map_or(limit, |terms| terms.contact_limit(limit)),
        }
    }
}
