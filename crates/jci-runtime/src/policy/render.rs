//! The rules as text.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::net::{IpAddr, SocketAddr};

use super::Bridge;

/// Where machines of clouds ask who they are, and with which secrets. Those within the blocks of
/// link-local addresses are covered by these.
const METADATA_V4: &str = "169.254.0.0/16, 100.100.100.200, 168.63.129.16, 192.0.0.192";
const METADATA_V6: &str = "fe80::/10, fd00:ec2::254, fd20:ce::254";

/// Answers that there is no way, so that nobody waits. TCP has a word of its own for that, of which
/// the kernel sends as many as it takes; others are told so once a second.
const REFUSE: &str = "\tchain refuse {
\t\tmeta l4proto tcp reject with tcp reset
\t\treject with icmpx type admin-prohibited
\t}";

/// Ours come before those of the engine, which are at 0 and know nothing of them.
const PRIORITY: &str = "-10";

/// Removes the table, there or not.
pub(super) fn removal(bridge: &Bridge) -> String {
    // Adding one that is there already does nothing, and makes the removal of any one right.
    format!("add table inet {bridge}\ndelete table inet {bridge}\n")
}

/// Sets the table, in one transaction.
pub(super) fn ruleset(
    bridge: &Bridge,
    allowed: &BTreeSet<SocketAddr>,
    name_servers: &BTreeSet<IpAddr>,
) -> String {
    let mut text = removal(bridge);
    let mut put = |line: &str| writeln!(text, "{line}").expect("text takes text");
    put(&format!("table inet {bridge} {{"));
    put(REFUSE);
    put("\t# What ends at this machine, by whichever of its addresses.");
    begin("input", bridge, &mut put);
    // Without these the machine could not be the way to anywhere else by IPv6.
    put("\t\ticmpv6 type { nd-router-solicit, nd-neighbor-solicit, nd-neighbor-advert } accept");
    for server in allowed {
        put(&format!("\t\t{} tcp dport {} accept", to(server.ip()), server.port()));
    }
    allow_names(name_servers, &mut put);
    put("\t\tgoto refuse\n\t}");
    put("\t# What this machine would hand on.");
    begin("forward", bridge, &mut put);
    for server in allowed {
        // As the job has written it, whatever a published port has made of it.
        let (to, port) = (to(server.ip()), server.port());
        put(&format!("\t\tmeta l4proto tcp ct original {to} ct original proto-dst {port} accept"));
    }
    allow_names(name_servers, &mut put);
    put(&format!("\t\toifname \"{bridge}\" goto refuse"));
    put("\t\tct status dnat goto refuse");
    put(&format!("\t\tip daddr {{ {METADATA_V4} }} goto refuse"));
    put(&format!("\t\tip6 daddr {{ {METADATA_V6} }} goto refuse\n\t}}\n}}"));
    text
}

fn begin(hook: &str, bridge: &Bridge, put: &mut impl FnMut(&str)) {
    put(&format!("\tchain {hook} {{"));
    put(&format!("\t\ttype filter hook {hook} priority {PRIORITY}; policy accept;"));
    put(&format!("\t\tiifname != \"{bridge}\" accept"));
    put("\t\tct state established,related accept");
}

fn allow_names(name_servers: &BTreeSet<IpAddr>, put: &mut impl FnMut(&str)) {
    for server in name_servers {
        put(&format!("\t\t{} meta l4proto {{ tcp, udp }} th dport 53 accept", to(*server)));
    }
}

fn to(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => format!("ip daddr {address}"),
        IpAddr::V6(address) => format!("ip6 daddr {address}"),
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use jci_testkit::{Finished, require};
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_rules_of_a_bridge() {
        let bridge = Bridge::new("jci-jobs").unwrap();
        let allowed = ["192.0.2.7:8080", "[2001:db8::7]:8080"].map(|text| text.parse().unwrap());
        let names = ["192.0.2.1".parse().unwrap()];
        insta::assert_snapshot!(ruleset(&bridge, &allowed.into(), &names.into()), @r#"
        add table inet jci-jobs
        delete table inet jci-jobs
        table inet jci-jobs {
        	chain refuse {
        		meta l4proto tcp reject with tcp reset
        		reject with icmpx type admin-prohibited
        	}
        	# What ends at this machine, by whichever of its addresses.
        	chain input {
        		type filter hook input priority -10; policy accept;
        		iifname != "jci-jobs" accept
        		ct state established,related accept
        		icmpv6 type { nd-router-solicit, nd-neighbor-solicit, nd-neighbor-advert } accept
        		ip daddr 192.0.2.7 tcp dport 8080 accept
        		ip6 daddr 2001:db8::7 tcp dport 8080 accept
        		ip daddr 192.0.2.1 meta l4proto { tcp, udp } th dport 53 accept
        		goto refuse
        	}
        	# What this machine would hand on.
        	chain forward {
        		type filter hook forward priority -10; policy accept;
        		iifname != "jci-jobs" accept
        		ct state established,related accept
        		meta l4proto tcp ct original ip daddr 192.0.2.7 ct original proto-dst 8080 accept
        		meta l4proto tcp ct original ip6 daddr 2001:db8::7 ct original proto-dst 8080 accept
        		ip daddr 192.0.2.1 meta l4proto { tcp, udp } th dport 53 accept
        		oifname "jci-jobs" goto refuse
        		ct status dnat goto refuse
        		ip daddr { 169.254.0.0/16, 100.100.100.200, 168.63.129.16, 192.0.0.192 } goto refuse
        		ip6 daddr { fe80::/10, fd00:ec2::254, fd20:ce::254 } goto refuse
        	}
        }
        "#);
    }

    #[test]
    fn nft_takes_them_whatever_is_allowed() {
        let bridge = Bridge::new("jci-jobs").unwrap();
        let allowed = ["192.0.2.7:8080", "[2001:db8::7]:8080"].map(|text| text.parse().unwrap());
        let names = ["192.0.2.1", "2001:db8::53"].map(|text| text.parse().unwrap());
        let nothing = ruleset(&bridge, &BTreeSet::new(), &BTreeSet::new());
        let all = ruleset(&bridge, &allowed.into(), &names.into());
        for rules in [removal(&bridge), nothing, all] {
            let mut nft = Command::new(require("nft", "nftables"));
            let _ = Finished::fed(nft.args(["-c", "-f", "-"]), rules.as_bytes()).success();
        }
    }

    proptest! {
        /// A name that is taken can stand in the rules and says nothing but itself.
        #[test]
        fn a_name_that_would_be_more_than_a_name_is_refused(name in "[ -~\\n]{0,17}") {
            let sound = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
            if let Ok(bridge) = Bridge::new(&name) {
                prop_assert!((1..=15).contains(&name.len()) && name.chars().all(sound));
                prop_assert_eq!(removal(&bridge).lines().count(), 2);
            }
        }
    }
}
