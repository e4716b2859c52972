use std::fmt;
use std::path::PathBuf;

use crate::platform::path_from_bytes;

/// Holds the first line of a script that names its interpreter, as the kernel takes it apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct InterpreterLine {
    interpreter: Vec<u8>,
    /// All that follows is one argument, blanks included.
    argument: Vec<u8>,
    ends_in_carriage_return: bool,
}

impl InterpreterLine {
    /// Takes the line from the first bytes of a file; without an interpreter there is none.
    pub(crate) fn parse(head: &[u8]) -> Option<Self> {
        let line = head.strip_prefix(b"#!")?.split(|&byte| byte == b'\n' || byte == 0).next()?;
        let without = line.strip_suffix(b"\r");
        let text = without.unwrap_or(line).trim_ascii();
        let blank = |byte: &u8| *byte == b' ' || *byte == b'\t';
        let interpreter = text.split(blank).next().filter(|name| !name.is_empty())?;
        Some(Self {
            interpreter: interpreter.to_vec(),
            argument: text[interpreter.len()..].trim_ascii().to_vec(),
            ends_in_carriage_return: without.is_some(),
        })
    }

    pub(crate) fn interpreter(&self) -> PathBuf {
        path_from_bytes(&self.interpreter)
    }

    /// Tells whether the line ends in a carriage return that makes the start fail.
    ///
    /// The kernel takes it for a part of the interpreter's name, or of its argument: `env` then
    /// looks for a program of that name (but `env -S` drops it), and shells know no such option.
    pub(crate) fn fails_by_carriage_return(&self) -> bool {
        let name = self.interpreter.rsplit(|&byte| byte == b'/').next().unwrap_or_default();
        let breaks_argument = match name {
            b"env" => !self.argument.starts_with(b"-S") && !self.argument.starts_with(b"--split"),
            b"sh" | b"bash" | b"dash" | b"ksh" | b"zsh" | b"ash" => true,
            _ => false,
        };
        self.ends_in_carriage_return && (self.argument.is_empty() || breaks_argument)
    }
}

impl fmt::Display for InterpreterLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#!{}", String::from_utf8_lossy(&self.interpreter))?;
        if self.argument.is_empty() {
            return Ok(());
        }
        write!(f, " {}", String::from_utf8_lossy(&self.argument))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(head: &str) -> Option<(String, bool)> {
        let line = InterpreterLine::parse(head.as_bytes())?;
        Some((line.to_string(), line.fails_by_carriage_return()))
    }

    #[test]
    fn lines_are_taken_apart_as_the_kernel_does() {
        let line = |text: &str, fails| Some((text.to_owned(), fails));
        assert_eq!(parts("#!/bin/sh\necho"), line("#!/bin/sh", false));
        assert_eq!(parts("#! \t/bin/sh \t-e -u \n"), line("#!/bin/sh -e -u", false));
        assert_eq!(parts("#!/bin/sh"), line("#!/bin/sh", false));
        assert_eq!(parts("#!\n"), None);
        assert_eq!(parts("#! \r\n"), None);
        assert_eq!(parts("echo #!/bin/sh\n"), None);
        assert_eq!(parts(""), None);
    }

    #[test]
    fn a_carriage_return_counts_where_it_makes_a_failure() {
        let fails = |head| parts(head).unwrap().1;
        assert!(fails("#!/bin/sh\r\n"));
        assert!(fails("#!/usr/bin/python3\r\n"));
        assert!(fails("#!/usr/bin/env python3\r\n"));
        assert!(fails("#!/bin/bash -eu\r\n"));
        assert!(!fails("#!/usr/bin/env -S bash -e\r\n"));
        assert!(!fails("#!/usr/bin/perl -w\r\n"));
        assert!(!fails("#!/bin/sh\necho\r\n"));
    }
}
