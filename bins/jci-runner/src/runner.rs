//! The runner's life: start, work, and an end in stages.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jci_daemon::stop::{self, Stop};
use jci_daemon::{Signals, chain, service, value};
use jci_http::ClientError;

use crate::api::Api;
use crate::attempt::labels_of;
use crate::checks::{self, CheckError, Reached};
use crate::config::Config;
use crate::database::{Database, DatabaseError};
use crate::engine::{Engine, EngineError};
use crate::hands::Hands;
use crate::heartbeat;
use crate::manner::Manner;
use crate::namespace::Namespaces;
use crate::network::{NetworkError, Reach};
use crate::poll;
use crate::reaper::{self, Reaper};
use crate::reattach::{self, ReattachError};
use crate::verdict::StopReason;

/// So long it may take to stop all containers and to say so, where there is no more patience.
const HURRY: Duration = Duration::from_secs(20);

/// Fails because the runner cannot start, or had to end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RunnerError {
    /// The threads could not be started.
    #[error("failed to start threads")]
    Threads { source: io::Error },
    /// Signals cannot be received.
    #[error("failed to listen for signals")]
    Signals { source: io::Error },
    /// The folder for logs cannot be made.
    #[error("failed to make the folder {path}; JCI_RUNNER_DATA says which it is", path = path.display())]
    Data { path: PathBuf, source: io::Error },
    /// The database cannot be used.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// There is no client for the server.
    #[error("failed to set up the client of the server")]
    Client { source: ClientError },
    /// There is nothing that would run containers.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// Jobs could not be run.
    #[error(transparent)]
    Check(#[from] CheckError),
    /// Jobs cannot be kept from this machine.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// It cannot be found out what was in hand.
    #[error(transparent)]
    Reattach(#[from] ReattachError),
    /// Something ended that must not end before the runner does.
    #[error("{worker} ended, and without it the runner must not go on")]
    Ended { worker: &'static str },
}

/// What all parts of the runner share. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Shared {
    pub(crate) config: Arc<Config>,
    /// The name of this runner.
    pub(crate) name: String,
    pub(crate) api: Api,
    pub(crate) manner: Manner,
    pub(crate) engine: Engine,
    pub(crate) reach: Reach,
    /// Where jobs may come one after another into the same network namespace.
    pub(crate) namespaces: Option<Namespaces>,
    pub(crate) database: Database,
    pub(crate) hands: Hands,
    pub(crate) reaper: Reaper,
    /// The wish that no more jobs be taken.
    pub(crate) stop: Stop,
}

/// Looks at all that jobs need, for `--check`.
pub(crate) async fn check(config: Config) -> Result<(), RunnerError> {
    look_at_binary(&config)?;
    reach_engine(&config).await?;
    let api = client(&config)?;
    match checks::server(&api, "check").await? {
        Reached::Fine => println!("all is well"),
        Reached::Original => println!("all is well, as far as the server can be asked"),
    }
    Ok(())
}

/// Takes jobs until a signal asks the runner to stop, or something fails that must not.
pub(crate) async fn run(config: Config) -> Result<(), RunnerError> {
    let mut signals = Signals::new().map_err(|source| RunnerError::Signals { source })?;
    fs::create_dir_all(&config.own.data)
        .map_err(|source| RunnerError::Data { path: config.own.data.clone(), source })?;
    look_at_binary(&config)?;
    let (stopper, stop) = stop::channel();
    let engine = reach_engine(&config).await?;
    let database = Database::open(&config.own.database).await?;
    let name = identify(&config, &database).await?;
    let reach = set_up_network(&config, &engine, &name).await?;
    let namespaces = Namespaces::new(&config, &engine, reach.network(), &name);
    let shared = Shared {
        name,
        reach,
        namespaces,
        api: client(&config)?,
        manner: Manner::default(),
        config: Arc::new(config),
        engine,
        database,
        hands: Hands::new(),
        reaper: Reaper::default(),
        stop,
    };
    reach_server(&shared).await?;
    checks::warn(&shared.config);
    let (api, hands) = (shared.api.clone(), shared.hands.clone());
    let mut beats = tokio::spawn(heartbeat::beat(api, hands, shared.name.clone()));
    reattach::reattach(&shared).await?;
    let mut reaping = tokio::spawn(reaper::reap(shared.clone()));
    let mut polling = tokio::spawn(poll::poll(shared.clone()));
    let watchdog = tokio::spawn(feed_watchdog(shared.clone()));
    service::ready();
    tracing::info!(runner = %shared.name, capacity = shared.config.own.capacity,
        in_hand = shared.hands.count(), "taking jobs");
    let ended = tokio::select! {
        () = signals.next() => None,
        _ = &mut polling => Some("the asking for work"),
        _ = &mut beats => Some("the heartbeat"),
        _ = &mut reaping => Some("the clearing up"),
    };
    stopper.stop();
    drain(&shared, &mut signals).await;
    if shared.hands.count() == 0 {
        if let Some(namespaces) = &shared.namespaces
            && let Err(error) = namespaces.close().await
        {
            tracing::warn!(error = %chain(&error), "network namespaces stay");
        }
        shared.reach.remove().await;
    }
    watchdog.abort();
    beats.abort();
    reaping.abort();
    shared.database.close().await;
    tracing::info!("stopped");
    ended.map_or(Ok(()), |worker| Err(RunnerError::Ended { worker }))
}

/// Returns the name of this runner: the one that it has had since its database was made.
async fn identify(config: &Config, database: &Database) -> Result<String, DatabaseError> {
    let wanted = config.own.name.as_deref();
    let name = database.identity(wanted).await?;
    if let Some(wanted) = wanted.filter(|wanted| *wanted != name) {
        tracing::warn!(
            "JCI_RUNNER_NAME is {wanted}, and this runner stays {name}: its jobs and containers are \
             known by that; for another name give it another JCI_RUNNER_DB"
        );
    }
    Ok(name)
}

fn look_at_binary(config: &Config) -> Result<(), CheckError> {
    if let Some(warning) = checks::binary(&config.jobs.binary)? {
        tracing::warn!("{warning}");
    }
    Ok(())
}

async fn reach_engine(config: &Config) -> Result<Engine, EngineError> {
    let (engine, facts) = Engine::connect(config).await?;
    tracing::info!(engine = %facts.name, "containers can be run");
    for warning in facts.warnings {
        tracing::warn!("{warning}");
    }
    Ok(engine)
}

async fn set_up_network(
    config: &Config,
    engine: &Engine,
    name: &str,
) -> Result<Reach, NetworkError> {
    Reach::set_up(
        config.jobs.network,
        engine.as_docker(),
        labels_of(name),
        name,
        &config.server.address,
    )
    .await
}

fn client(config: &Config) -> Result<Api, RunnerError> {
    Api::new(config.server.address.clone(), config.server.secret.clone())
        .map_err(|source| RunnerError::Client { source })
}

/// Asks the server whether it takes the secret. One that is away may come later, and is asked
/// again.
async fn reach_server(shared: &Shared) -> Result<(), CheckError> {
    match shared.manner.of(&shared.api, &shared.name).await {
        Ok(_) => Ok(()),
        Err(error @ CheckError::Server(_)) => {
            checks::tell(&error);
            Ok(())
        }
        Err(error) => Err(error),
    }
}

/// Lets the jobs that run end; a second signal, or the end of all patience, stops them.
async fn drain(shared: &Shared, signals: &mut Signals) {
    let (jobs, grace) = (shared.hands.count(), shared.config.drain_grace);
    if jobs > 0 {
        let grace = value::told_duration(grace);
        tracing::info!(
            jobs,
            grace,
            "no more jobs are taken; waiting for those that run, unless \
            asked again to stop"
        );
        service::status(&format!("waiting for {jobs} jobs to end"));
    }
    service::stopping();
    tokio::select! {
        () = shared.hands.fewer_than(1) => return,
        () = signals.next() => {}
        () = tokio::time::sleep(grace) => {}
    }
    tracing::warn!(jobs = shared.hands.count(), "stopping the jobs that run; others will try them");
    shared.hands.stop_all(&StopReason::Hurried);
    tokio::select! {
        () = shared.hands.fewer_than(1) => {}
        () = signals.next() => tracing::warn!("asked once more to stop: not waiting any longer"),
        () = tokio::time::sleep(HURRY) => tracing::warn!("not all jobs could be stopped in time"),
    }
}

/// Says that the runner lives as long as its engine answers.
async fn feed_watchdog(shared: Shared) {
    let shared = &shared;
    // Also while it drains: the wish to stop is not the end.
    let (_never, stop) = stop::channel();
    service::feed_watchdog(&stop, |patience| async move {
        let answer = tokio::time::timeout(patience, shared.engine.runtime.engine()).await;
        matches!(answer, Ok(Ok(_)))
    })
    .await;
}
