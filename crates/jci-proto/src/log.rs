//! A log, as a terminal shows it: in lines, and in pieces of a line that look alike.

use serde::{Deserialize, Serialize};

/// How much of a log there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogExtent {
    /// How many lines there are so far. Of those that are not settled some may go again.
    pub lines: u64,
    /// How many of them, from the first, will not change any more.
    pub settled: u64,
    /// How many bytes have been read so far.
    pub bytes: u64,
    /// Whether that is all.
    pub complete: bool,
    /// Whether that is all because what follows could not be read: the outline says why.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub broken: bool,
}

/// Some lines of a log, one after another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LogWindow {
    /// The number of the first line, counted from 0.
    pub first: u64,
    /// The lines; fewer than were asked for where the log ends.
    pub lines: Vec<LogLine>,
    /// How much of the log there is.
    pub extent: LogExtent,
}

/// A line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LogLine {
    /// Its pieces from left to right.
    pub spans: Vec<Span>,
    /// When its first byte came, in milliseconds since the run began; `null` if that was not
    /// recorded.
    pub time: Option<u64>,
    /// Whether more of the line is left out because it is too long to show.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cut: bool,
}

/// A piece of a line that looks alike.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// The text. What is not UTF-8 is U+FFFD, with `invalid` set on the span. Tabs are there as
    /// they came, to be shown with a stop every eight columns.
    pub text: String,
    /// How it looks.
    #[serde(default, skip_serializing_if = "Style::is_plain")]
    pub style: Style,
    /// Whether these are bytes that are not UTF-8.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub invalid: bool,
}

/// How text looks, in the terms of SGR.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Style {
    /// The colour of the text: `black`, `red`, … `bright-white`, or `#rrggbb`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fg: Option<String>,
    /// The colour behind the text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bg: Option<String>,
    /// Bold.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub bold: bool,
    /// Faint.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub dim: bool,
    /// Italic.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub italic: bool,
    /// Underlined.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub underline: bool,
    /// Struck out.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub strike: bool,
    /// Colours of text and ground exchanged.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub inverse: bool,
    /// Not to be seen, yet there.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub hidden: bool,
}

impl Style {
    /// Tells whether the text looks like any other.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        *self == Self::default()
    }
}

/// What there is to find in a log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogOutline {
    /// How much of the log there is.
    pub extent: LogExtent,
    /// The first line that tells of an error, counted from 0.
    pub first_error: Option<u64>,
    /// The sections that can be folded, in the order of their first lines.
    pub folds: Vec<Fold>,
    /// Whether there are more sections than are listed.
    pub folds_cut: bool,
    /// Whether times are known.
    pub timed: bool,
    /// Why the rest of the log could not be read, if it could not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// A section that can be folded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fold {
    /// Its title.
    pub title: String,
    /// The line that opens it.
    pub first: u64,
    /// Its last line; `null` while more may come.
    pub last: Option<u64>,
    /// How many sections it is in.
    pub depth: u32,
    /// Whether it is to be shown open at first.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub open: bool,
}

/// Where a text was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogMatches {
    /// How many lines of the whole log match.
    pub lines: u64,
    /// How many times the text is in them.
    pub matches: u64,
    /// The first lines that match from where it was asked for, in order.
    pub found: Vec<LogMatch>,
    /// How many lines match before the first of `found`.
    pub before: u64,
    /// How many lines were looked at, from the first. If there are more, the search takes long:
    /// whoever asks again gets more of it.
    pub searched: u64,
    /// How much of the log there is.
    pub extent: LogExtent,
}

/// A line that matches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogMatch {
    /// The number of the line, counted from 0.
    pub line: u64,
    /// Where in the text of the line, counted in UTF-16 units as JavaScript does: begin and end of
    /// each.
    pub ranges: Vec<(u32, u32)>,
}
