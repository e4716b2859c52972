//! What may be set for a run, by option or by `git config`.

use std::time::Duration;

use jci_exec::{Masker, Secret};
use jci_store::Store;
use jiff::SignedDuration;

use crate::error::CommandError;

/// All settings that there are; docs/configuration.md explains each.
pub(crate) const KEYS: [&str; 3] = ["jci.timeout", "jci.maxOutputSize", "jci.maskEnv"];

/// Checks that every setting makes sense.
pub(crate) fn check(store: &Store) -> Result<(), CommandError> {
    Settings::read(None, store).map(drop)
}

/// What holds for one run.
pub(super) struct Settings {
    pub(super) timeout: Option<Duration>,
    pub(super) max_output_size: Option<u64>,
    /// Hides the values of `jci.maskEnv`; `None` if there is nothing to hide.
    pub(super) masker: Option<Masker>,
}

impl Settings {
    pub(super) fn read(timeout: Option<Duration>, store: &Store) -> Result<Self, CommandError> {
        let configured = || {
            let Some(text) = store.config("jci.timeout") else { return Ok(None) };
            parse_duration(&text).map(Some).map_err(|error| {
                invalid("jci.timeout", &text, &error, "git config jci.timeout 30m")
            })
        };
        Ok(Self {
            timeout: timeout.map_or_else(configured, |timeout| Ok(Some(timeout)))?,
            max_output_size: max_output_size(store)?,
            masker: masker(store)?,
        })
    }
}

/// Reads `jci.maxOutputSize`, in bytes.
pub(crate) fn max_output_size(store: &Store) -> Result<Option<u64>, CommandError> {
    const KEY: &str = "jci.maxOutputSize";
    store
        .config_number(KEY)
        .transpose()
        .map_err(|text| invalid(KEY, &text, "it is no size", "git config jci.maxOutputSize 500m"))
}

fn invalid(key: &str, found: &str, why: &str, example: &str) -> CommandError {
    CommandError::usage(format!("the setting {key} is {found:?}: {why}"))
        .hint(format!("type for example `{example}`"))
}

/// Collects the values of the variables that `jci.maskEnv` names, which no log may show.
fn masker(store: &Store) -> Result<Option<Masker>, CommandError> {
    let names = store.config_values("jci.maskEnv");
    let secrets: Vec<_> = names
        .iter()
        .flat_map(|value| value.split([',', ' ']).filter(|name| !name.is_empty()))
        .filter_map(|name| {
            let value = std::env::var_os(name)?;
            Some(Secret::new(name, value.into_encoded_bytes()))
        })
        .collect();
    if secrets.is_empty() {
        return Ok(None);
    }
    let masker = Masker::new(secrets)
        .map_err(|error| CommandError::failed("failed to prepare masking").because(error))?;
    for name in masker.too_short() {
        eprintln!("warning: the value of {name} is too short to be masked in the log");
    }
    Ok(Some(masker))
}

/// Reads a time such as `90s`, `10m` or `1h30m`; more than none.
pub(super) fn parse_duration(text: &str) -> Result<Duration, String> {
    let error = || "expected a time such as 90s, 10m or 1h30m".to_owned();
    let parsed: SignedDuration = text.parse().map_err(|_| error())?;
    Duration::try_from(parsed).ok().filter(|duration| !duration.is_zero()).ok_or_else(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_what_people_type() {
        assert_eq!(parse_duration("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(parse_duration("1h30m"), Ok(Duration::from_secs(5400)));
        for nonsense in ["", "0s", "-1s", "ten", "10"] {
            assert!(parse_duration(nonsense).is_err(), "{nonsense:?}");
        }
    }
}
