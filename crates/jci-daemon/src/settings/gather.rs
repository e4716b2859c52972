//! Puts flags, variables, file and defaults together: what comes first, wins.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use clap::ArgMatches;
use secrecy::SecretString;

use super::error::{ConfigError, Origin};
use super::file::Values;
use super::{Fallback, Kind, Setting};

/// The environment of the process, or one that a test made.
pub(super) type Variables<'a> = &'a dyn Fn(&str) -> Option<OsString>;

/// What is set: at most one value a setting, each with where it comes from.
#[derive(Debug)]
pub(super) struct Gathered {
    settings: &'static [Setting],
    plain: HashMap<&'static str, (String, Origin)>,
    secret: HashMap<&'static str, (SecretString, Origin)>,
}

impl Gathered {
    /// Looks for every setting in every place.
    pub(super) fn new(
        settings: &'static [Setting],
        flags: &ArgMatches,
        variables: Variables<'_>,
        file: &Values,
    ) -> Result<Self, ConfigError> {
        let mut gathered = Self { settings, plain: HashMap::new(), secret: HashMap::new() };
        for setting in settings {
            match setting.kind {
                Kind::Plain => {
                    if let Some(found) = plain(setting, flags, variables, file)? {
                        gathered.plain.insert(setting.key, found);
                    }
                }
                Kind::Secret => {
                    if let Some(found) = secret(setting, flags, variables, file)? {
                        gathered.secret.insert(setting.key, found);
                    }
                }
            }
        }
        Ok(gathered)
    }

    /// Returns a value, if it is set or has a default.
    pub(super) fn plain(&self, key: &str) -> Option<(&str, &Origin)> {
        self.plain.get(key).map(|(value, origin)| (value.as_str(), origin))
    }

    /// Returns a secret, if it is set.
    pub(super) fn secret(&self, key: &str) -> Option<&(SecretString, Origin)> {
        self.secret.get(key)
    }

    /// Returns the settings without which the program does not start, and which are not set.
    pub(super) fn missing(&self) -> Vec<ConfigError> {
        let absent = |setting: &&Setting| {
            setting.fallback == Fallback::Required
                && !self.plain.contains_key(setting.key)
                && !self.secret.contains_key(setting.key)
        };
        let named = |setting: &Setting| ConfigError::Missing {
            variable: setting.variable,
            help: setting.help,
        };
        self.settings.iter().filter(absent).map(named).collect()
    }
}

fn plain(
    setting: &Setting,
    flags: &ArgMatches,
    variables: Variables<'_>,
    file: &Values,
) -> Result<Option<(String, Origin)>, ConfigError> {
    if let Some(value) = flags.get_one::<String>(setting.key) {
        return Ok(Some((value.clone(), Origin::Flag(format!("--{}", setting.flag())))));
    }
    if let Some(found) = variable(variables, setting.variable)? {
        return Ok(Some(found));
    }
    Ok(file.get(setting.key).cloned().or(match setting.fallback {
        Fallback::Value(value) => Some((value.to_owned(), Origin::Default(setting.key))),
        Fallback::Required | Fallback::Absent => None,
    }))
}

/// Reads a variable; an empty one counts as not set, as `FOO=` in a unit file means.
fn variable(variables: Variables<'_>, name: &str) -> Result<Option<(String, Origin)>, ConfigError> {
    let Some(value) = variables(name).filter(|value| !value.is_empty()) else { return Ok(None) };
    let not_text = |_| ConfigError::NotText { variable: name.to_owned() };
    let value = value.into_string().map_err(not_text)?;
    Ok(Some((value, Origin::Variable(name.to_owned()))))
}

/// Looks for a secret: the file that a flag names, then variables, then the file with settings.
fn secret(
    setting: &Setting,
    flags: &ArgMatches,
    variables: Variables<'_>,
    file: &Values,
) -> Result<Option<(SecretString, Origin)>, ConfigError> {
    if let Some(path) = flags.get_one::<String>(setting.key) {
        let origin = Origin::Flag(format!("--{}", setting.flag()));
        return read_secret(path, origin).map(Some);
    }
    let direct = variable(variables, setting.variable)?;
    let named = variable(variables, &setting.file_variable().unwrap_or_default())?;
    if let Some(found) = one_of(direct, named)? {
        return Ok(Some(found));
    }
    let named = setting.file_key().and_then(|key| file.get(&key).cloned());
    one_of(file.get(setting.key).cloned(), named)
}

fn one_of(
    direct: Option<(String, Origin)>,
    named: Option<(String, Origin)>,
) -> Result<Option<(SecretString, Origin)>, ConfigError> {
    match (direct, named) {
        (Some((_, first)), Some((_, second))) => Err(ConfigError::Twice { first, second }),
        (Some((value, origin)), None) => Ok(Some((SecretString::from(value), origin))),
        (None, Some((path, origin))) => read_secret(&path, origin).map(Some),
        (None, None) => Ok(None),
    }
}

fn read_secret(path: &str, origin: Origin) -> Result<(SecretString, Origin), ConfigError> {
    match fs::read_to_string(Path::new(path)) {
        Ok(text) => Ok((SecretString::from(text.trim()), origin)),
        Err(source) => Err(ConfigError::SecretFile { origin, path: PathBuf::from(path), source }),
    }
}
