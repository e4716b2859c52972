//! A jci-server as a team has it, and the load that is put on it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::BenchError;
use super::place::{Place, release_folder};
use super::server::{Server, Start};
use crate::process;

/// What webhooks are signed with, and what runners and people show, by the names that the load and
/// the programs know.
pub(super) const WEBHOOKS: (&str, &str) = ("WEBHOOK_SECRET", "webhooks");
pub(super) const RUNNERS: (&str, &str) = ("JCI_RUNNER_SECRET", "runners");
const PEOPLE: (&str, &str) = ("JCI_API_TOKEN", "people");

/// A forge that is none: nobody listens there.
pub(super) const NO_FORGE: [(&str, &str); 2] =
    [("GITEA_HOST", "http://127.0.0.1:9"), ("GITEA_TOKEN", "none")];

/// Starts a jci-server that works in a folder, with more settings.
pub(super) fn start_server(
    place: &Place,
    folder: &Path,
    more: &[&[(&str, &str)]],
) -> Result<Server, BenchError> {
    let address_file = folder.join("address");
    let address = address_file.to_string_lossy();
    let common = [
        RUNNERS,
        PEOPLE,
        ("GITEA_WEBHOOK_SECRET", WEBHOOKS.1),
        ("JCI_LISTEN", "127.0.0.1:0"),
        ("JCI_ADDRESS_FILE", &address),
        ("JCI_LOG", "warn"),
    ];
    let variables = [&common[..], &more.concat()].concat();
    let words = ["jci-server"];
    let address_file = Some(address_file.as_path());
    let start = Start { folder, words: &words, variables: &variables, address_file };
    Ok(Server::start(place, &start)?)
}

/// Returns the program that puts load on a server.
pub(super) fn load_program() -> PathBuf {
    release_folder().join("examples/load")
}

/// Runs that program for a server; returns what it prints.
pub(super) fn load(place: &Place, address: &str, words: &[&str]) -> Result<String, BenchError> {
    let mut load = place.command(load_program(), &place.path("home"));
    Ok(process::read(load.arg(address).args(words).envs([WEBHOOKS, RUNNERS, PEOPLE]))?)
}

/// Reads how long the load took by its own watch.
pub(super) fn seconds(printed: &str) -> Result<Duration, BenchError> {
    let seconds = printed.parse().ok().and_then(|it| Duration::try_from_secs_f64(it).ok());
    seconds.ok_or_else(|| BenchError::NoTime { printed: printed.to_owned() })
}
