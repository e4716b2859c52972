//! The settings of jci in git's configuration.

use jci_store::Store;

use super::finding::{Findings, Level};
use crate::commands::run::{KEYS, check_settings};

/// Names the settings that are made, those that nobody reads, and those that make no sense.
pub(super) fn check(findings: &mut Findings, store: &Store) {
    const ABOUT: &str = "settings";
    let (known, unknown): (Vec<_>, Vec<_>) = store
        .config_keys("jci")
        .into_iter()
        .partition(|key| KEYS.iter().any(|known| known.eq_ignore_ascii_case(key)));
    for key in unknown {
        let says = format!("the setting {key} is not one that jci knows");
        let known = format!("known are {}", KEYS.join(", "));
        findings.add(Level::Warn, ABOUT, says, [known, format!("git config --unset-all {key}")]);
    }
    if let Err(error) = check_settings(store) {
        findings.failure(Level::Problem, ABOUT, error);
    } else if known.is_empty() {
        findings.ok(ABOUT, "none are made");
    } else {
        let values = known.iter().map(|key| {
            let value = store.config(key).unwrap_or_default();
            format!("{key}={value}")
        });
        findings.ok(ABOUT, values.collect::<Vec<_>>().join(", "));
    }
}
