//! The lines: when, and then `branch:` and `name:`.

use std::fmt;

use thiserror::Error;

use crate::schedule::{Schedule, ScheduleError};

/// A line that asks for runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Where it stands in the file, counted from 1.
    pub line: usize,
    /// When to run.
    pub schedule: Schedule,
    /// The branch to run, if it is not the usual one.
    pub branch: Option<String>,
    /// What the line is called.
    pub name: Option<String>,
}

impl Entry {
    fn asks_the_same(&self, other: &Self) -> bool {
        (&self.schedule, &self.branch, &self.name) == (&other.schedule, &other.branch, &other.name)
    }
}

/// Writes the line in one spelling.
impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.schedule.fmt(f)?;
        self.branch.iter().try_for_each(|branch| write!(f, " branch:{branch}"))?;
        self.name.iter().try_for_each(|name| write!(f, " name:{name}"))
    }
}

/// What is wrong with a crontab, and where.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("line {line}: {problem}")]
pub struct LineError {
    /// The number of the line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub problem: LineProblem,
}

/// What is wrong with a line of a crontab.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LineProblem {
    /// It is not UTF-8.
    #[error("this is no text in UTF-8")]
    NotText,
    /// It does not say when.
    #[error(transparent)]
    Schedule(#[from] ScheduleError),
    /// It has a word that means nothing.
    #[error(
        "{found:?} is no option; after the fields come branch:NAME and name:NAME, and a comment \
         has a line of its own"
    )]
    Word {
        /// The word.
        found: String,
    },
    /// It names no branch.
    #[error("{found:?} names no branch that git would allow")]
    Branch {
        /// The word.
        found: String,
    },
    /// Its name is none.
    #[error("{found:?} is not a name; it takes at least one character, and no [ or ]")]
    Name {
        /// The word.
        found: String,
    },
    /// It says the same thing twice.
    #[error("{found:?} comes second; one is enough")]
    Twice {
        /// The word.
        found: String,
    },
    /// It says what another line says.
    #[error("this repeats line {first}")]
    Repeated {
        /// The number of the other line.
        first: usize,
    },
}

/// Reads a crontab: all of it, or what is wrong with its first bad line.
///
/// # Errors
///
/// If a line is no such line, or repeats another.
pub fn parse(content: &[u8]) -> Result<Vec<Entry>, LineError> {
    let mut entries: Vec<Entry> = Vec::new();
    for (index, bytes) in content.split(|byte| *byte == b'\n').enumerate() {
        let line = index + 1;
        let at = |problem| LineError { line, problem };
        let text = std::str::from_utf8(bytes).map_err(|_| at(LineProblem::NotText))?.trim();
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        let entry = parse_line(line, text).map_err(at)?;
        if let Some(twin) = entries.iter().find(|other| other.asks_the_same(&entry)) {
            return Err(at(LineProblem::Repeated { first: twin.line }));
        }
        entries.push(entry);
    }
    Ok(entries)
}

fn parse_line(line: usize, text: &str) -> Result<Entry, LineProblem> {
    let mut words = text.split_ascii_whitespace();
    let schedule = Schedule::parse(&mut words)?;
    let mut entry = Entry { line, schedule, branch: None, name: None };
    for word in words {
        let found = || word.to_owned();
        let (slot, value) = match word.split_once(':') {
            Some(("branch", value)) if is_branch(value) => (&mut entry.branch, value),
            Some(("branch", _)) => return Err(LineProblem::Branch { found: found() }),
            Some(("name", value)) if is_name(value) => (&mut entry.name, value),
            Some(("name", _)) => return Err(LineProblem::Name { found: found() }),
            _ => return Err(LineProblem::Word { found: found() }),
        };
        if slot.replace(value.to_owned()).is_some() {
            return Err(LineProblem::Twice { found: found() });
        }
    }
    Ok(entry)
}

/// Tells whether git would take this as the name of a branch, by the rules of
/// `git check-ref-format`.
fn is_branch(name: &str) -> bool {
    let is_part =
        |part: &str| !part.is_empty() && !part.starts_with('.') && !part.ends_with(".lock");
    let is_allowed = |it: char| !it.is_control() && !" ~^:?*[\\".contains(it);
    name != "@"
        && name != "HEAD"
        && !name.starts_with('-')
        && !name.ends_with('.')
        && !name.contains("..")
        && !name.contains("@{")
        && name.chars().all(is_allowed)
        && name.split('/').all(is_part)
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(|it: char| it.is_control() || "[]".contains(it))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(content: &[u8]) -> String {
        match parse(content) {
            Err(error) => format!("{error}\n"),
            Ok(entries) => entries.iter().map(|it| format!("{} {it}\n", it.line)).collect(),
        }
    }

    #[test]
    fn lines_are_read_with_their_options_and_written_in_one_spelling() {
        insta::assert_snapshot!(
            said(b"# every night\r\n\n0 0 * *\t* name:nightly branch:main\r\n  @hourly\n#\n@reboot branch:a'b"),
            @r"
        3 0 0 * * * branch:main name:nightly
        4 @hourly
        6 @reboot branch:a'b
        "
        );
        assert_eq!(said(b""), "");
        assert_eq!(said(b"\n# only comments"), "");
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        let said: Vec<_> = [
            &b"@daily\n\n61 * * * * name:x"[..],
            b"@daily nightly",
            b"@daily # nightly",
            b"@daily name:",
            b"@daily name:[x]",
            b"@daily name:a name:b",
            b"@daily branch:-f",
            b"@daily branch:a..b",
            b"@daily branch:a.lock",
            b"@daily branch:",
            b"@daily\n@hourly\n@daily",
            b"@daily\n\xff\xfe",
        ]
        .iter()
        .map(|content| said(content))
        .collect();
        insta::assert_snapshot!(said.concat(), @r##"
        line 3: the minute "61" is not right: value must be in range 0 to 59; found 61
        line 1: "nightly" is no option; after the fields come branch:NAME and name:NAME, and a comment has a line of its own
        line 1: "#" is no option; after the fields come branch:NAME and name:NAME, and a comment has a line of its own
        line 1: "name:" is not a name; it takes at least one character, and no [ or ]
        line 1: "name:[x]" is not a name; it takes at least one character, and no [ or ]
        line 1: "name:b" comes second; one is enough
        line 1: "branch:-f" names no branch that git would allow
        line 1: "branch:a..b" names no branch that git would allow
        line 1: "branch:a.lock" names no branch that git would allow
        line 1: "branch:" names no branch that git would allow
        line 3: this repeats line 1
        line 2: this is no text in UTF-8
        "##);
    }
}
