//! Names of commits and runs.

use std::fmt;
use std::str::FromStr;

use gix::ObjectId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The folder of refs below which every run lives.
pub const RUNS_PREFIX: &str = "refs/jci-runs/";

/// The full id of a commit that runs belong to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommitId(pub(crate) ObjectId);

impl CommitId {
    /// Returns the first twelve hex digits, enough for people to tell commits apart.
    #[must_use]
    pub fn short(&self) -> String {
        self.0.to_hex_with_len(12).to_string()
    }
}

impl fmt::Display for CommitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for CommitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CommitId({})", self.0)
    }
}

impl FromStr for CommitId {
    type Err = ParseIdError;

    /// Parses 40 (SHA-1) or 64 (SHA-256) lower- or upper-case hex digits.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        ObjectId::from_hex(text.as_bytes()).map(Self).map_err(|_| ParseIdError {
            expected: "a commit id of 40 or 64 hex digits",
            found: text.to_owned(),
        })
    }
}

/// The id of one run: when it began, in seconds and 65,536ths of a second.
///
/// Written as `<unix seconds>-<4 hex>`. Ids sort by the time at which their runs began; the
/// original tool chose the hex digits at random, so that its runs of one second sort by chance.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RunId {
    seconds: u64,
    suffix: u16,
}

impl RunId {
    /// Makes the id of a run that began `seconds` after the Unix epoch.
    #[must_use]
    pub fn new(seconds: u64, suffix: u16) -> Self {
        Self { seconds, suffix }
    }

    /// Makes the id of a run that begins at this moment.
    #[must_use]
    pub fn at(moment: Timestamp) -> Self {
        let fraction = i64::from(moment.subsec_nanosecond().max(0)) * (1 << 16) / 1_000_000_000;
        Self::new(moment.as_second().unsigned_abs(), fraction as u16)
    }

    /// Returns the second, counted from the Unix epoch, at which the run began.
    #[must_use]
    pub fn seconds(&self) -> u64 {
        self.seconds
    }

    /// Tells whether the id, as it is written, begins with a text.
    pub(crate) fn starts_with(&self, start: &str) -> bool {
        self.to_string().starts_with(start)
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:04x}", self.seconds, self.suffix)
    }
}

impl fmt::Debug for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RunId({self})")
    }
}

impl From<RunId> for String {
    fn from(id: RunId) -> Self {
        id.to_string()
    }
}

impl TryFrom<String> for RunId {
    type Error = ParseIdError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl FromStr for RunId {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || ParseIdError {
            expected: "a run id, <unix seconds>-<4 hex>",
            found: text.to_owned(),
        };
        let (seconds, suffix) = text.split_once('-').ok_or_else(error)?;
        let digits = |s: &str, ok: fn(&u8) -> bool| !s.is_empty() && s.bytes().all(|b| ok(&b));
        // One spelling an id: "+1", "01" and upper-case hex would name a ref that is not ours.
        if !digits(seconds, u8::is_ascii_digit)
            || (seconds.len() > 1 && seconds.starts_with('0'))
            || suffix.len() != 4
            || !digits(suffix, |b| b.is_ascii_digit() || (b'a'..=b'f').contains(b))
        {
            return Err(error());
        }
        Ok(Self {
            seconds: seconds.parse().map_err(|_| error())?,
            suffix: u16::from_str_radix(suffix, 16).map_err(|_| error())?,
        })
    }
}

/// The full name of a run: the commit it ran on and its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunName {
    /// The commit that the run belongs to.
    pub commit: CommitId,
    /// The id of the run, unique within the commit.
    pub id: RunId,
}

impl RunName {
    /// Returns the ref that points to the run, `refs/jci-runs/<commit>/<run-id>`.
    #[must_use]
    pub fn ref_name(&self) -> String {
        format!("{RUNS_PREFIX}{}/{}", self.commit, self.id)
    }

    /// Reads a name back from the ref that points to the run.
    #[must_use]
    pub fn from_ref_name(name: &[u8]) -> Option<Self> {
        let name = std::str::from_utf8(name).ok()?.strip_prefix(RUNS_PREFIX)?;
        let (commit, id) = name.split_once('/')?;
        Some(Self { commit: commit.parse().ok()?, id: id.parse().ok()? })
    }
}

impl fmt::Display for RunName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.id, self.commit.short())
    }
}

/// A text that is no id of the kind asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}, found {found:?}")]
pub struct ParseIdError {
    /// What kind of id was asked for.
    pub expected: &'static str,
    /// The text as it was given.
    pub found: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn run_ids_read_back_as_written(seconds: u64, suffix: u16) {
            let id = RunId::new(seconds, suffix);
            prop_assert_eq!(id.to_string().parse::<RunId>().unwrap(), id);
        }

        #[test]
        fn a_text_that_parses_is_spelled_the_one_way(text in "[0-9+-]{0,12}-[0-9a-fA-F]{3,5}") {
            if let Ok(id) = text.parse::<RunId>() {
                prop_assert_eq!(id.to_string(), text);
            }
        }
    }

    #[test]
    fn ids_of_one_second_sort_by_its_parts() {
        let id = |text: &str| RunId::at(text.parse().unwrap());
        assert_eq!(id("2026-01-02T03:04:05Z").to_string(), "1767323045-0000");
        assert_eq!(id("2026-01-02T03:04:05.5Z").to_string(), "1767323045-8000");
        assert_eq!(id("2026-01-02T03:04:05.999999999Z").to_string(), "1767323045-ffff");
    }

    #[test]
    fn run_names_read_back_from_their_ref() {
        let name = RunName {
            commit: "0123456789012345678901234567890123456789".parse().unwrap(),
            id: RunId::new(1_700_000_000, 0xab),
        };
        assert_eq!(
            name.ref_name(),
            "refs/jci-runs/0123456789012345678901234567890123456789/1700000000-00ab"
        );
        assert_eq!(RunName::from_ref_name(name.ref_name().as_bytes()), Some(name));
        assert_eq!(RunName::from_ref_name(b"refs/jci-runs/0123/1700000000-00ab"), None);
        assert_eq!(RunName::from_ref_name(b"refs/heads/main"), None);
    }
}
