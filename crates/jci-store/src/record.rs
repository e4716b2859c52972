//! What is known of a run: `run.json`, schema `jci.run/1`.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::RunId;

/// The name of the schema that [`RunRecord`] is written by.
pub const RUN_SCHEMA: &str = "jci.run/1";

/// How a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// The script exited with 0.
    Ok,
    /// The script failed, was stopped, or its result could not be kept whole.
    Err,
    /// The script has not ended yet.
    Running,
}

impl Status {
    /// Reads the content of `status.txt`, whose white space does not count.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text.trim() {
            "ok" => Some(Self::Ok),
            "err" => Some(Self::Err),
            "running" => Some(Self::Running),
            _ => None,
        }
    }

    /// Returns the word that stands in `status.txt`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Err => "err",
            Self::Running => "running",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Why a run did not simply end by its script's own exit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// The run took longer than it may.
    Timeout,
    /// Somebody asked the run to stop.
    Cancelled,
    /// A signal from outside ended the script.
    Killed,
    /// Memory ran out, and the kernel killed processes of the script.
    OutOfMemory,
    /// The program that watched over the run died with it, for example in a power cut.
    Interrupted,
    /// The files that the script left exceed `jci.maxOutputSize`; none of them is stored.
    OutputTooLarge,
    /// The log could not be written to its end; what is stored is its beginning.
    LogIncomplete,
    /// A reason that a newer version gave.
    #[serde(other)]
    Unknown,
}

impl Reason {
    /// Returns the word that stands in `run.json` and the commit message.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Timeout => "timeout",
            Self::Cancelled => "cancelled",
            Self::Killed => "killed",
            Self::OutOfMemory => "out-of-memory",
            Self::Interrupted => "interrupted",
            Self::OutputTooLarge => "output-too-large",
            Self::LogIncomplete => "log-incomplete",
            Self::Unknown => "unknown",
        }
    }

    /// Reads the word back; one that is not known is [`Reason::Unknown`].
    #[must_use]
    pub fn parse(text: &str) -> Self {
        const KNOWN: [Reason; 7] = [
            Reason::Timeout,
            Reason::Cancelled,
            Reason::Killed,
            Reason::OutOfMemory,
            Reason::Interrupted,
            Reason::OutputTooLarge,
            Reason::LogIncomplete,
        ];
        KNOWN.into_iter().find(|reason| reason.as_str() == text).unwrap_or(Self::Unknown)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The content of `run.json`.
///
/// Fields that a newer version added are kept as they are and otherwise ignored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    /// The schema, [`RUN_SCHEMA`].
    pub schema: String,
    /// The id of the run.
    pub run: RunId,
    /// The full id of the commit that was run.
    pub commit: String,
    /// The branch that was checked out, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// Whether the work tree differed from the commit.
    #[serde(default)]
    pub dirty: bool,
    /// How the run stands.
    pub status: Status,
    /// Why, where the exit code does not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// The exit code of the script, if it exited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i32>,
    /// The number of the signal that ended the script, if one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signal: Option<i32>,
    /// How much memory the script might use, in bytes, if it ran out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_limit: Option<u64>,
    /// When the run began.
    pub started: Timestamp,
    /// When the script had ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Timestamp>,
    /// How long the script ran, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<u64>,
    /// What made the run begin: `manual`, `post-commit`, `pre-push`, `cron`, `server`, …
    #[serde(default)]
    pub trigger: String,
    /// The machine that the script ran on.
    pub host: Host,
    /// The program that recorded the run.
    pub tool: Tool,
    /// What the script left and the run does not hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<LeftOut>,
    /// Fields of newer versions.
    #[serde(flatten)]
    pub other: serde_json::Map<String, serde_json::Value>,
}

impl RunRecord {
    /// Describes a run that has begun and of which no more is known than its name.
    pub(crate) fn named(run: RunId, commit: String) -> Self {
        let seconds = i64::try_from(run.seconds()).unwrap_or(i64::MAX);
        Self {
            schema: RUN_SCHEMA.to_owned(),
            run,
            commit,
            branch: None,
            dirty: false,
            status: Status::Running,
            reason: None,
            exit_code: None,
            signal: None,
            memory_limit: None,
            started: Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX),
            ended: None,
            duration_ms: None,
            trigger: String::new(),
            host: Host::this(),
            tool: Tool { name: "unknown".to_owned(), version: String::new() },
            left_out: Vec::new(),
            other: serde_json::Map::new(),
        }
    }

    /// Returns how long the script ran, as far as is known.
    #[must_use]
    pub fn duration(&self) -> Option<SignedDuration> {
        let milliseconds = i64::try_from(self.duration_ms?).ok()?;
        Some(SignedDuration::from_millis(milliseconds))
    }
}

/// The machine that a script ran on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Host {
    /// The operating system, for example `linux`.
    pub os: String,
    /// The kind of processor, for example `x86_64`.
    pub arch: String,
}

impl Host {
    /// Describes the machine that this program runs on.
    #[must_use]
    pub fn this() -> Self {
        Self { os: std::env::consts::OS.to_owned(), arch: std::env::consts::ARCH.to_owned() }
    }
}

/// The program that recorded a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tool {
    /// Its name, for example `git-jci`.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// Something that a script left and that its run does not hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// The path inside the output folder; bytes that are not UTF-8 are shown as marks.
    pub path: String,
    /// Why, for people.
    pub why: String,
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "left out {:?}: {}", self.path, self.why)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_newer_versions_are_kept() {
        let text = r#"{"schema":"jci.run/1","run":"1700000000-00ab","commit":"00","dirty":true,
            "status":"err","reason":"cosmic-ray","started":"2026-01-02T03:04:05Z","trigger":"manual",
            "host":{"os":"linux","arch":"x86_64"},"tool":{"name":"git-jci","version":"9"},
            "energy_joules":12}"#;
        let record: RunRecord = serde_json::from_str(text).unwrap();
        assert_eq!(record.reason, Some(Reason::Unknown));
        assert!(serde_json::to_string(&record).unwrap().contains(r#""energy_joules":12"#));
    }

    #[test]
    fn every_reason_reads_back() {
        for text in [
            "timeout",
            "cancelled",
            "killed",
            "out-of-memory",
            "interrupted",
            "output-too-large",
            "log-incomplete",
        ] {
            let reason = Reason::parse(text);
            assert_eq!(reason.as_str(), text);
            assert_eq!(serde_json::to_string(&reason).unwrap(), format!("{text:?}"));
        }
    }
}
