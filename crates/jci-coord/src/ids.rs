//! Names of jobs, attempts, runners, repositories and commits, each checked where it is made.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::random::{Random, hex};

/// What is wrong with a name.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NameError {
    /// It is no job id.
    #[error("{found:?} is no job id: that is 32 hex digits")]
    Job {
        /// What was given.
        found: String,
    },
    /// It is no name of a runner.
    #[error("{found:?} is no name of a runner: that is 1 to 200 printable characters")]
    Runner {
        /// What was given.
        found: String,
    },
    /// It is no name of a repository.
    #[error("{found:?} is no repository: that is owner/name, or group/subgroup/name")]
    Repository {
        /// What was given.
        found: String,
    },
    /// It is no full id of a commit.
    #[error("{found:?} is no commit: that is 40 or 64 hex digits")]
    Commit {
        /// What was given.
        found: String,
    },
    /// It is no label.
    #[error(
        "{found:?} is no label: that is 1 to 100 printable characters without spaces or commas"
    )]
    Label {
        /// What was given.
        found: String,
    },
}

/// Declares a name that is a checked text.
macro_rules! text_name {
    ($(#[$doc:meta])* $name:ident, $error:ident, $is_valid:path) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Returns the name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = NameError;

            fn try_from(found: String) -> Result<Self, NameError> {
                if $is_valid(&found) { Ok(Self(found)) } else { Err(NameError::$error { found }) }
            }
        }

        impl FromStr for $name {
            type Err = NameError;

            fn from_str(text: &str) -> Result<Self, NameError> {
                Self::try_from(text.to_owned())
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_name! {
    /// The id of a job: 32 hex digits that sort by the time of submission and that nobody guesses,
    /// 48 bits of time and 80 of randomness.
    JobId, Job, is_job
}

text_name! {
    /// The name that a runner gives itself.
    RunnerId, Runner, is_runner
}

text_name! {
    /// A repository as its forge names it: `owner/name`, with groups `group/subgroup/name`.
    RepositoryName, Repository, is_repository
}

text_name! {
    /// The full id of a commit, in lower-case hex.
    CommitId, Commit, is_commit
}

impl JobId {
    /// Makes the id of a job that is submitted now.
    #[must_use]
    pub fn new(now: Timestamp, random: &dyn Random) -> Self {
        // Times before 1970 can only come from a broken clock; they sort first.
        let milliseconds = u64::try_from(now.as_millisecond()).unwrap_or(0) & 0xffff_ffff_ffff;
        let mut tail = [0; 10];
        random.fill(&mut tail);
        Self(format!("{milliseconds:012x}{}", hex(&tail)))
    }
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn is_job(text: &str) -> bool {
    text.len() == 32 && is_hex(text)
}

fn is_commit(text: &str) -> bool {
    (text.len() == 40 || text.len() == 64) && is_hex(text)
}

fn is_runner(text: &str) -> bool {
    (1..=200).contains(&text.len()) && !text.chars().any(char::is_control)
}

/// Names come from webhooks and end in URLs and paths, so that nothing that could climb or hide
/// is let in.
fn is_repository(text: &str) -> bool {
    let is_part = |part: &str| {
        !part.is_empty()
            && part != "."
            && part != ".."
            && !part.starts_with('-')
            && !part.chars().any(|it| it.is_control() || it.is_whitespace() || "\\?#%".contains(it))
    };
    text.len() <= 500 && text.contains('/') && text.split('/').all(is_part)
}

/// The number of an attempt at a job, from 1.
///
/// It grows with every attempt, so that it tells a runner that was thought lost from the one that
/// took its place: it is the fencing token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AttemptNumber(NonZeroU32);

impl AttemptNumber {
    /// The number of the first attempt.
    pub const FIRST: Self = Self(NonZeroU32::MIN);

    /// Makes a number; `None` if it is 0.
    #[must_use]
    pub fn new(number: u32) -> Option<Self> {
        NonZeroU32::new(number).map(Self)
    }

    /// Returns the number.
    #[must_use]
    pub fn get(self) -> u32 {
        self.0.get()
    }

    /// Returns the number of the next attempt.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for AttemptNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One attempt at one job.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AttemptId {
    /// The job.
    pub job: JobId,
    /// Which attempt.
    pub number: AttemptNumber,
}

impl fmt::Display for AttemptId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.job, self.number)
    }
}

/// The number of a row of the outbox; a later row has a greater number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StatusId(pub i64);

impl fmt::Display for StatusId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Sevens;

    impl Random for Sevens {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(7);
        }
    }

    #[test]
    fn ids_of_jobs_sort_by_time() {
        let at = |second| JobId::new(Timestamp::from_second(second).unwrap(), &Sevens);
        assert_eq!(at(1_700_000_000).as_str(), "018bcfe5680007070707070707070707");
        assert!(at(1_700_000_000) < at(1_700_000_001));
        assert!(at(-5) < at(0) || at(-5) == at(0));
        assert_eq!(at(3).as_str().parse(), Ok(at(3)));
    }

    #[test]
    fn names_that_climb_or_hide_are_refused() {
        let good = ["a/b", "group/sub/name", "ünï/cödé", "a.b/c-d_e"];
        assert!(good.iter().all(|name| name.parse::<RepositoryName>().is_ok()));
        let bad = ["", "a", "/a", "a/", "a//b", "../a", "a/..", "a/./b", "a b/c", "-o/x", "a/b\n"];
        for name in bad {
            let error = name.parse::<RepositoryName>().expect_err(name);
            assert!(error.to_string().contains("owner/name"), "{error}");
        }
        assert!("x".repeat(40).parse::<CommitId>().is_err());
        assert!("A".repeat(40).parse::<CommitId>().is_err());
        assert!("a".repeat(64).parse::<CommitId>().is_ok());
        assert!("".parse::<RunnerId>().is_err());
        assert!("r\0".parse::<RunnerId>().is_err());
    }

    #[test]
    fn names_are_checked_in_json_too() {
        assert!(serde_json::from_str::<RepositoryName>("\"../x\"").is_err());
        assert!(serde_json::from_str::<AttemptNumber>("0").is_err());
        assert_eq!(serde_json::to_string(&AttemptNumber::FIRST.next()).unwrap(), "2");
    }
}
