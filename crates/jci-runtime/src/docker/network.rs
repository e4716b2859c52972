//! Networks of containers.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;

use bollard::models::{Ipam, IpamConfig, Network, NetworkCreateRequest};
use bollard::query_parameters::ListNetworksOptions;

use super::{DockerEngine, failure, label_filter};
use crate::RuntimeError;

const INTERFACE: &str = "com.docker.network.bridge.name";
const BETWEEN_CONTAINERS: &str = "com.docker.network.bridge.enable_icc";

/// A network of containers on this machine, behind one interface of it, so that rules of a firewall
/// can be about exactly them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BridgeNetwork {
    /// Its name.
    pub name: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// The name of its interface, at most 15 bytes.
    pub interface: String,
    /// Whether its containers reach each other. Podman lets them, whatever stands here; see
    /// [`NetworkPolicy::of`](crate::NetworkPolicy::of).
    pub between_containers: bool,
    /// Its range of IPv6 addresses; without one it has IPv4 only.
    pub ipv6: Option<String>,
}

/// A network as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkState {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// The name of its interface on this machine.
    pub interface: String,
    /// Whether the interface comes with the first container, and goes with the last: Podman's do.
    pub comes_with_containers: bool,
    /// The addresses of this machine on it.
    pub gateways: Vec<IpAddr>,
    /// Its ranges of addresses.
    pub subnets: Vec<String>,
}

impl DockerEngine {
    /// Creates a network. One that is there already and is like it is fine.
    ///
    /// # Errors
    ///
    /// The engine refuses it, or one of this name is something else.
    pub async fn ensure_network(
        &self,
        network: &BridgeNetwork,
    ) -> Result<NetworkState, RuntimeError> {
        let failed = |error| self.failed("create", subject(&network.name), error);
        if let Some(found) = self.find_network(&network.name).await? {
            return self.like(network, &found);
        }
        match self.docker.create_network(self.request(network)).await {
            // Somebody else was first.
            Err(error) if failure::status(&error) != Some(409) => return Err(failed(error)),
            _ => {}
        }
        match self.find_network(&network.name).await? {
            Some(found) => self.like(network, &found),
            None => Err(refuse(network, "it went away again")),
        }
    }

    /// Lists the networks that have all the labels.
    ///
    /// # Errors
    ///
    /// The engine does not say.
    pub async fn list_networks(
        &self,
        labels: &BTreeMap<String, String>,
    ) -> Result<Vec<NetworkState>, RuntimeError> {
        let options = ListNetworksOptions { filters: Some(label_filter(labels)) };
        let listed = self.docker.list_networks(Some(options)).await;
        let listed = listed.map_err(|error| self.failed("list", "networks", error))?;
        Ok(listed.iter().map(|network| self.state(network)).collect())
    }

    /// Removes a network. One that is gone already is fine.
    ///
    /// # Errors
    ///
    /// The engine refuses: a container is connected to it, say.
    pub async fn remove_network(&self, name: &str) -> Result<(), RuntimeError> {
        match self.docker.remove_network(name).await {
            Err(error) if failure::status(&error) != Some(404) => {
                Err(self.failed("remove", subject(name), error))
            }
            _ => Ok(()),
        }
    }

    /// Finds a network by its whole name, which the engine takes for a pattern.
    async fn find_network(&self, name: &str) -> Result<Option<Network>, RuntimeError> {
        let filters = HashMap::from([("name".to_owned(), vec![name.to_owned()])]);
        let options = ListNetworksOptions { filters: Some(filters) };
        let listed = self.docker.list_networks(Some(options)).await;
        let listed = listed.map_err(|error| self.failed("look for", subject(name), error))?;
        Ok(listed.into_iter().find(|network| network.name.as_deref() == Some(name)))
    }

    fn request(&self, network: &BridgeNetwork) -> NetworkCreateRequest {
        let ipam = network.ipv6.as_ref().map(|subnet| Ipam {
            config: Some(vec![IpamConfig {
                subnet: Some(subnet.clone()),
                ..IpamConfig::default()
            }]),
            ..Ipam::default()
        });
        let mut labels: HashMap<_, _> = network.labels.clone().into_iter().collect();
        if self.facts.is_podman() {
            labels.extend(options(network));
        }
        NetworkCreateRequest {
            name: network.name.clone(),
            driver: Some("bridge".to_owned()),
            enable_ipv6: Some(network.ipv6.is_some()),
            ipam,
            options: Some(options(network).into_iter().collect()),
            labels: Some(labels),
            ..NetworkCreateRequest::default()
        }
    }

    /// Refuses a network that has the name, and would behave differently.
    fn like(&self, network: &BridgeNetwork, found: &Network) -> Result<NetworkState, RuntimeError> {
        for (name, expected) in options(network) {
            let value = option(found, &name);
            if value != Some(&expected) {
                let value = value.unwrap_or("nothing");
                return Err(refuse(
                    network,
                    &format!("one of this name has {value} for {name}, not {expected}"),
                ));
            }
        }
        let found = self.state(found);
        let has_ipv6 =
            |subnet: &String| network.ipv6.as_ref().is_none_or(|wanted| wanted == subnet);
        if found.labels != network.labels {
            return Err(refuse(network, "one of this name has other labels"));
        }
        if !found.subnets.iter().any(has_ipv6) {
            return Err(refuse(network, "one of this name has other addresses of IPv6"));
        }
        Ok(found)
    }

    fn state(&self, network: &Network) -> NetworkState {
        let ranges = network.ipam.as_ref().and_then(|ipam| ipam.config.as_ref());
        let ranges = ranges.into_iter().flatten();
        let id = network.id.clone().unwrap_or_default();
        let interface = option(network, INTERFACE).map_or_else(
            || format!("br-{}", id.chars().take(12).collect::<String>()),
            ToOwned::to_owned,
        );
        let labels = network.labels.clone().unwrap_or_default().into_iter();
        NetworkState {
            name: network.name.clone().unwrap_or_default(),
            labels: labels
                .filter(|(name, _)| ![INTERFACE, BETWEEN_CONTAINERS].contains(&name.as_str()))
                .collect(),
            interface,
            comes_with_containers: self.facts.is_podman(),
            gateways: ranges
                .clone()
                .filter_map(|range| range.gateway.as_ref()?.split('/').next()?.parse().ok())
                .collect(),
            subnets: ranges.filter_map(|range| range.subnet.clone()).collect(),
            id,
        }
    }
}

/// Podman does as its options say, and does not say it again: there they are labels as well.
fn options(network: &BridgeNetwork) -> [(String, String); 2] {
    [
        (INTERFACE.to_owned(), network.interface.clone()),
        (BETWEEN_CONTAINERS.to_owned(), network.between_containers.to_string()),
    ]
}

fn option<'a>(network: &'a Network, name: &str) -> Option<&'a str> {
    let options = network.options.as_ref().and_then(|options| options.get(name));
    let labels = || network.labels.as_ref().and_then(|labels| labels.get(name));
    options.or_else(labels).map(String::as_str)
}

fn refuse(network: &BridgeNetwork, message: &str) -> RuntimeError {
    RuntimeError::Failed {
        operation: "create",
        subject: subject(&network.name),
        message: message.to_owned(),
        transient: false,
    }
}

fn subject(name: &str) -> String {
    format!("the network {name}")
}
