//! `.jci/crontab`: what a repository asks for.

use std::io;
use std::path::Path;

use super::schedule::{Schedule, ScheduleError};
use crate::error::CommandError;
use crate::git;

/// The file, seen from the root of the work tree.
pub(super) const FILE: &str = ".jci/crontab";

/// A line that asks for runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// Where it stands in the file, counted from 1.
    pub(super) line: usize,
    pub(super) schedule: Schedule,
    pub(super) branch: Option<String>,
    pub(super) name: Option<String>,
}

/// Reads the file of a work tree; `None` if there is none.
pub(super) fn read(root: &Path) -> Result<Option<Vec<Entry>>, CommandError> {
    let path = root.join(FILE);
    let content = match std::fs::read(&path) {
        Ok(content) => content,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            return Err(CommandError::failed(format!("failed to read {}", path.display()))
                .because(error)
                .hint("see that it is a file which you may read"));
        }
    };
    parse(&content).map(Some).map_err(|LineError { line, problem }| {
        CommandError::not_possible(format!("{}:{line}: {problem}", path.display()))
            .hint("a line looks like this: 30 2 * * 1-5 branch:main name:nightly")
            .hint("nothing was changed; correct the line and type the command again")
    })
}

fn parse(content: &[u8]) -> Result<Vec<Entry>, LineError> {
    let mut entries: Vec<Entry> = Vec::new();
    for (index, bytes) in content.split(|byte| *byte == b'\n').enumerate() {
        let line = index + 1;
        let at = |problem| LineError { line, problem };
        let text = std::str::from_utf8(bytes).map_err(|_| at(Problem::NotText))?.trim();
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        let entry = parse_line(line, text).map_err(at)?;
        if let Some(twin) = entries.iter().find(|other| other.asks_the_same(&entry)) {
            return Err(at(Problem::Repeated { first: twin.line }));
        }
        entries.push(entry);
    }
    Ok(entries)
}

fn parse_line(line: usize, text: &str) -> Result<Entry, Problem> {
    let mut words = text.split_ascii_whitespace();
    let schedule = Schedule::parse(&mut words)?;
    let mut entry = Entry { line, schedule, branch: None, name: None };
    for word in words {
        let found = || word.to_owned();
        let (slot, value) = match word.split_once(':') {
            Some(("branch", value)) if is_branch(value) => (&mut entry.branch, value),
            Some(("branch", _)) => return Err(Problem::Branch { found: found() }),
            Some(("name", value)) if is_name(value) => (&mut entry.name, value),
            Some(("name", _)) => return Err(Problem::Name { found: found() }),
            _ => return Err(Problem::Word { found: found() }),
        };
        if slot.replace(value.to_owned()).is_some() {
            return Err(Problem::Twice { found: found() });
        }
    }
    Ok(entry)
}

impl Entry {
    fn asks_the_same(&self, other: &Self) -> bool {
        (&self.schedule, &self.branch, &self.name) == (&other.schedule, &other.branch, &other.name)
    }
}

fn is_branch(name: &str) -> bool {
    let asked = ["check-ref-format", &format!("refs/heads/{name}")];
    !name.starts_with('-') && git::output(Path::new("."), &asked).is_ok()
}

/// A name stands between brackets at the end of a line of the crontab.
fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(|c: char| c.is_control() || "[]".contains(c))
}

/// What is wrong, and in which line.
#[derive(Debug)]
struct LineError {
    line: usize,
    problem: Problem,
}

#[derive(Debug, thiserror::Error)]
enum Problem {
    #[error("this is no text in UTF-8")]
    NotText,
    #[error(transparent)]
    Schedule(#[from] ScheduleError),
    #[error(
        "{found:?} is no option; after the fields come branch:NAME and name:NAME, and a comment \
         has a line of its own"
    )]
    Word { found: String },
    #[error("{found:?} names no branch that git would allow")]
    Branch { found: String },
    #[error("{found:?} is not a name; it takes at least one character, and no [ or ]")]
    Name { found: String },
    #[error("{found:?} comes second; one is enough")]
    Twice { found: String },
    #[error("this repeats line {first}")]
    Repeated { first: usize },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(content: &[u8]) -> String {
        match parse(content) {
            Err(LineError { line, problem }) => format!("{line}: {problem}"),
            Ok(entries) => entries
                .iter()
                .map(|it| format!("{} {} {:?} {:?}\n", it.line, it.schedule, it.branch, it.name))
                .collect(),
        }
    }

    #[test]
    fn lines_are_read_in_their_order_with_their_options() {
        insta::assert_snapshot!(
            said(b"# every night\r\n\n0 0 * *\t* name:nightly branch:main\r\n  @hourly\n#\n1 1 1 1 1 branch:a'b"),
            @r#"
            3 0 0 * * * Some("main") Some("nightly")
            4 @hourly None None
            6 1 1 1 1 1 Some("a'b") None
            "#
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
            b"@daily branch:",
            b"@daily\n@hourly\n@daily",
            b"@daily\n\xff\xfe",
        ]
        .iter()
        .map(|content| said(content) + "\n")
        .collect();
        insta::assert_snapshot!(said.concat(), @r##"
        3: the minute "61" is not right: value must be in range 0 to 59; found 61
        1: "nightly" is no option; after the fields come branch:NAME and name:NAME, and a comment has a line of its own
        1: "#" is no option; after the fields come branch:NAME and name:NAME, and a comment has a line of its own
        1: "name:" is not a name; it takes at least one character, and no [ or ]
        1: "name:[x]" is not a name; it takes at least one character, and no [ or ]
        1: "name:b" comes second; one is enough
        1: "branch:-f" names no branch that git would allow
        1: "branch:a..b" names no branch that git would allow
        1: "branch:" names no branch that git would allow
        3: this repeats line 1
        2: this is no text in UTF-8
        "##);
    }
}
