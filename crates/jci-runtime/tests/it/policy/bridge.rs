//! A container on a bridge, and what listens on its machine.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::process::Command;

use jci_runtime::{NetworkPolicy, PolicyError, name_servers};
use jci_testkit::docker::{Docker, Mark};
use jci_testkit::{ip, require};

use super::{Client, PATIENCE, daemon_of, listen, written};

/// A network with a container in it. The rules go with the network.
struct Place {
    docker: Docker,
    mark: Mark,
    bridge: String,
    gateway: IpAddr,
    container: String,
}

impl Place {
    fn new() -> Self {
        let docker = Docker::of_machine();
        let mark = Mark::new(&docker);
        let bridge = mark.interface();
        let (label, image) = (mark.label(), docker.job_image());
        let option = format!("com.docker.network.bridge.name={bridge}");
        docker.words(&["network", "create", "--label", &label, "--opt", &option, &bridge]);
        let format = "--format={{(index .IPAM.Config 0).Gateway}}";
        let gateway = docker.words(&["network", "inspect", format, &bridge]);
        let gateway = gateway[0].parse().unwrap();
        // IPv6, if only to the next machine, which is what all is about here.
        let ipv6 = "--sysctl=net.ipv6.conf.all.disable_ipv6=0";
        let line = ["run", "--detach", "--init", "--label", &label, "--network", &bridge, ipv6];
        let container = docker.words(&[&line[..], &[&image, "sleep", "1000"]].concat()).remove(0);
        Self { docker, mark, bridge, gateway, container }
    }

    /// Gives the machine an address more, which goes with the bridge.
    fn another_address(&self) -> IpAddr {
        let IpAddr::V4(gateway) = self.gateway else { panic!("{} is IPv4", self.gateway) };
        let [_, two, three, _] = gateway.octets();
        let address = Ipv4Addr::new(198, 18, two, three);
        let _ = ip(&["address", "add", &format!("{address}/32"), "dev", &self.bridge]).success();
        address.into()
    }

    /// Returns the address of the machine on the bridge by IPv6.
    fn link_local(&self) -> String {
        let begin = std::time::Instant::now();
        loop {
            let list = ["-6", "-oneline", "address", "show", "dev", &self.bridge, "scope", "link"];
            let printed = ip(&list).success().stdout();
            let address = printed.split_whitespace().find(|word| word.starts_with("fe80:"));
            if let Some(address) = address.filter(|_| !printed.contains("tentative")) {
                return address.split('/').next().unwrap().to_owned();
            }
            assert!(begin.elapsed() < PATIENCE, "the bridge has no address: {printed}");
        }
    }

    /// Runs a container that listens on port 9418.
    fn daemon(&self, option: &str) -> String {
        let (label, image) = (self.mark.label(), self.docker.job_image());
        let options = ["run", "--detach", "--init", "--label", &label, option];
        let daemon = [&image, "git", "daemon", "--base-path=/root"];
        self.docker.words(&[&options[..], &daemon].concat()).remove(0)
    }

    /// Returns the address of another container on the network, which listens.
    fn neighbour(&self) -> SocketAddr {
        let container = self.daemon(&format!("--network={}", self.bridge));
        daemon_of(&self.docker, &container)
    }

    /// Publishes a port of a container on another network.
    fn publish(&self) -> u16 {
        let container = self.daemon("--publish=9418");
        let port = self.docker.words(&["port", &container, "9418/tcp"]).remove(0);
        port.rsplit(':').next().unwrap().parse().unwrap()
    }

    fn policy(&self) -> NetworkPolicy {
        NetworkPolicy::new(&self.bridge, name_servers()).unwrap()
    }

    fn listen(&self) -> (TcpListener, SocketAddr) {
        listen(SocketAddr::new(self.gateway, 0))
    }
}

impl Client for Place {
    fn command(&self, arguments: &[&str]) -> Command {
        self.docker.command(&[&["exec", &self.container], arguments].concat())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = Command::new(require("nft", "nftables"))
            .args(["delete", "table", "inet", &self.bridge])
            .output();
    }
}

fn apply(policy: &NetworkPolicy) -> Result<(), PolicyError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(policy.apply())
}

fn remove(policy: &NetworkPolicy) -> Result<(), PolicyError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(policy.remove())
}

#[test]
fn a_container_reaches_its_server_and_nothing_else_of_its_machine() {
    let place = Place::new();
    let (other, published) = (place.another_address(), place.publish());
    let (_server, server) = place.listen();
    let (_gateway, gateway) = place.listen();
    let (_other, other_port) = listen(SocketAddr::new(other, 0));
    let (_ipv6, ipv6) = listen("[::]:0".parse().unwrap());
    let published_elsewhere = SocketAddr::new(other, published);
    let targets = [
        ("the server", written(server)),
        ("the gateway", written(gateway)),
        ("another address", written(other_port)),
        ("a published port", written(SocketAddr::new(place.gateway, published))),
        ("it, by another address", written(published_elsewhere)),
        ("another container", written(place.neighbour())),
        ("by IPv6", format!("{}%eth0/{}", place.link_local(), ipv6.port())),
    ];
    // What nobody refuses is reached: all that follows is due to the rules.
    place.wait_until_all_reached(&targets);

    let mut policy = place.policy();
    policy.allow(server);
    apply(&policy).unwrap();
    assert_eq!(place.reached(&targets), ["the server"]);

    // A server in a container of its own, behind a port that is published.
    policy.allow(published_elsewhere);
    apply(&policy).unwrap();
    assert_eq!(place.reached(&targets), ["the server", "it, by another address"]);

    remove(&policy).unwrap();
    remove(&policy).unwrap();
    place.wait_until_all_reached(&targets);
}

#[test]
fn what_listens_on_loopback_is_out_of_reach_with_rules_and_without() {
    let place = Place::new();
    let (_loopback, loopback) = listen("127.0.0.1:0".parse().unwrap());
    let by_gateway = SocketAddr::new(place.gateway, loopback.port());
    let targets = [("loopback", written(loopback)), ("by the gateway", written(by_gateway))];
    assert!(place.reached(&targets).is_empty());
    apply(&place.policy()).unwrap();
    assert!(place.reached(&targets).is_empty());
}

#[test]
fn a_bridge_that_is_elsewhere_is_named() {
    let policy = NetworkPolicy::new("jci-nowhere", []).unwrap();
    insta::assert_snapshot!(
        apply(&policy).unwrap_err(),
        @"there is no network interface jci-nowhere here: the engine runs on another machine, or this program in a container with a network of its own"
    );
}
