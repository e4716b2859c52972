//! What goes wrong.

use std::error::Error;
use std::io;
use std::path::Path;
use std::time::Duration;

/// What went wrong with a runtime.
#[derive(Debug, thiserror::Error)]
pub enum RuntimeError {
    /// Nobody answers.
    #[error("cannot reach {endpoint}")]
    Unreachable {
        /// Where the runtime was looked for.
        endpoint: String,
        /// Why.
        source: Box<dyn Error + Send + Sync>,
    },
    /// An image is not there.
    #[error("there is no image {image} here")]
    NoImage {
        /// Its name.
        image: String,
    },
    /// An image could not be fetched.
    #[error("cannot fetch the image {image}: {message}")]
    Pull {
        /// Its name.
        image: String,
        /// What the runtime, or the registry, said.
        message: String,
        /// Whether it may be there if asked again: the registry was busy, or could not be reached.
        transient: bool,
        /// When to ask again, if the registry said.
        retry_after: Option<Duration>,
    },
    /// A container is not there.
    #[error("there is no container {container}")]
    NoContainer {
        /// Its id.
        container: String,
    },
    /// The runtime cannot do what is asked for, whoever asks.
    #[error("{runtime} cannot do that: {option} {value}")]
    Unsupported {
        /// Which runtime.
        runtime: &'static str,
        /// Which part of the specification.
        option: &'static str,
        /// Its value.
        value: String,
    },
    /// The runtime refused, or failed.
    #[error("cannot {operation} {subject}: {message}")]
    Failed {
        /// What was asked for: `start`, say.
        operation: &'static str,
        /// Of what: a container with its image, a volume.
        subject: String,
        /// What the runtime said.
        message: String,
        /// Whether asking again may help.
        transient: bool,
    },
}

impl RuntimeError {
    /// Makes an error of what the operating system said to a file or a folder of this machine.
    pub(crate) fn io(operation: &'static str, path: &Path, error: &io::Error) -> Self {
        Self::Failed {
            operation,
            subject: path.display().to_string(),
            message: error.to_string(),
            transient: false,
        }
    }

    /// Tells whether the same may work if it is tried again.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable { .. } => true,
            Self::Pull { transient, .. } | Self::Failed { transient, .. } => *transient,
            Self::NoImage { .. } | Self::NoContainer { .. } | Self::Unsupported { .. } => false,
        }
    }

    /// Returns when to try again, if somebody said so.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Pull { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}
