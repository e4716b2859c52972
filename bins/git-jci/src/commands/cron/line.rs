//! The lines of a repository in the user's crontab.

use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use jci_crontab::Entry;
use sha2::{Digest as _, Sha256};

use crate::error::CommandError;

/// The repository that lines belong to: its path, and the mark made of it.
#[derive(Debug)]
pub(super) struct Owner {
    path: Vec<u8>,
    /// The SHA-256 of the path in lower-case hex.
    pub(super) id: String,
}

impl Owner {
    /// Takes the root of a work tree, absolute and without symlinks, as one repository has many
    /// paths but should have one mark.
    pub(super) fn new(root: &Path) -> Result<Self, CommandError> {
        let root = root.canonicalize().map_err(|error| {
            CommandError::failed(format!("failed to resolve {}", root.display())).because(error)
        })?;
        let path = root.as_os_str().as_bytes().to_owned();
        if path.contains(&b'\n') {
            return Err(CommandError::not_possible(format!(
                "the path {root:?} has a newline in it, which no crontab can hold"
            ))
            .hint("move the repository to a path without one"));
        }
        let id = Sha256::digest(&path).iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { path, id })
    }

    /// Tells whether a line of the crontab bears this repository's mark.
    pub(super) fn owns(&self, line: &[u8]) -> bool {
        let mark = self.mark();
        let mark = mark.as_bytes();
        line.windows(mark.len()).enumerate().any(|(at, window)| {
            let next = line.get(at + mark.len());
            window == mark && next.is_none_or(u8::is_ascii_whitespace)
        })
    }

    /// Writes the line for an entry, without its newline.
    pub(super) fn line(&self, entry: &Entry) -> Vec<u8> {
        let checkout = entry.branch.as_ref().map_or_else(Vec::new, |branch| {
            let branch = quote_if_needed(branch.as_bytes());
            [b"git checkout --quiet ", &branch[..], b" 2>/dev/null && "].concat()
        });
        let name = entry.name.as_ref().map_or_else(String::new, |name| format!(" [{name}]"));
        let command = [
            b"cd ",
            &quote(&self.path)[..],
            b" && git fetch --quiet 2>/dev/null; ",
            &checkout,
            b"git pull --quiet 2>/dev/null; git-jci run ",
            self.mark().as_bytes(),
            name.as_bytes(),
        ]
        .concat();
        [entry.schedule.to_string().as_bytes(), b" ", &escape(&command)].concat()
    }

    fn mark(&self) -> String {
        format!("# JCI:{}", self.id)
    }
}

/// Quotes a word for the shell that cron starts.
///
/// Written here because cron reads the line before the shell does: it takes a backslash away from
/// `\\` and `\%`, so no backslash may come to stand before another or before a percent sign. That
/// rules out the quoting styles of the crates for it; closing and opening the quotes between the
/// two is read alike by every cron.
fn quote(word: &[u8]) -> Vec<u8> {
    let mut quoted = vec![b'\''];
    for byte in word {
        match byte {
            b'\'' => quoted.extend(br"'\''"),
            b'\\' => quoted.extend(br"\''"),
            _ => quoted.push(*byte),
        }
    }
    quoted.push(b'\'');
    quoted
}

fn quote_if_needed(word: &[u8]) -> Vec<u8> {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_./+@=".contains(byte);
    if word.iter().all(plain) { word.to_owned() } else { quote(word) }
}

/// Escapes what cron would take for a newline.
fn escape(command: &[u8]) -> Vec<u8> {
    let mut escaped = Vec::with_capacity(command.len());
    for byte in command {
        if *byte == b'%' {
            escaped.push(b'\\');
        }
        escaped.push(*byte);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;
    use std::process::Command;

    use proptest::prelude::*;

    use super::*;

    fn owner(path: &[u8]) -> Owner {
        Owner { path: path.to_owned(), id: "ab12".to_owned() }
    }

    fn entry(branch: Option<&str>, name: Option<&str>) -> Entry {
        let daily = jci_crontab::parse(b"0 0 * * *").unwrap().swap_remove(0);
        let owned = |text: Option<&str>| text.map(ToOwned::to_owned);
        Entry { branch: owned(branch), name: owned(name), ..daily }
    }

    /// What the cron of Paul Vixie, and those made from it, hand to the shell.
    fn as_cron_reads(line: &[u8]) -> Vec<u8> {
        let mut read = Vec::new();
        let mut escaped = false;
        for byte in line {
            if escaped && (*byte == b'%' || *byte == b'\\') {
                read.pop();
            } else if !escaped && *byte == b'%' {
                break;
            }
            escaped = !escaped && *byte == b'\\';
            read.push(*byte);
        }
        read
    }

    #[test]
    fn lines_have_the_shape_that_is_promised() {
        let owner = owner(b"/path/to/repo");
        let line = |branch, name| String::from_utf8(owner.line(&entry(branch, name))).unwrap();
        assert_eq!(
            line(Some("main"), Some("nightly")),
            "0 0 * * * cd '/path/to/repo' && git fetch --quiet 2>/dev/null; \
             git checkout --quiet main 2>/dev/null && git pull --quiet 2>/dev/null; \
             git-jci run # JCI:ab12 [nightly]"
        );
        assert_eq!(
            line(None, None),
            "0 0 * * * cd '/path/to/repo' && git fetch --quiet 2>/dev/null; \
             git pull --quiet 2>/dev/null; git-jci run # JCI:ab12"
        );
        let odd = line(Some("a'b%$x"), Some("50%"));
        assert!(odd.contains(r"checkout --quiet 'a'\''b\%$x' 2>"), "{odd}");
        assert!(odd.ends_with(r"[50\%]"), "{odd}");
    }

    #[test]
    fn a_line_belongs_to_the_repository_whose_whole_mark_it_bears() {
        let owner = owner(b"/r");
        assert!(owner.owns(b"x # JCI:ab12"));
        assert!(owner.owns(b"#x # JCI:ab12 [n]\n"));
        assert!(!owner.owns(b"x # JCI:ab123"));
        assert!(!owner.owns(b"x # JCI:ab1"));
        assert!(!owner.owns(b""));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_path_reaches_the_shell_through_cron(
            path in prop::collection::vec(
                prop_oneof![
                    prop::sample::select(&b"\\%'\"$` a"[..]),
                    (1..=255_u8).prop_filter("no newline", |byte| *byte != b'\n'),
                ],
                0..24,
            ),
        ) {
            let line = as_cron_reads(&escape(&quote(&path)));
            let script = [b"printf %s ", &line[..]].concat();
            let printed = Command::new("sh").arg("-c").arg(OsStr::from_bytes(&script)).output();
            prop_assert_eq!(printed.unwrap().stdout, path);
        }
    }
}
