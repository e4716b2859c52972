//! The name servers that an engine asks for its containers.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};
use std::{fs, io};

const FILE: &str = "/etc/resolv.conf";
/// Where the servers stand that systemd-resolved asks, while [`FILE`] names only itself.
const RESOLVED: &str = "/run/systemd/resolve/resolv.conf";
const RESOLVED_ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 53));

/// Returns the name servers of this machine that containers reach over their network.
///
/// One on the machine's own loopback is left out: engines ask it from outside of the network.
#[must_use]
pub fn name_servers() -> BTreeSet<IpAddr> {
    reachable(fs::read_to_string(FILE), || fs::read_to_string(RESOLVED))
}

fn reachable(
    file: io::Result<String>,
    resolved: impl FnOnce() -> io::Result<String>,
) -> BTreeSet<IpAddr> {
    let mut found = parse(&file.unwrap_or_default());
    if found.iter().eq([&RESOLVED_ADDRESS]) {
        found = parse(&resolved().unwrap_or_default());
    }
    found.retain(|address| !address.is_loopback());
    found
}

fn parse(text: &str) -> BTreeSet<IpAddr> {
    text.lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            let address = words.next().filter(|word| *word == "nameserver").and(words.next())?;
            // The scope of an address is of this machine, and no part of it.
            address.split('%').next()?.parse().ok()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(file: &str, resolved: &str) -> Vec<String> {
        let found = reachable(Ok(file.to_owned()), || Ok(resolved.to_owned()));
        found.into_iter().map(|address| address.to_string()).collect()
    }

    #[test]
    fn servers_are_read_whatever_else_stands_there() {
        let file = "# by hand\nsearch example.org\nnameserver 192.0.2.1\n nameserver\tfe80::1%eth0 \n\
                    nameserver nonsense\nnameserver\noptions ndots:1\nnameserver 192.0.2.1\n";
        assert_eq!(found(file, ""), ["192.0.2.1", "fe80::1"]);
    }

    #[test]
    fn a_server_on_loopback_is_not_reached_over_the_network() {
        assert_eq!(
            found("nameserver 127.0.0.1\nnameserver ::1\n", "nameserver 9.9.9.9\n").len(),
            0
        );
        assert_eq!(found("", "nameserver 9.9.9.9\n").len(), 0);
    }

    #[test]
    fn those_behind_systemd_resolved_are_asked_in_its_place() {
        assert_eq!(found("nameserver 127.0.0.53\n", "nameserver 9.9.9.9\n"), ["9.9.9.9"]);
        assert_eq!(
            found("nameserver 127.0.0.53\nnameserver 8.8.8.8\n", "nameserver 9.9.9.9\n"),
            ["8.8.8.8"]
        );
    }
}
