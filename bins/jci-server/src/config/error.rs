//! What is wrong with the settings, named so that one knows where to go and what to type.

use std::fmt;
use std::path::PathBuf;

/// Where a value comes from, as it is told to people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A flag, with its dashes.
    Flag(String),
    /// A variable of the environment.
    Variable(String),
    /// A line of the file with settings.
    File { path: PathBuf, line: usize, key: String },
    /// Nowhere: it is the default of a setting.
    Default(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => f.write_str(flag),
            Self::Variable(variable) => f.write_str(variable),
            Self::File { path, line, key } => write!(f, "{key} in {}:{line}", path.display()),
            Self::Default(key) => write!(f, "the default of {key}"),
        }
    }
}

/// Fails because the settings do not make a server.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    /// The arguments are wrong, or ask for help.
    #[error(transparent)]
    Arguments(#[from] clap::Error),
    /// The file with settings cannot be read.
    #[error("failed to read the settings in {path}", path = path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    /// The file with settings is no TOML.
    #[error("{path}:{line} is not TOML: {message}", path = path.display())]
    NotToml { path: PathBuf, line: usize, message: String },
    /// The file has a key that there is not.
    #[error("{path}:{line} has no meaning: there is no setting {key}{}", nearest(.near.as_deref()), path = path.display())]
    UnknownKey { path: PathBuf, line: usize, key: String, near: Option<String> },
    /// A key of the file has a table or a list where a value should be.
    #[error("{path}:{line}: {key} must be a text, a number or true or false, not {found}", path = path.display())]
    NotAValue { path: PathBuf, line: usize, key: String, found: &'static str },
    /// The file holds a secret and others may read it.
    #[error("{path} holds the secret {key} and every user may read it; type: chmod 600 {path}", path = path.display())]
    Exposed { path: PathBuf, key: String },
    /// A variable is not UTF-8.
    #[error("{variable} is not UTF-8")]
    NotText { variable: String },
    /// Both a secret and a file with it are given in the same place.
    #[error("{first} and {second} are both set; keep one of them")]
    Twice { first: Origin, second: Origin },
    /// The file with a secret cannot be read.
    #[error("failed to read the secret in {path}, which {origin} names", path = path.display())]
    SecretFile { origin: Origin, path: PathBuf, source: std::io::Error },
    /// A setting without a default is not set.
    #[error("{variable} is not set: {help}")]
    Missing { variable: &'static str, help: &'static str },
    /// A value is not of its kind. The value itself is shown only if it is no secret.
    #[error("{origin} {}must be {expected}", shown(.found.as_deref()))]
    Invalid { origin: Origin, found: Option<String>, expected: String },
    /// The script for jobs cannot be read.
    #[error("failed to read the script for jobs in {path}, which {origin} names", path = path.display())]
    Script { origin: Origin, path: PathBuf, source: std::io::Error },
}

fn nearest(near: Option<&str>) -> String {
    near.map(|near| format!("; is it {near}?")).unwrap_or_default()
}

fn shown(found: Option<&str>) -> String {
    found.map(|found| format!("is {found:?}, but ")).unwrap_or_default()
}
