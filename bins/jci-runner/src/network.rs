//! The network of jobs: one of their own, which leads to the internet and not to this machine.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use jci_runtime::{
    BridgeNetwork, ContainerId, DockerEngine, Network, NetworkPolicy, NetworkState, Phase,
    PolicyError, Runtime as _, RuntimeError,
};
use ring::digest::{SHA256, digest};
use url::Url;

use crate::config::JobNetwork;

/// Fails because jobs cannot be kept from this machine.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NetworkError {
    /// There is no network for them.
    #[error(
        "jobs cannot have a network of their own; mend that, or let them have what the engine gives \
         with JCI_JOB_NETWORK=open, or nothing with JCI_JOB_NETWORK=none"
    )]
    Create(#[source] RuntimeError),
    /// There are no rules for it.
    #[error(
        "jobs cannot be kept from this machine and its services; mend that, or let them have all \
         with JCI_JOB_NETWORK=open, or nothing with JCI_JOB_NETWORK=none"
    )]
    Policy(#[from] PolicyError),
    /// It is not known where jobs clone from.
    #[error("the address {host} that the job clones from cannot be found")]
    Lookup { host: String, source: io::Error },
}

/// What jobs can reach. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) enum Reach {
    /// The internet.
    Filtered(Arc<Fence>),
    /// Whatever the engine gives.
    Open,
    /// Nothing.
    None,
}

/// A network with rules.
#[derive(Debug)]
pub(crate) struct Fence {
    docker: DockerEngine,
    network: NetworkState,
    /// Where jobs clone from.
    servers: Mutex<BTreeSet<SocketAddr>>,
}

impl Reach {
    /// Makes what the setting says, and sees to it that it can be had, before there is a job.
    pub(crate) async fn set_up(
        kind: JobNetwork,
        docker: Option<&DockerEngine>,
        labels: BTreeMap<String, String>,
        runner: &str,
        server: &Url,
    ) -> Result<Self, NetworkError> {
        // Plain processes have the network of this machine, which the engine warns of.
        let Some(docker) = docker else { return Ok(Self::Open) };
        match kind {
            JobNetwork::None => Ok(Self::None),
            JobNetwork::Open => {
                tracing::warn!("JCI_JOB_NETWORK=open: jobs reach the services of this machine");
                Ok(Self::Open)
            }
            JobNetwork::Filtered => {
                let name = bridge(runner);
                let network = BridgeNetwork {
                    name: name.clone(),
                    labels,
                    interface: name.clone(),
                    between_containers: false,
                    ipv6: None,
                };
                let network =
                    docker.ensure_network(&network).await.map_err(NetworkError::Create)?;
                let fence = Fence { docker: docker.clone(), network, servers: Mutex::default() };
                // Jobs of before a restart go on, and push there. What is not found now, is when
                // the next job begins.
                if let Ok(found) = look_up(server.as_str()).await {
                    fence.add(found);
                }
                fence.policy()?.apply().await?;
                Ok(Self::Filtered(Arc::new(fence)))
            }
        }
    }

    /// Returns the network of the container of a job.
    pub(crate) fn network(&self) -> Network {
        match self {
            Self::Filtered(fence) => Network::Named(fence.network.name.clone()),
            Self::Open => Network::Default,
            Self::None => Network::None,
        }
    }

    /// Lets jobs reach what they clone from, which may be this very machine. Rules that somebody
    /// removed are there again.
    pub(crate) async fn allow(&self, clone_url: &str) -> Result<(), NetworkError> {
        let Self::Filtered(fence) = self else { return Ok(()) };
        fence.add(look_up(clone_url).await?);
        Ok(fence.policy()?.apply().await?)
    }

    /// Looks whether the rules are where a container has come to: an engine that makes the bridge
    /// with the first container may have made it elsewhere.
    pub(crate) async fn check(&self, container: &ContainerId) -> Result<(), NetworkError> {
        let Self::Filtered(fence) = self else { return Ok(()) };
        if !fence.network.comes_with_containers {
            // It was looked for when the rules were set.
            return Ok(());
        }
        let Err(missing) = fence.policy()?.check() else { return Ok(()) };
        match fence.docker.inspect(container).await {
            Ok(found) if found.phase == Phase::Running => Err(missing.into()),
            // It may have taken the bridge along as it ended.
            _ => Ok(()),
        }
    }

    /// Removes network and rules, once there are no jobs.
    pub(crate) async fn remove(&self) {
        let Self::Filtered(fence) = self else { return };
        // In this order: as long as there is a network, there are rules for it.
        if let Err(error) = fence.docker.remove_network(&fence.network.name).await {
            tracing::debug!(%error, "the network of the jobs stays");
            return;
        }
        if let Ok(policy) = fence.policy()
            && let Err(error) = policy.remove().await
        {
            tracing::warn!(%error, "the rules of the jobs' network stay");
        }
    }
}

impl Fence {
    fn add(&self, servers: Vec<SocketAddr>) {
        self.servers.lock().unwrap_or_else(PoisonError::into_inner).extend(servers);
    }

    fn policy(&self) -> Result<NetworkPolicy, PolicyError> {
        let mut policy = NetworkPolicy::of(&self.network)?;
        for server in self.servers.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            policy.allow(*server);
        }
        Ok(policy)
    }
}

/// Names the bridge of a runner: of several on one machine, each has its own.
fn bridge(runner: &str) -> String {
    let hash = digest(&SHA256, runner.as_bytes());
    let short: String = hash.as_ref().iter().take(5).map(|byte| format!("{byte:02x}")).collect();
    format!("jci-{short}")
}

async fn look_up(clone_url: &str) -> Result<Vec<SocketAddr>, NetworkError> {
    let url = Url::parse(clone_url).ok();
    let host = url.as_ref().and_then(|url| Some((url.host_str()?, url.port_or_known_default()?)));
    // What is no address of a host git will complain about better.
    let Some((host, port)) = host else { return Ok(Vec::new()) };
    let plain = host.trim_matches(['[', ']']);
    let found = tokio::net::lookup_host((plain, port)).await;
    let found = found.map_err(|source| NetworkError::Lookup { host: host.to_owned(), source })?;
    Ok(found.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_runner_has_a_bridge_whose_name_is_short_enough() {
        let name = bridge(&"long.name.".repeat(6));
        assert!(name.len() <= 15 && NetworkPolicy::new(&name, []).is_ok(), "{name}");
        assert_ne!(bridge("one"), bridge("two"));
        assert_eq!(bridge("one"), bridge("one"));
    }

    #[tokio::test]
    async fn what_a_job_clones_from_is_found_by_any_spelling() {
        let found = |url: &'static str| async move { look_up(url).await.unwrap() };
        let of = |text: &str| vec![text.parse::<SocketAddr>().unwrap()];
        assert_eq!(found("http://192.0.2.7:8080/git/a/b.git").await, of("192.0.2.7:8080"));
        assert_eq!(found("https://[2001:db8::7]/a/b.git").await, of("[2001:db8::7]:443"));
        assert_eq!(found("http://u:p@192.0.2.7/a/b.git").await, of("192.0.2.7:80"));
        assert_eq!(found("/a/path").await, []);
        let error = look_up("http://jci-no-such-host.invalid/a.git").await.unwrap_err();
        assert!(error.to_string().contains("jci-no-such-host.invalid"), "{error}");
    }
}
