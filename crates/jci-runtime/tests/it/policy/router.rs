//! Three machines in a row, made of network namespaces: a client, a router with the rules, and the
//! world, which has the addresses of a cloud.

use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use jci_runtime::NetworkPolicy;
use jci_testkit::{Finished, require};

use super::Client;

const CLIENT: &str = "client";
const ROUTER: &str = "router";
const WORLD: &str = "world";

/// The interface of the router on the side of the client.
const BRIDGE: &str = "jobs";

/// What the client cannot be told from: addresses, and ways to them.
const SET_UP: &str = r"
ip -n $router link add jobs type veth peer name uplink netns $client
ip -n $router link add out type veth peer name uplink netns $world
for machine in $client $router $world; do ip -n $machine link set lo up; done
ip -n $client address add 10.1.0.2/24 dev uplink
ip -n $client address add fd01::2/64 dev uplink nodad
ip -n $router address add 10.1.0.1/24 dev jobs
ip -n $router address add fd01::1/64 dev jobs nodad
ip -n $router address add 10.2.0.1/24 dev out
ip -n $router address add fd02::1/64 dev out nodad
ip -n $router address add 192.0.2.53/32 dev lo
ip -n $world address add 10.2.0.2/24 dev uplink
ip -n $world address add fd02::2/64 dev uplink nodad
ip -n $client link set uplink up
ip -n $world link set uplink up
ip -n $router link set jobs up
ip -n $router link set out up
for address in 169.254.169.254/32 100.100.100.200/32 fd00:ec2::254/128; do
  ip -n $world address add $address dev lo
done
ip -n $router route add 169.254.169.254/32 via 10.2.0.2
ip -n $router route add 100.100.100.200/32 via 10.2.0.2
ip -n $router route add fd00:ec2::254/128 via fd02::2
for machine in $client $world; do
  case $machine in $client) net=1;; *) net=2;; esac
  ip -n $machine route add default via 10.$net.0.1
  ip -n $machine -6 route add default via fd0$net::1
done
ip netns exec $router sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
ip netns exec $router nft -f - <<END
table inet published {
  chain prerouting {
    type nat hook prerouting priority dstnat;
    ip daddr 10.1.0.1 tcp dport { 7001, 7002 } dnat ip to 10.2.0.2:9418
    ip6 daddr fd01::1 tcp dport { 7001, 7002 } dnat ip6 to [fd02::2]:9418
  }
}
END
";

/// The three, and who listens on two of them, on port 9418 of every address.
struct Row {
    prefix: String,
    daemons: Vec<Child>,
}

impl Row {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let mut row =
            Self { prefix: format!("jci-test-{}-{count}", std::process::id()), daemons: vec![] };
        let (_, _) = (require("ip", "iproute2"), require("nft", "nftables"));
        let mut script = String::from("set -e\n");
        for machine in [CLIENT, ROUTER, WORLD] {
            let name = row.name(machine);
            script.push_str(&format!("{machine}={name}\nip netns add {name}\n"));
        }
        let _ = Finished::of(Command::new("bash").args(["-c", &(script + SET_UP)])).success();
        row.listen(ROUTER, 9418);
        row.listen(ROUTER, 53);
        row.listen(WORLD, 9418);
        row
    }

    fn name(&self, machine: &str) -> String {
        format!("{}-{machine}", self.prefix)
    }

    fn at(&self, machine: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(require("ip", "iproute2"));
        command.args(["netns", "exec", &self.name(machine)]).args(arguments);
        command
    }

    fn listen(&mut self, machine: &str, port: u16) {
        // Not through git, whose child would outlive it.
        let core = Finished::of(Command::new("git").arg("--exec-path")).success().stdout();
        let daemon = format!("{}/git-daemon", core.trim_end());
        let mut command = self.at(machine, &[&daemon, &format!("--port={port}"), "--base-path=/"]);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        self.daemons.push(command.spawn().unwrap());
    }

    /// Gives the router rules.
    fn set(&self, rules: &str) {
        let _ =
            Finished::fed(&mut self.at(ROUTER, &["nft", "-f", "-"]), rules.as_bytes()).success();
    }
}

impl Client for Row {
    fn command(&self, arguments: &[&str]) -> Command {
        self.at(CLIENT, arguments)
    }
}

impl Drop for Row {
    fn drop(&mut self) {
        for daemon in &mut self.daemons {
            let _ = daemon.kill();
            let _ = daemon.wait();
        }
        for machine in [CLIENT, ROUTER, WORLD] {
            let _ = Command::new("ip").args(["netns", "delete", &self.name(machine)]).status();
        }
    }
}

#[test]
fn the_world_is_reached_and_what_clouds_tell_machines_is_not() {
    let row = Row::new();
    let targets = [
        ("the world", "10.2.0.2/9418"),
        ("the world by IPv6", "fd02::2/9418"),
        ("metadata", "169.254.169.254/9418"),
        ("metadata of another cloud", "100.100.100.200/9418"),
        ("metadata by IPv6", "fd00:ec2::254/9418"),
        ("the router", "10.1.0.1/9418"),
        ("the router, by its other side", "10.2.0.1/9418"),
        ("the router by IPv6", "fd01::1/9418"),
        ("the router, by its other side and IPv6", "fd02::1/9418"),
        ("a published port", "10.1.0.1/7001"),
        ("a published port by IPv6", "fd01::1/7001"),
        ("the server's published port", "10.1.0.1/7002"),
        ("the server's published port by IPv6", "fd01::1/7002"),
        ("a name server on the router", "192.0.2.53/53"),
        ("another port of it", "192.0.2.53/9418"),
    ];
    let targets = targets.map(|(name, address)| (name, address.to_owned()));
    row.wait_until_all_reached(&targets);
    let name_server = "192.0.2.53".parse().unwrap();
    let mut policy = NetworkPolicy::new(BRIDGE, [name_server]).unwrap();
    policy.allow("10.1.0.1:7002".parse().unwrap());
    policy.allow("[fd01::1]:7002".parse().unwrap());
    row.set(&policy.ruleset());
    assert_eq!(
        row.reached(&targets),
        [
            "the world",
            "the world by IPv6",
            "the server's published port",
            "the server's published port by IPv6",
            "a name server on the router",
        ]
    );
}
