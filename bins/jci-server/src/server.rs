//! The server's life: start, work, and an end in stages.

use std::fs;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use jci_coord::StoreError;
use jci_daemon::{Signals, allow_many_open_files, service, stop};
use jci_forge::{BuildError, Forge, RetryPolicy};
use tokio::net::TcpListener;

use crate::config::{Config, Credentials};
use crate::forge_check;
use crate::git::{self, ForgeGit, GitProxy, Grants, PushObserver};
use crate::health::{ForgeHealth, Health};
use crate::http::{self, App, Limits};
use crate::jobs::JobsOverGit;
use crate::logs::Logs;
use crate::metrics::Metrics;
use crate::queue;
use crate::workers::{Shared, Workers, refresh_channel};

/// So long a request to the forge may take, which is less than the queue waits for a word of it.
pub(crate) const FORGE_TIMEOUT: Duration = Duration::from_secs(15);

/// Fails because the server cannot start, or had to end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ServerError {
    /// The threads that serve could not be started.
    #[error("failed to start threads")]
    Threads { source: io::Error },
    /// The client of the forge cannot be made.
    #[error("failed to set up the client of the forge")]
    Forge(#[from] BuildError),
    /// The address cannot be listened on.
    #[error("failed to listen on {address}; is another server running there? --port sets another")]
    Listen { address: SocketAddr, source: io::Error },
    /// The file for the address cannot be written.
    #[error("failed to write the address into {path}", path = path.display())]
    AddressFile { path: PathBuf, source: io::Error },
    /// Signals cannot be received.
    #[error("failed to listen for signals")]
    Signals { source: io::Error },
    /// The database cannot be opened.
    #[error("failed to open the database; JCI_DB says which it is")]
    Queue { source: StoreError },
    /// The folder for logs cannot be made.
    #[error("failed to make the folder {path}; JCI_DATA says which it is", path = path.display())]
    Data { path: PathBuf, source: io::Error },
    /// Something ended that must not end before the server does.
    #[error("{worker} ended, and without it the server must not go on")]
    Ended { worker: &'static str },
    /// The forge does not take the token, or is not the one that the settings say.
    #[error("{0}")]
    Check(String),
}

/// Makes the client of the forge. Whoever uses it has ways of its own to try again.
pub(crate) fn forge(config: &Config) -> Result<Forge, BuildError> {
    Forge::builder(config.forge.kind, config.forge.address.clone())
        .token(config.forge.token.clone())
        .user_agent(concat!("jci-server/", env!("CARGO_PKG_VERSION")))
        .timeout(FORGE_TIMEOUT)
        .retry(RetryPolicy { attempts: 1, ..RetryPolicy::default() })
        .build()
}

/// Asks the forge whether it takes the token, for `--check`.
pub(crate) async fn check(config: &Config) -> Result<(), ServerError> {
    match forge_check::check(&forge(config)?, &config.forge).await {
        ForgeHealth::Fine => Ok(()),
        other => Err(ServerError::Check(other.to_string())),
    }
}

/// Serves until a signal asks the server to stop, or something fails that must not.
pub(crate) async fn run(config: Config) -> Result<(), ServerError> {
    let mut signals = Signals::new().map_err(|source| ServerError::Signals { source })?;
    let config = Arc::new(config);
    allow_many_open_files();
    fs::create_dir_all(&config.keeping.data)
        .map_err(|source| ServerError::Data { path: config.keeping.data.clone(), source })?;
    let queue = queue::open(&config).await.map_err(|source| ServerError::Queue { source })?;
    let (stopper, stop) = stop::channel();
    let shared = Shared {
        queue: Arc::new(queue),
        forge: forge(&config)?,
        health: Health::new(),
        logs: Arc::new(Logs::new(config.keeping.data.clone(), config.keeping.log_limit)),
        metrics: Arc::new(Metrics::new()),
        stop: stop.clone(),
        config: Arc::clone(&config),
    };
    warn(&config);
    let listener = listen(&config).await?;
    let (refresh, refreshes) = refresh_channel();
    let mut workers = Workers::start(&shared, refreshes);
    let router = http::router(&App::new(shared.clone(), refresh), git_router(&shared)?);
    let grace = config.listen.grace;
    let mut serving = tokio::spawn(http::serve(listener, router, limits(&config), stop, grace));
    service::ready();
    let ended = tokio::select! {
        () = signals.next() => None,
        worker = workers.ended() => Some(worker),
        _ = &mut serving => Some("the taking of connections"),
    };
    tracing::info!("stopping");
    service::stopping();
    // First nothing new is taken, and what waits for an answer has one; then the workers end,
    // each with what it is at. Whatever is left is in the queue.
    stopper.stop();
    let orderly = async {
        if !serving.is_finished() {
            let _ = (&mut serving).await;
        }
        workers.finish(grace).await;
    };
    tokio::select! {
        () = signals.next() => tracing::warn!("asked again to stop: not waiting any longer"),
        () = orderly => tracing::info!("stopped"),
    }
    ended.map_or(Ok(()), |worker| Err(ServerError::Ended { worker }))
}

/// Makes the routes by which jobs reach git.
pub(crate) fn git_router(shared: &Shared) -> Result<Router, BuildError> {
    let config = &shared.config.forge;
    let forge = ForgeGit::new(config.address.clone(), &config.user, &config.git_token)?;
    let jobs = Arc::new(JobsOverGit::new(Arc::clone(&shared.queue), shared.forge.clone()));
    let (grants, observer): (Arc<dyn Grants>, Arc<dyn PushObserver>) = (jobs.clone(), jobs);
    let limits =
        git::Limits { pack_bytes: shared.config.jobs.pack_limit, ..git::Limits::default() };
    Ok(git::router(GitProxy::new(forge, grants, observer, limits)))
}

/// Says aloud what somebody may not have meant.
fn warn(config: &Config) {
    if config.jobs.credentials == Credentials::Token {
        tracing::warn!(
            "JCI_CREDENTIALS=token: every job gets the forge's own token, with all its rights"
        );
    }
    if !config.jobs.docker_for.is_empty() {
        tracing::warn!(
            "JCI_JOB_ALLOW_DOCKER_FOR_REPOS: jobs of these repositories rule the machine of their \
             runner"
        );
    }
}

fn limits(config: &Config) -> Limits {
    Limits {
        connections: config.listen.connections,
        per_address: config.listen.per_address,
        patience: config.listen.patience,
    }
}

/// Listens, and says where.
async fn listen(config: &Config) -> Result<TcpListener, ServerError> {
    let address = config.listen.address;
    let failed = |source| ServerError::Listen { address, source };
    let listener = match TcpListener::bind(address).await {
        // All addresses, on a machine that has none of IPv6.
        Err(_) if address.is_ipv6() && address.ip().is_unspecified() => {
            TcpListener::bind((Ipv4Addr::UNSPECIFIED, address.port())).await.map_err(failed)?
        }
        bound => bound.map_err(failed)?,
    };
    let address = listener.local_addr().map_err(failed)?;
    if let Some(path) = &config.listen.address_file {
        write_address(path, address)
            .map_err(|source| ServerError::AddressFile { path: path.clone(), source })?;
    }
    tracing::info!(%address, "listening");
    Ok(listener)
}

/// Writes the address whole or not at all, for who waits for the file.
fn write_address(path: &Path, address: SocketAddr) -> io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    fs::write(&beside, format!("{address}\n"))?;
    fs::rename(&beside, path)
}
