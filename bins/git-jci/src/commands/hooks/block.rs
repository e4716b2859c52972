//! The lines of git jci in a hook: putting them in, finding them, taking them out.
//!
//! All of it works on bytes, and what is not ours comes out as it went in. The lines go to the top
//! of the script, right below `#!`: many hooks leave by `exit` or `exec`, and nothing appended to
//! those would ever be reached.

use std::ops::Range;

use super::Hook;

/// How a file begins that holds nothing but our lines, so that removing them removes the file.
pub(super) const PRELUDE: &[u8] = b"#!/bin/sh\n# This file was made by git jci.\n";

/// What a hook's file holds of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// Nothing.
    Absent,
    /// Our lines as this version writes them.
    Installed,
    /// Our lines, but not as this version writes them.
    Changed,
    /// A begin without an end, or the reverse, at this line; what is ours cannot be told.
    Damaged {
        /// Counted from 1.
        line: usize,
    },
}

/// Looks for our lines.
pub(super) fn state(content: &[u8], hook: Hook) -> State {
    match find(content, hook) {
        Err(line) => State::Damaged { line },
        Ok(None) => State::Absent,
        Ok(Some(range)) if content[range.clone()].trim_ascii_end() == text(hook).trim_ascii() => {
            State::Installed
        }
        Ok(Some(_)) => State::Changed,
    }
}

/// Puts our lines into a script, or into a file of their own if `new`.
pub(super) fn insert(content: &[u8], hook: Hook, new: bool) -> Vec<u8> {
    let content = if new { PRELUDE } else { content };
    let ours = text(hook);
    let (above, below) = content.split_at(first_line_if_shebang(content));
    let unended = !above.is_empty() && !above.ends_with(b"\n");
    if unended {
        return [above, b"\n", ours.trim_ascii_end()].concat();
    }
    [above, ours, below].concat()
}

/// Takes our lines out of a script; the inverse of [`insert`].
pub(super) fn remove(content: &[u8], hook: Hook) -> Vec<u8> {
    let Ok(Some(Range { start, end })) = find(content, hook) else {
        return content.to_owned();
    };
    let mut above = &content[..start];
    if !content[..end].ends_with(b"\n") {
        // The script was one line that no newline ended.
        above = above.strip_suffix(b"\n").unwrap_or(above);
    }
    [above, &content[end..]].concat()
}

/// Tells what would run the script if it is no shell that understands our lines.
///
/// Without `#!`, git has `sh` run it.
pub(super) fn foreign_interpreter(content: &[u8]) -> Option<String> {
    const SHELLS: [&str; 7] = ["sh", "bash", "dash", "ash", "ksh", "mksh", "zsh"];
    let first = &content[..first_line_if_shebang(content)];
    let Some(command) = first.strip_prefix(b"#!") else {
        return content.contains(&0).then(|| "no script".to_owned());
    };
    let command = String::from_utf8_lossy(command.strip_suffix(b"\n").unwrap_or(command));
    let name = |word: &str| word.rsplit('/').next().map(ToOwned::to_owned);
    let mut words = command.split([' ', '\t']).filter(|word| !word.is_empty());
    let mut program = words.next().and_then(name);
    if program.as_deref() == Some("env") {
        let mut rest = words.skip_while(|word| word.starts_with('-') || word.contains('='));
        program = rest.next().and_then(name);
    }
    match program {
        Some(program) if SHELLS.contains(&program.as_str()) => None,
        _ => Some(command.trim().to_owned()),
    }
}

fn text(hook: Hook) -> &'static [u8] {
    match hook {
        Hook::PostCommit => include_bytes!("post-commit.sh"),
        Hook::PrePush => include_bytes!("pre-push.sh"),
    }
}

/// The length of the first line with its newline if it is a `#!` line, else 0.
fn first_line_if_shebang(content: &[u8]) -> usize {
    if !content.starts_with(b"#!") {
        return 0;
    }
    content.split_inclusive(|byte| *byte == b'\n').next().map_or(0, <[u8]>::len)
}

/// Finds our lines, or the number of the line at which begin and end do not match.
fn find(content: &[u8], hook: Hook) -> Result<Option<Range<usize>>, usize> {
    let begin = format!("# >>> git jci {} >>>", hook.name());
    let end = format!("# <<< git jci {} <<<", hook.name());
    let mut found = None;
    let mut open = None;
    let mut at = 0;
    for (index, line) in content.split_inclusive(|byte| *byte == b'\n').enumerate() {
        let start = at;
        at += line.len();
        let line = line.trim_ascii_end();
        if line == begin.as_bytes() {
            if open.is_some() || found.is_some() {
                return Err(index + 1);
            }
            open = Some((start, index + 1));
        } else if line == end.as_bytes() {
            let Some((start, _)) = open.take() else { return Err(index + 1) };
            found = Some(start..at);
        }
    }
    match open {
        Some((_, line)) => Err(line),
        None => Ok(found),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_lines_of_each_hook_are_found_by_their_own_markers() {
        for hook in Hook::ALL {
            assert_eq!(find(text(hook), hook), Ok(Some(0..text(hook).len())));
            assert_eq!(state(&insert(b"", hook, true), hook), State::Installed);
        }
        assert_eq!(state(text(Hook::PrePush), Hook::PostCommit), State::Absent);
    }

    #[test]
    fn markers_that_do_not_match_are_reported_by_line() {
        let twice = [text(Hook::PrePush), b"\n", text(Hook::PrePush)].concat();
        let lines = text(Hook::PrePush).split(|byte| *byte == b'\n').count();
        assert_eq!(state(&twice, Hook::PrePush), State::Damaged { line: lines + 1 });
        let begin = b"#!/bin/sh\n# >>> git jci pre-push >>>\nexit\n";
        assert_eq!(state(begin, Hook::PrePush), State::Damaged { line: 2 });
        let end = b"exit\n\n# <<< git jci pre-push <<<";
        assert_eq!(state(end, Hook::PrePush), State::Damaged { line: 3 });
    }

    #[test]
    fn shells_are_told_from_other_interpreters() {
        for shell in [
            "#!/bin/sh",
            "#!/bin/sh -eu\n",
            "#! /usr/bin/env bash\nexit",
            "#!/usr/bin/env -S zsh -f\n",
            "#!/usr/bin/env LANG=C dash\n",
            "echo no line at all\n",
            "",
        ] {
            assert_eq!(foreign_interpreter(shell.as_bytes()), None, "{shell:?}");
        }
        for (other, named) in [
            ("#!/usr/bin/python3 -u\nimport os", "/usr/bin/python3 -u"),
            ("#!/usr/bin/env node\n", "/usr/bin/env node"),
            ("#!/usr/bin/fish", "/usr/bin/fish"),
            ("#!/bin/sh\r\n", "/bin/sh"),
            ("#!", ""),
            ("\x7fELF\0\0", "no script"),
        ] {
            assert_eq!(foreign_interpreter(other.as_bytes()).as_deref(), Some(named), "{other:?}");
        }
    }

    proptest! {
        #[test]
        fn removing_undoes_inserting_byte_for_byte(
            shebang in prop::option::of("#!/bin/(ba)?sh( -e)?(\n|\r\n)?"),
            rest in prop::collection::vec(prop_oneof![Just(b'\n'), Just(b'#'), any::<u8>()], 0..80),
            hooks in prop::sample::subsequence(Hook::ALL.to_vec(), 0..=2).prop_shuffle(),
        ) {
            let mut content = shebang.unwrap_or_default().into_bytes();
            content.extend(rest);
            let mut changed = content.clone();
            for hook in &hooks {
                changed = insert(&changed, *hook, false);
                prop_assert_eq!(state(&changed, *hook), State::Installed);
            }
            for hook in &hooks {
                changed = remove(&changed, *hook);
                prop_assert_eq!(state(&changed, *hook), State::Absent);
            }
            prop_assert_eq!(changed, content);
        }
    }
}
