//! What is left of jobs: processes, containers, networks, rules.

use std::fs;
use std::process::Command;

use jci_testkit::{Finished, require};

use crate::world::{World, wait_until};

/// Returns the command lines of all processes of this machine.
pub(super) fn command_lines() -> Vec<String> {
    let processes = fs::read_dir("/proc").unwrap();
    let lines = processes.filter_map(|process| {
        // One that has ended meanwhile has none.
        let line = fs::read(process.ok()?.path().join("cmdline")).ok()?;
        Some(String::from_utf8_lossy(&line).replace('\0', " "))
    });
    lines.collect()
}

/// Returns a number of seconds for which nobody else sleeps, by which a process is found.
pub(super) fn unique_sleep() -> String {
    format!("{}.{}", std::process::id(), fastrand::u64(..))
}

/// Finds the processes that sleep for so long.
pub(super) fn sleepers(sleep: &str) -> Vec<String> {
    let word = format!("sleep {sleep}");
    command_lines().into_iter().filter(|line| line.contains(&word)).collect()
}

/// Waits until no container of the runner is left.
#[track_caller]
pub(super) fn wait_until_no_container(world: &World) {
    wait_until("no container is left", || world.containers().is_empty().then_some(()));
}

/// Stops the runner, and looks for what it has left.
#[track_caller]
pub(super) fn nothing(mut world: World) {
    let filter = format!("--filter=label={}", world.mark.label());
    let networks = world.docker.words(&["network", "ls", "--format={{.Name}}", &filter]);
    assert_eq!(networks.len(), 1, "the runner has a network of its own");
    wait_until_no_container(&world);
    assert!(world.runner.stop().success());
    world.mark.assert_nothing_left();
    let mut nft = Command::new(require("nft", "nftables"));
    let tables = Finished::of(nft.args(["list", "tables"])).success().stdout();
    assert!(!tables.contains(&networks[0]), "{tables}");
    world.forge.finish();
}
