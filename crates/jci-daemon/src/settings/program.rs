//! A program and the settings that it takes.

use std::ffi::OsString;
use std::path::Path;

use super::gather::Gathered;
use super::{ConfigError, Reader, Setting, arguments, file};

/// A program, as its command line tells of it.
#[derive(Debug)]
pub struct Program {
    /// Its name.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
    /// What it does.
    pub about: &'static str,
    /// What `--check` does, after which the program ends.
    pub check: &'static str,
    /// All its settings, in the order in which they are shown.
    pub settings: &'static [Setting],
}

/// What was asked for on the command line.
#[derive(Debug)]
pub struct Invocation<T> {
    /// The settings.
    pub config: T,
    /// Whether to check them and end.
    pub check_only: bool,
}

impl Program {
    /// Reads the command line, the environment and the file that one of them names, and makes of
    /// all that what the program works with.
    ///
    /// # Errors
    ///
    /// Fails with everything that is wrong with the settings, not only the first of it.
    pub fn read<T>(
        &self,
        arguments: impl IntoIterator<Item = OsString>,
        variables: &dyn Fn(&str) -> Option<OsString>,
        config: impl FnOnce(&mut Reader) -> Option<T>,
    ) -> Result<Invocation<T>, Vec<ConfigError>> {
        let flags = arguments::command(self)
            .try_get_matches_from(arguments)
            .map_err(|error| vec![ConfigError::Arguments(error)])?;
        let path = flags.get_one::<String>(arguments::CONFIG).map(OsString::from);
        let path = path.or_else(|| variables("JCI_CONFIG").filter(|path| !path.is_empty()));
        let file = path.map(|path| file::read(self.settings, path.as_ref())).transpose();
        let file = file.map_err(|error| vec![error])?.unwrap_or_default();
        let gathered = Gathered::new(self.settings, &flags, variables, &file);
        let mut reader = Reader::new(gathered.map_err(|error| vec![error])?);
        let config = config(&mut reader);
        let errors = reader.errors();
        match config {
            Some(config) if errors.is_empty() => {
                Ok(Invocation { config, check_only: flags.get_flag(arguments::CHECK) })
            }
            _ => Err(errors),
        }
    }

    /// Reads the text of a file with settings, by key; the path is for messages.
    ///
    /// # Errors
    ///
    /// Fails if it is no TOML, or has keys that mean nothing here.
    pub fn parse_file(
        &self,
        path: &Path,
        text: &str,
    ) -> Result<Vec<(String, String)>, ConfigError> {
        let values = file::parse(self.settings, path, text)?;
        Ok(values.into_iter().map(|(key, (value, _))| (key, value)).collect())
    }
}
