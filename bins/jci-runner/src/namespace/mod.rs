//! Network namespaces that outlive the jobs in them.
//!
//! Half of the time that an engine takes to start a container goes into its network. So a pause
//! container, which does nothing, holds a network namespace ready, and a job's container is put into
//! that. Never two at once; one after another as long as nothing of the one before is left: processes
//! end with their container, sockets are looked at, the rules of a namespace no job may change, and of
//! the files that tell names and addresses each job has copies of its own. The pause container is of
//! the image of the jobs, so that nobody has to trust another image than their own.

mod files;
mod pause;
mod pool;
mod sockets;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jci_daemon::chain;
use jci_runtime::{ContainerSpec, Network, Runtime, RuntimeError};
use tokio::sync::Mutex as AsyncMutex;
use tokio::time::Instant;

use crate::config::Config;
use crate::engine::{Engine, Kind};
use crate::key::Key;
use files::Files;
pub(crate) use files::{remove as remove_files, sweep as sweep_files};
use pause::{Pause, PauseError};
pub(crate) use pause::{held_by, labels_of};
use pool::Pool;
use sockets::Sockets;

/// The label of a job's container that names the namespace which it is in.
const WITHIN: &str = "jci-namespace";
/// Rights of root by which a job could change its namespace for those that come after it.
const CHANGING: [&str; 5] = ["ALL", "NET_ADMIN", "SYS_ADMIN", "SYS_PTRACE", "SYS_MODULE"];
/// So long a namespace waits for a job before it goes.
const IDLE: Duration = Duration::from_secs(600);
/// So often a namespace is looked at in which sockets are left: the kernel keeps a port for a minute.
const REST: Duration = Duration::from_secs(15);

/// The namespaces of a runner. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Namespaces(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    runtime: Arc<dyn Runtime>,
    network: Network,
    runner: String,
    folder: PathBuf,
    pool: Pool,
    /// One is made at a time: jobs need the machine, too.
    making: AsyncMutex<()>,
}

/// A namespace.
#[derive(Debug)]
struct Namespace {
    /// Its name.
    name: String,
    /// The image of those who may have it.
    image: String,
    /// What holds it.
    pause: Pause,
    /// What the engine itself listens on in it.
    own: Sockets,
    /// What containers in it find in their `/etc`.
    files: Files,
}

/// A namespace that one job has. It goes unless it is given back.
#[derive(Debug)]
pub(crate) struct Lease {
    namespaces: Namespaces,
    namespace: Option<Box<Namespace>>,
}

impl Namespaces {
    /// Prepares to hold namespaces of a network; `None` where the settings or the engine are against
    /// it.
    pub(crate) fn new(
        config: &Config,
        engine: &Engine,
        network: Network,
        runner: &str,
    ) -> Option<Self> {
        let jobs = &config.jobs;
        let changes = jobs.capabilities.iter().any(|name| is_changing(name));
        // An engine elsewhere does not see the files of this machine.
        let Kind::Docker { docker, socket: Some(_) } = &engine.kind else { return None };
        // The containers of jobs are kept for a while, longer than the namespace that they were in.
        let can_go_first = docker.can_remove_shared_networks();
        if !jobs.network_reuse || changes || !can_go_first || network == Network::None {
            return None;
        }
        if let Err(error) = pause::sweep(&config.own.data) {
            tracing::warn!(%error, "pipes of network namespaces stay on the disk");
        }
        Some(Self(Arc::new(Parts {
            runtime: Arc::clone(&engine.runtime),
            network,
            runner: runner.to_owned(),
            folder: config.own.data.clone(),
            // As many again rest until nothing of their jobs is left.
            pool: Pool::new(2 * config.own.capacity),
            making: AsyncMutex::default(),
        })))
    }

    /// Takes a namespace for a job of an image, if there is one in which nothing of another is left.
    pub(crate) fn take(&self, image: &str) -> Option<Lease> {
        let namespace = self.0.pool.take(image)?;
        Some(Lease { namespaces: self.clone(), namespace: Some(Box::new(namespace)) })
    }

    /// Sees to it that a later job of an image finds a namespace.
    pub(crate) fn provide(&self, image: &str) {
        let (this, image) = (self.clone(), image.to_owned());
        tokio::spawn(async move { this.make_another(&image).await });
    }

    async fn make_another(&self, image: &str) {
        let parts = &*self.0;
        let _one_at_a_time = parts.making.lock().await;
        if let Some(other) = parts.pool.surplus(image) {
            self.remove(other).await;
        }
        let Some(name) = parts.pool.announce() else { return };
        match self.make(&name, image).await {
            Ok(namespace) => self.put(namespace).await,
            Err(error) => {
                let again = parts.pool.failed(&name);
                let error = chain(&error);
                tracing::warn!(error, again, "no network namespace is held ready for jobs");
            }
        }
    }

    async fn make(&self, name: &str, image: &str) -> Result<Namespace, PauseError> {
        let Parts { runtime, folder, runner, network, .. } = &*self.0;
        let mut pause =
            Pause::start(&**runtime, folder, name, runner, image, network.clone()).await?;
        match pause.say(&**runtime).await {
            Ok(said) => {
                let (own, files) = (Sockets::listening(&said.sockets), said.files);
                let (name, image) = (name.to_owned(), image.to_owned());
                Ok(Namespace { name, image, pause, own, files })
            }
            Err(error) => {
                // What is not removed now, the reaper removes.
                let _ = pause.remove(&**runtime).await;
                Err(error)
            }
        }
    }

    async fn put(&self, namespace: Namespace) {
        let name = namespace.name.clone();
        match self.0.pool.put(namespace) {
            None => tracing::debug!(name, "a network namespace waits for a job"),
            Some(unwanted) => self.remove(unwanted).await,
        }
    }

    /// Lets a namespace wait once nothing of its last job is left in it.
    async fn rest(&self, mut namespace: Namespace) {
        loop {
            match namespace.pause.ask(&*self.0.runtime).await {
                Ok(sockets) if namespace.own.are_all_of(&sockets) => {
                    return self.put(namespace).await;
                }
                Ok(_) => tokio::time::sleep(REST).await,
                Err(error) => {
                    let (name, error) = (&namespace.name, chain(&error));
                    tracing::debug!(name, error, "a network namespace is not there any more");
                    return self.remove(namespace).await;
                }
            }
        }
    }

    /// Tells whether a namespace is held by this process.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.pool.has(name)
    }

    /// Removes those that nobody has needed for long.
    pub(crate) async fn remove_idle(&self) {
        for namespace in self.0.pool.idle(Instant::now(), IDLE) {
            self.remove(namespace).await;
        }
    }

    /// Removes all of them, also those of an earlier process, once there are no jobs; none is made
    /// after that.
    pub(crate) async fn close(&self) -> Result<(), RuntimeError> {
        let parts = &*self.0;
        parts.pool.close();
        // One that is being made goes when it is.
        drop(parts.making.lock().await);
        for container in parts.runtime.list(&labels_of(&parts.runner)).await? {
            if held_by(&container).is_some() {
                parts.runtime.remove(&container.id).await?;
            }
        }
        Ok(())
    }

    async fn remove(&self, namespace: Namespace) {
        if let Err(error) = namespace.pause.remove(&*self.0.runtime).await {
            // The reaper removes what nobody has.
            let (container, error) = (&namespace.pause.container, chain(&error));
            tracing::warn!(%container, error, "a network namespace stays for now");
        }
        self.0.pool.forget(&namespace.name);
    }
}

/// Tells whether a right is one by which a job could change its namespace.
fn is_changing(capability: &str) -> bool {
    let name = capability.to_ascii_uppercase();
    CHANGING.contains(&name.strip_prefix("CAP_").unwrap_or(&name))
}

/// Returns the name of the namespace that a job's container is in, out of its labels.
pub(crate) fn name_of(container: &jci_runtime::Container) -> Option<&str> {
    container.labels.get(WITHIN).map(String::as_str)
}

impl Lease {
    /// Puts the container of an attempt into the namespace.
    pub(crate) fn put(&self, mut spec: ContainerSpec, key: &Key) -> io::Result<ContainerSpec> {
        let Some(namespace) = &self.namespace else { return Ok(spec) };
        let mounts = namespace.files.write(&self.namespaces.0.folder, key)?;
        spec.mounts.extend(mounts);
        spec.labels.insert(WITHIN.to_owned(), namespace.name.clone());
        spec.network = Network::Of(namespace.pause.container.clone());
        Ok(spec)
    }

    /// Gives the namespace back, for the container that was in it has ended.
    pub(crate) fn give_back(mut self) {
        if let Some(namespace) = self.namespace.take() {
            let namespaces = self.namespaces.clone();
            tokio::spawn(async move { namespaces.rest(*namespace).await });
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(namespace) = self.namespace.take()
            // Without threads the program ends, and the next start looks for what it left.
            && let Ok(threads) = tokio::runtime::Handle::try_current()
        {
            let namespaces = self.namespaces.clone();
            threads.spawn(async move { namespaces.remove(*namespace).await });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rights_over_the_network_are_known_by_both_their_names() {
        assert!(["NET_ADMIN", "cap_net_admin", "ALL"].iter().all(|name| is_changing(name)));
        assert!(!["CHOWN", "NET_RAW", "NET_BIND_SERVICE"].iter().any(|name| is_changing(name)));
    }
}
