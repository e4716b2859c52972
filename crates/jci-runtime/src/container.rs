//! What is known of a container.

use std::collections::BTreeMap;
use std::fmt;
use std::time::SystemTime;

use secrecy::SecretString;

/// The id that the runtime gave a container.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContainerId(pub String);

impl fmt::Display for ContainerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A container, as it was when it was looked at.
#[derive(Debug, Clone)]
pub struct Container {
    /// Its id.
    pub id: ContainerId,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// When it was created.
    pub created: SystemTime,
    /// Where it stands.
    pub phase: Phase,
    /// Its environment; [`crate::Runtime::list`] leaves it empty.
    pub environment: BTreeMap<String, SecretString>,
}

/// Where a container stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Phase {
    /// It was created and never started.
    Created,
    /// It runs.
    Running,
    /// It ended.
    Ended(Exit),
}

/// How a container ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exit {
    /// Its exit code; 128 and the signal if a signal ended it.
    pub code: i64,
    /// What else is known of why.
    pub reason: ExitReason,
    /// When; not known of one that the runtime lost.
    pub at: Option<SystemTime>,
}

/// Why a container ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExitReason {
    /// Its program ended, or was ended by somebody.
    Ended,
    /// The kernel killed it, for its memory was over the limit.
    OutOfMemory,
    /// The runtime lost it (its daemon was restarted, say), or could not run it to its end: why, in
    /// the runtime's words. The exit code tells nothing then.
    Lost(String),
}
