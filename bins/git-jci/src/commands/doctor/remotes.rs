//! Where runs go to and come from.

use jci_store::Store;

use super::finding::{Findings, Level};
use crate::context::Context;
use crate::transfer::{Direction, Remote, without_password};

const ABOUT: &str = "remotes";

/// Looks at the remotes and at settings of theirs that touch runs.
pub(super) fn remotes(findings: &mut Findings, context: &Context, store: &Store) {
    let names = store.remote_names();
    if names.is_empty() {
        return findings.ok(ABOUT, "there are none: runs stay here");
    }
    for name in &names {
        remote(findings, store, name);
    }
    let [push, pull] = [Direction::Push, Direction::Pull].map(|direction| {
        let chosen = Remote::choose(store, context, None, direction);
        chosen.map_or_else(|_| "what you name".to_owned(), |remote| remote.shown())
    });
    findings.ok(ABOUT, format!("git jci push goes to {push}, git jci pull comes from {pull}"));
}

fn remote(findings: &mut Findings, store: &Store, name: &str) {
    let url = store.config(&format!("remote.{name}.url")).unwrap_or_default();
    let shown = without_password(&url);
    let has_password = url.split_once("://").is_some_and(|(_, rest)| {
        let user = rest.split(['/', '@']).next().unwrap_or_default();
        shown != url && user.contains(':')
    });
    if has_password {
        findings.add(
            Level::Warn,
            ABOUT,
            format!("{name}: a password stands in the configuration"),
            [
                "keep it in a credential helper: see `git help credentials`".to_owned(),
                format!("git remote set-url {name} {shown}"),
            ],
        );
    }
    let is_set = |key: &str| store.config(&format!("remote.{name}.{key}"));
    if is_set("mirror").is_some_and(|value| value != "false") {
        findings.add(
            Level::Warn,
            ABOUT,
            format!(
                "{name} is a mirror: an ordinary git push deletes every run there that is not here"
            ),
            [format!("git config --unset remote.{name}.mirror")],
        );
    }
    let fetches = store.config_values(&format!("remote.{name}.fetch"));
    if !fetches.iter().any(|refspec| reaches_runs(refspec)) {
        return;
    }
    let prunes = is_set("prune").or_else(|| store.config("fetch.prune"));
    if prunes.is_some_and(|value| value != "false") {
        findings.add(
            Level::Problem,
            ABOUT,
            format!("an ordinary git fetch from {name} deletes every run that is only here"),
            [format!("git config remote.{name}.prune false")],
        );
    } else {
        findings.add(
            Level::Note,
            ABOUT,
            format!("an ordinary git fetch from {name} brings runs, too"),
            [],
        );
    }
}

/// Tells whether a refspec writes to refs of runs here.
fn reaches_runs(refspec: &str) -> bool {
    let ours = refspec.rsplit(':').next().unwrap_or_default();
    ours == "refs/*" || ours.starts_with("refs/jci-runs")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_writes_to_runs_is_known() {
        assert!(reaches_runs("+refs/*:refs/*"));
        assert!(reaches_runs("refs/jci-runs/*:refs/jci-runs/*"));
        assert!(!reaches_runs("+refs/heads/*:refs/remotes/origin/*"));
        assert!(!reaches_runs("+refs/jci-runs/*:refs/remotes/origin/jci-runs/*"));
    }
}
