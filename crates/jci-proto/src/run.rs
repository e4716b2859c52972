//! A run and what is in it.

use serde::{Deserialize, Serialize};

/// A run, as its commit tells of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// The id of the run.
    pub run: String,
    /// The full id of the commit that was run.
    pub commit: String,
    /// The first line of the commit's message; `null` if the commit is not here.
    pub subject: Option<String>,
    /// The branch that was checked out, if any.
    pub branch: Option<String>,
    /// Whether the work tree differed from the commit.
    pub dirty: bool,
    /// The ref that holds the run; while it is running, the one that will.
    pub r#ref: String,
    /// `ok`, `err` or `running`.
    pub status: String,
    /// Why, where the exit code does not say it, for example `timeout`.
    pub reason: Option<String>,
    /// The exit code of the script, if it exited.
    pub exit_code: Option<i32>,
    /// The number of the signal that ended the script, if one did.
    pub signal: Option<i32>,
    /// When the run began.
    pub started: String,
    /// How long the script ran, in milliseconds.
    pub duration_ms: Option<u64>,
}

/// A run with its files.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunDetail {
    /// The run.
    pub run: Run,
    /// Who or what began it, for example `manual`; not known of runs of the original tool.
    pub trigger: Option<String>,
    /// The system and the processor it ran on, for example `linux x86_64`.
    pub host: Option<String>,
    /// What was left out when the run was stored, a sentence each.
    pub left_out: Vec<String>,
    /// All files, sorted by their bytes; none while it runs.
    pub files: Vec<File>,
    /// Where the whole run is downloaded as an archive; `null` while it runs.
    pub archive: Option<String>,
}

/// A path in a run: bytes, of which not all are text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilePath {
    /// The path with `/` between names, U+FFFD in place of what is not UTF-8.
    pub path: String,
    /// The bytes in hex, only if they are not UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path_hex: Option<String>,
}

/// A file of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// Where it is.
    #[serde(flatten)]
    pub path: FilePath,
    /// What it is.
    pub kind: FileKind,
    /// Its size in bytes.
    pub size: u64,
    /// The id of the content, equal for equal content.
    pub object: String,
    /// How it is best looked at, by its name.
    pub view: View,
    /// Its bytes, as a path on this server.
    pub raw: String,
    /// The path under which an HTML file finds its neighbours; `null` for other files.
    pub site: Option<String>,
}

/// What kind of thing a path in a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileKind {
    /// A file.
    File,
    /// A file that can be run.
    Executable,
    /// A symlink; its content is where it points.
    Symlink,
}

/// How a file is best looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum View {
    /// The log of a terminal.
    Log,
    /// Lines of text.
    Text,
    /// A picture that browsers show.
    Image,
    /// Markdown.
    Markdown,
    /// A page, shown apart from everything else.
    Html,
    /// XML, which may be a report of tests.
    Xml,
    /// Nothing that can be shown; it can be downloaded.
    Binary,
}
