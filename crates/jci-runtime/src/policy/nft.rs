//! The program that sets rules.

use std::io;
use std::process::{Output, Stdio};

use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

/// Where it is looked for: services and users often have no `sbin` on their path.
const PROGRAMS: [&str; 3] = ["nft", "/usr/sbin/nft", "/sbin/nft"];

/// Why the rules of a network cannot be set.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// No bridge can be named like that.
    #[error(
        "a bridge cannot be named {bridge:?}: at most 15 letters, digits, - and _, a letter first"
    )]
    Name {
        /// The name.
        bridge: String,
    },
    /// The bridge is not on this machine.
    #[error(
        "there is no network interface {bridge} here: the engine runs on another machine, or this \
         program in a container with a network of its own"
    )]
    NoBridge {
        /// Its name.
        bridge: String,
    },
    /// Containers on the bridge would reach each other.
    #[error(
        "containers of one network would reach each other, as the kernel shows rules nothing of \
         what stays on a bridge: `modprobe br_netfilter`, then `sysctl \
         net.bridge.bridge-nf-call-iptables=1 net.bridge.bridge-nf-call-ip6tables=1`"
    )]
    Bridged,
    /// The program that sets rules is missing.
    #[error("there is no program nft, which sets rules of the network: install nftables")]
    NoProgram,
    /// The program could not be run.
    #[error("cannot run nft")]
    Run(#[source] io::Error),
    /// The rules were refused.
    #[error("nft has refused the rules: {message}")]
    Refused {
        /// What it said.
        message: String,
    },
    /// This user may set no rules.
    #[error(
        "this user may not set rules of the network: that takes root or the capability NET_ADMIN"
    )]
    NotPermitted,
}

/// Does all that a text says, or nothing.
pub(super) async fn run(rules: &str) -> Result<(), PolicyError> {
    for program in PROGRAMS {
        match feed(program, rules).await {
            Ok(output) if output.status.success() => return Ok(()),
            Ok(output) => return Err(refused(&output)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(PolicyError::Run(error)),
        }
    }
    Err(PolicyError::NoProgram)
}

async fn feed(program: &str, rules: &str) -> io::Result<Output> {
    let mut command = Command::new(program);
    command.args(["-f", "-"]).env("LC_ALL", "C").kill_on_drop(true);
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        // One that has ended already says by itself why.
        let _ = stdin.write_all(rules.as_bytes()).await;
    }
    child.wait_with_output().await
}

fn refused(output: &Output) -> PolicyError {
    let said = String::from_utf8_lossy(&output.stderr);
    if said.contains("Operation not permitted") {
        return PolicyError::NotPermitted;
    }
    // The first line says what, those below it show where.
    let message = said.lines().find(|line| !line.trim().is_empty()).unwrap_or("it did not say why");
    PolicyError::Refused { message: message.to_owned() }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::process::Command;

    use jci_testkit::require;

    use super::{Output, Stdio, refused};

    fn output(command: &mut Command, rules: &str) -> Output {
        let mut child = command.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(rules.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }

    #[test]
    fn a_user_without_rights_is_told_what_it_takes() {
        let nft = require("nft", "nftables");
        let mut nobody = Command::new(require("setpriv", "util-linux"));
        nobody.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(nft);
        let output = output(nobody.args(["-f", "-"]), "add table inet jci-nobody\n");
        insta::assert_snapshot!(
            refused(&output),
            @"this user may not set rules of the network: that takes root or the capability NET_ADMIN"
        );
    }

    #[test]
    fn what_nft_does_not_understand_is_told_in_its_words() {
        let mut nft = Command::new(require("nft", "nftables"));
        let output = output(nft.args(["-c", "-f", "-"]), "add no such thing\n");
        let refused = refused(&output).to_string();
        assert!(refused.starts_with("nft has refused the rules: "), "{refused}");
        assert!(refused.contains("syntax error"), "{refused}");
    }
}
