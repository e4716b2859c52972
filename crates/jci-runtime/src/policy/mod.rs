//! What the containers of a network may reach.

mod bridged;
mod name_servers;
mod nft;
mod render;

use std::collections::BTreeSet;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

pub use name_servers::name_servers;
pub use nft::PolicyError;

use crate::NetworkState;

/// Lets the containers behind one bridge reach the internet, and not the machine that they run on.
///
/// Refused, by IPv4 as by IPv6, is whatever would end at the machine itself, by whichever of its
/// addresses; whatever its published ports would hand to other containers; other containers of the
/// network; and the addresses at which clouds tell machines their secrets. Refused means answered:
/// nobody waits for a time-out. Allowed is what [`Self::allow`] names, and name servers, which an
/// engine asks from within the network of a container.
///
/// The rules are a table of nftables of its own, named like the bridge. They only ever take away:
/// what another firewall refuses stays refused.
///
/// Not covered: an address that is the machine's only in the eyes of others, as that of a router
/// that hands its ports on; other machines of the local network.
///
/// ```
/// use jci_runtime::{NetworkPolicy, name_servers};
///
/// let mut policy = NetworkPolicy::new("jci-jobs", name_servers())?;
/// policy.allow("192.0.2.7:8080".parse()?);
/// assert!(policy.ruleset().contains("ip daddr 192.0.2.7 tcp dport 8080 accept"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkPolicy {
    bridge: Bridge,
    allowed: BTreeSet<SocketAddr>,
    name_servers: BTreeSet<IpAddr>,
    /// Whether the bridge comes with its first container.
    comes_with_containers: bool,
}

impl NetworkPolicy {
    /// Returns the policy of a bridge whose engine asks these name servers: [`name_servers`], as
    /// long as it is not told otherwise.
    ///
    /// # Errors
    /// If a bridge cannot have that name.
    pub fn new(
        bridge: &str,
        name_servers: impl IntoIterator<Item = IpAddr>,
    ) -> Result<Self, PolicyError> {
        let name_servers = name_servers.into_iter().map(|address| address.to_canonical()).collect();
        Ok(Self {
            bridge: Bridge::new(bridge)?,
            allowed: BTreeSet::new(),
            name_servers,
            comes_with_containers: false,
        })
    }

    /// Returns the policy of a network of an engine on this machine.
    ///
    /// Podman makes the bridge with the first container, answers questions for names at its own
    /// address there, and leaves it to the kernel's rules to keep containers apart.
    ///
    /// # Errors
    /// If a bridge cannot have the name of its interface.
    pub fn of(network: &NetworkState) -> Result<Self, PolicyError> {
        let mut policy = Self::new(&network.interface, name_servers())?;
        policy.comes_with_containers = network.comes_with_containers;
        if network.comes_with_containers {
            policy.name_servers.extend(&network.gateways);
        }
        Ok(policy)
    }

    /// Allows one port of one address by TCP, also where the machine itself or a published port is
    /// behind it.
    pub fn allow(&mut self, server: SocketAddr) {
        self.allowed.insert(canonical(server));
    }

    /// Returns the rules as `nft -f -` takes them: all of them come at once, in place of those
    /// that were there.
    #[must_use]
    pub fn ruleset(&self) -> String {
        render::ruleset(&self.bridge, &self.allowed, &self.name_servers)
    }

    /// Sets the rules. Doing so again is cheap, and mends what others may have removed.
    ///
    /// Those of a bridge that comes with its first container are there before it. Whether it came
    /// to this machine [`Self::check`] tells, as long as that container runs.
    ///
    /// # Errors
    /// If the bridge is not on this machine or the rules cannot be set; they are as before then.
    pub async fn apply(&self) -> Result<(), PolicyError> {
        if self.comes_with_containers {
            bridged::check()?;
        } else {
            self.check()?;
        }
        nft::run(&self.ruleset()).await
    }

    /// Looks whether the bridge is on this machine, where the rules are.
    ///
    /// # Errors
    /// If it is not.
    pub fn check(&self) -> Result<(), PolicyError> {
        if self.bridge.is_here() {
            return Ok(());
        }
        Err(PolicyError::NoBridge { bridge: self.bridge.to_string() })
    }

    /// Removes the rules. If there are none, that is fine.
    ///
    /// # Errors
    /// If they cannot be removed.
    pub async fn remove(&self) -> Result<(), PolicyError> {
        nft::run(&render::removal(&self.bridge)).await
    }
}

/// Undoes the writing of an IPv4 address as one of IPv6, which no packet bears.
fn canonical(server: SocketAddr) -> SocketAddr {
    SocketAddr::new(server.ip().to_canonical(), server.port())
}

/// The name of a network interface that can stand in a rule as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Bridge(String);

impl Bridge {
    fn new(name: &str) -> Result<Self, PolicyError> {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let fits = name.len() <= 15 && name.starts_with(|c: char| c.is_ascii_alphabetic());
        if fits && name.chars().all(plain) {
            return Ok(Self(name.to_owned()));
        }
        Err(PolicyError::Name { bridge: name.to_owned() })
    }

    fn is_here(&self) -> bool {
        PathBuf::from("/sys/class/net").join(&self.0).exists()
    }
}

impl fmt::Display for Bridge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
