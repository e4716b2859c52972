//! From texts to values, with all that is wrong noted rather than the first of it.

use std::path::PathBuf;

use secrecy::{ExposeSecret as _, SecretString};

use super::error::{ConfigError, Origin};
use super::gather::Gathered;

/// Reads settings one by one and keeps what is wrong with them.
#[derive(Debug)]
pub struct Reader {
    gathered: Gathered,
    errors: Vec<ConfigError>,
}

impl Reader {
    pub(super) fn new(gathered: Gathered) -> Self {
        let errors = gathered.missing();
        Self { gathered, errors }
    }

    /// Reads a value; `None` if it is wrong, which is noted, or set nowhere.
    pub fn value<T>(
        &mut self,
        key: &str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let (text, origin) = self.gathered.plain(key)?;
        match parse(text) {
            Ok(value) => Some(value),
            Err(expected) => {
                let (origin, found) = (origin.clone(), Some(text.to_owned()));
                self.errors.push(ConfigError::Invalid { origin, found, expected });
                None
            }
        }
    }

    /// Reads a value that may hold a password by mistake or by right: it is not repeated.
    pub fn hidden<T>(
        &mut self,
        key: &str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let noted = self.errors.len();
        let value = self.value(key, parse);
        if let Some(ConfigError::Invalid { found, .. }) = self.errors.get_mut(noted) {
            *found = None;
        }
        value
    }

    /// Reads a value that may be set nowhere; `None` only if it is wrong.
    pub fn optional<T>(
        &mut self,
        key: &str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<Option<T>> {
        match self.gathered.plain(key) {
            None => Some(None),
            Some(_) => self.value(key, parse).map(Some),
        }
    }

    /// Returns where a setting is set.
    pub fn origin(&self, key: &str) -> Option<Origin> {
        self.gathered.plain(key).map(|(_, origin)| origin.clone())
    }

    /// Reads a path.
    pub fn path(&mut self, key: &str) -> Option<PathBuf> {
        self.value(key, |text| Ok(PathBuf::from(text)))
    }

    /// Reads a secret; what is wrong is told without it.
    pub fn secret<T, E: std::fmt::Display>(
        &mut self,
        key: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<(T, SecretString)> {
        let (secret, origin) = self.gathered.secret(key)?;
        match parse(secret.expose_secret()) {
            Ok(value) => Some((value, secret.clone())),
            Err(error) => {
                let expected = format!("a secret that can be used: {error}");
                let origin = origin.clone();
                self.errors.push(ConfigError::Invalid { origin, found: None, expected });
                None
            }
        }
    }

    /// Tells whether a secret is set somewhere.
    pub fn has_secret(&self, key: &str) -> bool {
        self.gathered.secret(key).is_some()
    }

    /// Notes something that is wrong.
    pub fn note(&mut self, error: ConfigError) {
        self.errors.push(error);
    }

    /// Returns all that is wrong.
    pub(super) fn errors(self) -> Vec<ConfigError> {
        self.errors
    }
}
