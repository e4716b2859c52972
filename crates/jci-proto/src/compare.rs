//! Two runs side by side.

use serde::{Deserialize, Serialize};

use crate::{File, FilePath, Run};

/// How two runs differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comparison {
    /// The run that is compared with.
    pub from: Run,
    /// The run that is compared.
    pub to: Run,
    /// The files that differ, sorted by their bytes; without those that always do.
    pub files: Vec<FileChange>,
    /// How many files are the same in both.
    pub unchanged: u64,
}

/// A file that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileChange {
    /// Where it is.
    #[serde(flatten)]
    pub path: FilePath,
    /// How it differs.
    pub change: Changed,
    /// The file in the first run, if it is there.
    pub from: Option<File>,
    /// The file in the second run, if it is there.
    pub to: Option<File>,
}

/// How a file differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Changed {
    /// It is in the second run only.
    Added,
    /// It is in the first run only.
    Removed,
    /// It is in both, with another content or kind.
    Changed,
}

/// How two logs differ, times and ids evened out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogDifference {
    /// The places that differ, in order.
    pub hunks: Vec<DiffHunk>,
    /// Whether there is more that differs than is listed.
    pub cut: bool,
}

/// A place where two logs differ, with some lines around it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiffHunk {
    /// Its lines.
    pub lines: Vec<DiffLine>,
}

/// A line of one log or both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiffLine {
    /// In which log it is.
    pub change: LineChange,
    /// Its number in the first log, counted from 0.
    pub from: Option<u64>,
    /// Its number in the second log, counted from 0.
    pub to: Option<u64>,
    /// The text as it is in the second log, or in the first if it is only there.
    pub text: String,
}

/// In which log a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineChange {
    /// In both.
    Same,
    /// In the second only.
    Added,
    /// In the first only.
    Removed,
}
