//! The server's life: start, work, and an end in stages.

use std::fs;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jci_forge::{BuildError, Forge};
use tokio::net::TcpListener;

use crate::config::Config;
use crate::forge_check;
use crate::health::{ForgeHealth, Health};
use crate::http::{self, App, Limits};
use crate::signals::Signals;
use crate::stop;

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
    /// The forge does not take the token, or is not the one that the settings say.
    #[error("{0}")]
    Check(String),
}

/// Makes the client of the forge.
fn forge(config: &Config) -> Result<Forge, BuildError> {
    Forge::builder(config.forge.kind, config.forge.address.clone())
        .token(config.forge.token.clone())
        .user_agent(concat!("jci-server/", env!("CARGO_PKG_VERSION")))
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
    let config = Arc::new(config);
    let mut signals = Signals::new().map_err(|source| ServerError::Signals { source })?;
    let (stopper, stop) = stop::channel();
    let app = App::new(Arc::clone(&config), forge(&config)?, Health::new(), stop.clone());
    let listener = listen(&config).await?;
    let limits = Limits {
        connections: config.listen.connections,
        per_address: config.listen.per_address,
        patience: config.listen.patience,
    };
    let serving = http::serve(listener, http::router(&app), limits, stop, config.listen.grace);
    let mut serving = tokio::spawn(serving);
    tokio::select! {
        () = signals.next() => tracing::info!("asked to stop"),
        _ = &mut serving => {}
    }
    stopper.stop();
    tokio::select! {
        () = signals.next() => tracing::warn!("asked again to stop: not waiting any longer"),
        _ = &mut serving => {}
    }
    Ok(())
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
