//! Containers on a bridge of Podman's, which comes with the first of them.

use std::net::{SocketAddr, TcpListener};
use std::process::Command;
use std::time::Instant;

use jci_runtime::{
    BridgeNetwork, ContainerId, ContainerSpec, DockerEngine, Endpoint, Network, NetworkPolicy,
    NetworkState, PolicyError, Restrictions, Runtime as _,
};
use jci_testkit::docker::{Docker, Mark, Podman};
use jci_testkit::{Finished, require};

use super::{Client, PATIENCE, daemon_of, listen, written};

/// A network with two containers in it: one that connects, and one that listens.
struct Place {
    engine: DockerEngine,
    network: NetworkState,
    client: ContainerId,
    neighbour: String,
    docker: Docker,
    // Rules and network go with it, and then the service.
    _mark: Mark,
    _podman: Podman,
}

impl Client for Place {
    fn command(&self, arguments: &[&str]) -> Command {
        // A program that Podman itself starts there would have limits that not every machine allows.
        let format = "--format={{.State.Pid}}";
        let process = self.docker.words(&["inspect", format, &self.client.0]).remove(0);
        let mut command = Command::new(require("nsenter", "util-linux"));
        command.args(["--target", &process, "--net", "--mount"]).args(arguments);
        command
    }
}

impl Place {
    /// Makes the network, has something done before there is a container in it, and starts both.
    async fn new(before: impl AsyncFnOnce(&NetworkPolicy)) -> Self {
        let podman = Podman::new();
        let docker = podman.docker();
        let engine =
            DockerEngine::connect(&Endpoint::parse(&podman.host()).unwrap()).await.unwrap();
        let mark = Mark::new(&docker);
        let name = mark.interface();
        let network = BridgeNetwork {
            name: name.clone(),
            labels: [(mark.key().to_owned(), mark.value().to_owned())].into(),
            interface: name.clone(),
            between_containers: false,
            ipv6: None,
        };
        let network = engine.ensure_network(&network).await.unwrap();
        before(&NetworkPolicy::of(&network).unwrap()).await;

        let neighbour = format!("{name}-neighbour");
        let start = async |name: Option<String>, command: &[&str]| {
            let spec = ContainerSpec {
                name,
                image: docker.job_image(),
                command: command.iter().map(|word| (*word).to_owned()).collect(),
                labels: network.labels.clone(),
                network: Network::Named(network.name.clone()),
                restrictions: Restrictions { init: true, ..Restrictions::default() },
                ..ContainerSpec::default()
            };
            engine.start(&spec).await.unwrap()
        };
        let daemon = ["git", "daemon", "--verbose", "--base-path=/root"];
        start(Some(neighbour.clone()), &daemon).await;
        let client = start(None, &["sleep", "1000"]).await;
        Self { engine, network, client, neighbour, docker, _mark: mark, _podman: podman }
    }

    fn policy(&self) -> NetworkPolicy {
        NetworkPolicy::of(&self.network).unwrap()
    }

    /// Returns the address of the other container.
    fn neighbour(&self) -> SocketAddr {
        daemon_of(&self.docker, &self.neighbour)
    }

    /// Listens where the network leads to this machine.
    fn listen(&self) -> (TcpListener, SocketAddr) {
        listen(SocketAddr::new(self.network.gateways[0], 0))
    }

    /// Looks up the name of the other container, which only Podman knows.
    fn finds_neighbour(&self) -> bool {
        let found = Finished::of(&mut self.command(&["getent", "hosts", &self.neighbour]));
        found.stdout().contains(&self.neighbour().ip().to_string())
    }
}

fn wait_until_it_listens(place: &Place) {
    let begin = Instant::now();
    while !place.docker.run(&["logs", &place.neighbour]).stderr().contains("Ready to rumble") {
        assert!(begin.elapsed() < PATIENCE, "nobody listens");
    }
}

#[tokio::test]
async fn containers_reach_their_server_and_neither_each_other_nor_their_machine() {
    let place = Place::new(async |_| {}).await;
    let (_server, server) = place.listen();
    let (_gateway, gateway) = place.listen();
    let targets = [
        ("the server", written(server)),
        ("the gateway", written(gateway)),
        ("another container", written(place.neighbour())),
    ];
    // What nobody refuses is reached: all that follows is due to the rules.
    place.wait_until_all_reached(&targets);

    let mut policy = place.policy();
    policy.allow(server);
    policy.apply().await.unwrap();
    assert_eq!(place.reached(&targets), ["the server"]);
    assert!(place.finds_neighbour(), "names are asked of the gateway");

    policy.remove().await.unwrap();
    place.wait_until_all_reached(&targets);
}

#[tokio::test]
async fn rules_are_there_before_the_bridge_and_hold_when_it_comes_back() {
    let place = Place::new(async |policy| {
        assert!(matches!(policy.check(), Err(PolicyError::NoBridge { .. })));
        policy.apply().await.unwrap();
    })
    .await;
    let targets = |place: &Place| [("another container", written(place.neighbour()))];
    place.policy().check().unwrap();
    wait_until_it_listens(&place);
    assert_eq!(place.reached(&targets(&place)), [""; 0]);

    for container in place.engine.list(&place.network.labels).await.unwrap() {
        place.engine.remove(&container.id).await.unwrap();
    }
    assert!(matches!(place.policy().check(), Err(PolicyError::NoBridge { .. })));
}
