//! What is wrong with the settings, named so that one knows where to go and what to type.

use std::fmt;
use std::path::PathBuf;

/// Where a value comes from, as it is told to people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A flag, with its dashes.
    Flag(String),
    /// A variable of the environment.
    Variable(String),
    /// A line of the file with settings.
    File {
        /// The file.
        path: PathBuf,
        /// The line, from 1 on.
        line: usize,
        /// The key.
        key: String,
    },
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

/// Fails because the settings do not make what they should.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The arguments are wrong, or ask for help.
    #[error(transparent)]
    Arguments(#[from] clap::Error),
    /// The file with settings cannot be read.
    #[error("failed to read the settings in {path}", path = path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file with settings is no TOML.
    #[error("{path}:{line} is not TOML: {message}", path = path.display())]
    NotToml {
        /// The file.
        path: PathBuf,
        /// The line, from 1 on.
        line: usize,
        /// What the parser says.
        message: String,
    },
    /// The file has a key that there is not.
    #[error("{path}:{line} has no meaning: there is no setting {key}{}", nearest(.near.as_deref()), path = path.display())]
    UnknownKey {
        /// The file.
        path: PathBuf,
        /// The line, from 1 on.
        line: usize,
        /// The key.
        key: String,
        /// A key that there is, if it looks like a slip.
        near: Option<String>,
    },
    /// A key of the file has a table or a list where a value should be.
    #[error("{path}:{line}: {key} must be a text, a number or true or false, not {found}", path = path.display())]
    NotAValue {
        /// The file.
        path: PathBuf,
        /// The line, from 1 on.
        line: usize,
        /// The key.
        key: String,
        /// What stands there.
        found: &'static str,
    },
    /// The file holds a secret and others may read it.
    #[error("{path} holds the secret {key} and every user may read it; type: chmod 600 {path}", path = path.display())]
    Exposed {
        /// The file.
        path: PathBuf,
        /// The key.
        key: String,
    },
    /// A variable is not UTF-8.
    #[error("{variable} is not UTF-8")]
    NotText {
        /// The variable.
        variable: String,
    },
    /// Both a secret and a file with it are given in the same place.
    #[error("{first} and {second} are both set; keep one of them")]
    Twice {
        /// One place.
        first: Origin,
        /// The other.
        second: Origin,
    },
    /// The file with a secret cannot be read.
    #[error("failed to read the secret in {path}, which {origin} names", path = path.display())]
    SecretFile {
        /// Where it is set.
        origin: Origin,
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A setting without a default is not set.
    #[error("{variable} is not set: {help}")]
    Missing {
        /// The variable.
        variable: &'static str,
        /// What it means.
        help: &'static str,
    },
    /// A value is not of its kind. The value itself is shown only if it is no secret.
    #[error("{origin} {}must be {expected}", shown(.found.as_deref()))]
    Invalid {
        /// Where it is set.
        origin: Origin,
        /// Its value, unless it is to be hidden.
        found: Option<String>,
        /// What it must be.
        expected: String,
    },
    /// A file that a setting names cannot be read.
    #[error("failed to read {what} in {path}, which {origin} names", path = path.display())]
    File {
        /// What it holds.
        what: &'static str,
        /// Where it is set.
        origin: Origin,
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

fn nearest(near: Option<&str>) -> String {
    near.map(|near| format!("; is it {near}?")).unwrap_or_default()
}

fn shown(found: Option<&str>) -> String {
    found.map(|found| format!("is {found:?}, but ")).unwrap_or_default()
}
