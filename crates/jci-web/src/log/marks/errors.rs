//! Which line tells of an error, in the words of the tools that builds are made of.
//!
//! All bytes are searched for a few words at once, and only lines that have one are looked at.

use aho_corasick::{AhoCorasick, MatchKind};

/// Every line that tells of an error has one of these.
const SUSPECTS: [&str; 18] = [
    "rror",
    "ERR",
    "FAIL",
    "failed",
    "failing",
    "atal",
    "FATAL",
    "panic",
    "Traceback",
    "xception",
    "not ok",
    "***",
    "Segmentation",
    "core dumped",
    "Killed",
    "not found",
    "undefined ref",
    "\u{2717}",
];
/// The same in other shapes; the ones that are not in [`SUSPECTS`].
const CROSSES: [&str; 4] = ["\u{2717}", "\u{2718}", "\u{2716}", "\u{274c}"];

/// Lines that begin like this tell of an error.
const BEGINS: [&str; 14] = [
    "::error",
    "##[error]",
    "error[",
    "fatal:",
    "panic:",
    "npm ERR!",
    "npm error",
    "not ok ",
    "--- FAIL",
    "Traceback (most recent call last)",
    "Error response from daemon",
    "Fatal error",
    "Segmentation fault",
    "Caught fatal",
];
/// Lines that have this anywhere tell of an error.
const HAVE: [&str; 13] = [
    " panicked at ",
    "(core dumped)",
    "[error]",
    "level=error",
    "level=fatal",
    "\"level\":\"error\"",
    ": fatal error",
    "Segmentation fault",
    "Traceback (most recent call last)",
    ": command not found",
    "undefined reference to",
    "returned non-zero exit status",
    "Exception in thread",
];
/// Lines that begin like this only quote what may have gone wrong elsewhere, or tell of success.
const INNOCENT_BEGINS: [&str; 13] = [
    "+ ",
    "++ ",
    "$ ",
    "##[command]",
    "::warning",
    "::debug",
    "::notice",
    "warning",
    "Warning",
    "ok ",
    "PASS",
    "--- PASS",
    "WARN",
];
const INNOCENT_ENDS: [&str; 3] = ["... ok", " PASSED", "... ignored"];
/// After these an error is none.
const DENIALS: [&str; 11] =
    ["no", "No", "NO", "0", "zero", "without", "any", "not", "if", "on", "On"];

/// No line tells of its error only so far from its begin.
const LOOKED_AT: usize = 2000;

/// Finds lines that may tell of an error.
#[derive(Debug)]
pub(super) struct Errors {
    suspects: Option<AhoCorasick>,
}

impl Default for Errors {
    fn default() -> Self {
        // Of the kinds of matches, this one is looked for many bytes at once.
        let mut builder = AhoCorasick::builder();
        builder.match_kind(MatchKind::LeftmostFirst);
        Self { suspects: builder.build(SUSPECTS.iter().chain(&CROSSES[1..])).ok() }
    }
}

impl Errors {
    /// Finds the first place that makes its line suspect.
    pub(super) fn find(&self, bytes: &[u8]) -> Option<usize> {
        Some(self.suspects.as_ref()?.find(bytes)?.start())
    }
}

/// Whether a line tells of an error.
pub(super) fn tells_of_error(line: &str) -> bool {
    let text = beginning(line).trim();
    let begins = |words: &[&str]| words.iter().any(|word| text.starts_with(word));
    if begins(&INNOCENT_BEGINS) || INNOCENT_ENDS.iter().any(|end| text.ends_with(end)) {
        return false;
    }
    begins(&BEGINS) && !is_expected_failure(text)
        || HAVE.iter().any(|word| text.contains(word))
        || has_cross(text)
        || is_of_make(text)
        || is_failed_test_file(text)
        || text == "Killed"
        || text.ends_with(": Killed")
        || occurrences(text, "rror").any(|at| names_error(text, at))
        || occurrences(text, "xception").any(|at| names_exception(text, at))
        || ["ERROR", "FATAL", "FAILED", "FAILURE"].iter().any(|word| shouts(text, word))
        || counts_failures(text)
}

fn beginning(line: &str) -> &str {
    let end = (0..=LOOKED_AT.min(line.len())).rev().find(|end| line.is_char_boundary(*end));
    &line[..end.unwrap_or(0)]
}

fn occurrences<'t>(text: &'t str, word: &'t str) -> impl Iterator<Item = usize> + 't {
    text.match_indices(word).map(|(at, _)| at)
}

/// TAP marks tests that are to be repaired some day.
fn is_expected_failure(text: &str) -> bool {
    text.starts_with("not ok ") && (text.contains("# TODO") || text.contains("# SKIP"))
}

/// `✗ what failed`, yet not `✗ 0 failed`.
fn has_cross(text: &str) -> bool {
    let after = CROSSES.iter().find_map(|cross| text.strip_prefix(cross));
    after.map(str::trim_start).is_some_and(|after| !after.is_empty() && !begins_with_none(after))
}

fn is_of_make(text: &str) -> bool {
    let program = text.split([':', '[']).next().unwrap_or_default();
    program.ends_with("make") && text.contains(": *** ")
}

/// `FAIL src/app.test.js`, `FAIL: test-x`, `FAIL\tpackage`.
fn is_failed_test_file(text: &str) -> bool {
    let after = text.strip_prefix("FAIL").and_then(|after| after.strip_prefix(":").or(Some(after)));
    let after = after.filter(|after| after.starts_with([' ', '\t']) || after.is_empty());
    after.is_some_and(|after| !begins_with_none(after.trim_start()))
}

/// `error:`, `x.c:1:2: error: …`, `error C2065:`, `TypeError: …`, and not `error.rs` or `error: 0`.
fn names_error(text: &str, at: usize) -> bool {
    let begin = at.saturating_sub(1);
    let (before, after) = (&text[..begin], &text[at + "rror".len()..]);
    let is_capital = text[begin..].starts_with('E');
    if !is_capital && !text[begin..].starts_with('e') {
        return false;
    }
    let name = before.len() - before.trim_end_matches(is_of_name).len();
    let begins_word = if is_capital { !before.ends_with(['-', '/']) } else { name == 0 };
    if !begins_word
        || is_denied(&before[..before.len() - name])
        || before.ends_with(['"', '\'', '`'])
    {
        return false;
    }
    match after.strip_prefix(':') {
        Some(told) => {
            let told = told.strip_prefix(' ').or(told.is_empty().then_some(told));
            told.is_some_and(|told| !begins_with_none(told))
        }
        None => !is_capital && is_code(after),
    }
}

/// ` C2065:`, ` TS2304:`, ` MSB3073:` after `error`.
fn is_code(after: &str) -> bool {
    let Some((code, _)) = after.strip_prefix(' ').and_then(|after| after.split_once(':')) else {
        return false;
    };
    let digits = code.trim_start_matches(|letter: char| letter.is_ascii_uppercase());
    digits.len() < code.len()
        && !digits.is_empty()
        && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// `java.lang.IllegalStateException: …`, at the begin of a line or after `Caused by:`.
fn names_exception(text: &str, at: usize) -> bool {
    let before = &text[..at.saturating_sub(1)];
    let around = before.trim_end_matches(|letter| is_of_name(letter) || letter == '$').trim_end();
    let is_placed = around.is_empty() || around.ends_with(':');
    is_placed && text[at + "xception".len()..].starts_with(": ")
}

/// A word in capitals that stands alone, with no `0` before or after it.
fn shouts(text: &str, word: &str) -> bool {
    let joins = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-' | '/');
    occurrences(text, word).any(|at| {
        let (before, after) = (&text[..at], &text[at + word.len()..]);
        let is_file = after.strip_prefix('.').is_some_and(|after| after.starts_with(is_of_name));
        !before.ends_with(joins)
            && !before.ends_with(['.', '$', '{', '"', '\''])
            && !after.starts_with(joins)
            && !is_file
            && !is_denied(before)
            && !begins_with_none(after.trim_start_matches([':', '=', ' ', '\t', ']', ')', '|']))
    })
}

/// `1 failed`, `3 errors generated`, and not `0 failed`.
fn counts_failures(text: &str) -> bool {
    let counted = ["failed", "failing", "error", "errors", "failures"];
    let mut words = text.split([' ', '\t', ',', ';', '(', ')']).filter(|word| !word.is_empty());
    let mut before = words.next().unwrap_or_default();
    words.any(|word| {
        let number = std::mem::replace(&mut before, word);
        counted.contains(&word.trim_end_matches(['.', ':']))
            && number.len() < 9
            && number.parse::<u32>().is_ok_and(|number| number > 0)
    })
}

fn is_of_name(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '_' | '.' | '-' | '/')
}

/// Whether the word before says that there is none.
fn is_denied(before: &str) -> bool {
    let word = before.trim_end_matches([' ', '\t', ':', '=']).rsplit([' ', '\t', '(', ',']).next();
    word.is_some_and(|word| DENIALS.contains(&word))
}

/// Whether what follows says that there is none.
fn begins_with_none(after: &str) -> bool {
    let word = after.split([' ', '\t', ',', ';', ')']).next().unwrap_or_default();
    matches!(
        word.trim_end_matches('.'),
        "0" | "none" | "None" | "null" | "nil" | "no" | "false" | "0%"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const TELL: &str = "\
error[E0308]: mismatched types
error: could not compile `jci-web` (lib) due to 1 previous error
error: aborting due to 2 previous errors
thread 'main' (4893) panicked at src/main.rs:3:5:
test log::tests::reads ... FAILED
test result: FAILED. 3 passed; 1 failed; 0 ignored; 0 measured
src/main.c:12:5: error: use of undeclared identifier 'x'
main.c:1:10: fatal error: stdio2.h: No such file or directory
main.cpp(14): error C2065: 'x': undeclared identifier
src/app.ts(3,5): error TS2304: Cannot find name 'foo'.
src/app.ts:3:5 - error TS2304: Cannot find name 'foo'.
/usr/bin/ld: main.o: in function `main': undefined reference to `f'
collect2: error: ld returned 1 exit status
1 error generated.
make: *** [Makefile:3: all] Error 2
make[1]: *** No rule to make target 'x'.  Stop.
gmake: *** [all] Error 1
ninja: error: loading 'build.ninja': No such file or directory
fatal: not a git repository (or any of the parent directories): .git
error: failed to push some refs to 'origin'
npm ERR! code ELIFECYCLE
npm error code ERESOLVE
Error: Cannot find module 'x'
TypeError: undefined is not a function
Uncaught ReferenceError: x is not defined
    AssertionError [ERR_ASSERTION]: nope, Error: it failed
FAIL src/app.test.js
Tests:       1 failed, 3 passed, 4 total
not ok 3 - adds numbers
--- FAIL: TestAdd (0.00s)
FAIL	example.org/pkg	0.013s
FAIL
panic: runtime error: index out of range [5] with length 3
Traceback (most recent call last):
ModuleNotFoundError: No module named 'requests'
E       AssertionError: assert 1 == 2
FAILED tests/test_x.py::test_y - assert 1 == 2
========= 1 failed, 2 passed in 0.03s =========
ERROR: file or directory not found: x
ERROR: Could not find a version that satisfies the requirement x
[ERROR] Failed to execute goal org.apache.maven.plugins
[INFO] BUILD FAILURE
BUILD FAILED in 3s
FAILURE: Build failed with an exception.
Exception in thread \"main\" java.lang.NullPointerException
Caused by: java.lang.IllegalStateException: no
org.junit.ComparisonFailure: x, Error: y
2026-01-01T00:00:00Z ERROR request failed
time=1 level=error msg=\"it broke\"
{\"level\":\"error\",\"msg\":\"it broke\"}
Segmentation fault (core dumped)
./run.sh: line 3: 4893 Segmentation fault      ./a.out
./run.sh: line 3: foo: command not found
Killed
  ✗ adds numbers
  ✘ [ERROR] Could not resolve \"x\"
✖ 3 problems (3 errors, 0 warnings)
❌ deploy
[  FAILED  ] Suite.Case (0 ms)
FAIL: test-lib
::error file=a.js,line=3::Missing semicolon
##[error]Process completed with exit code 1.
Error response from daemon: no such image
ERROR: failed to solve: process \"/bin/sh -c x\" did not complete successfully: exit code: 1
subprocess.CalledProcessError: Command '['x']' returned non-zero exit status 1.
Found 3 errors in 2 files (checked 5 source files)
  2 failing
E: Unable to locate package x: error: x
I/O error: disk gone
";

    const DO_NOT: &str = "\
0 errors, 3 warnings
no errors found
error: 0
errors: 0, warnings: 2
Build finished with 0 error(s)
   Compiling thiserror v2.0.1
   Compiling proc-macro-error v1.0.4
src/error.rs
    Checking crates/jci-web/src/log/error.rs
test log::error::tests::fatal: tells ... ok
test errors::panics ... ok
test result: ok. 5 passed; 0 failed; 0 ignored
warning: unused variable: `error`
Warning: error: something old
+ grep -i 'error: x' log
+ test -z ERROR
$ grep ERROR: log
ok 3 - throws Error: nope
PASS src/error.test.js
--- PASS: TestError (0.00s)
ERROR_CODE=3
export LOG_ERROR=1
FAILED: 0
# FAIL:  0
# ERROR: 0
Failures: 0, Errors: 0
INFO handled 3 requests without error: fine
[INFO] Tests run: 5, Failures: 0, Errors: 0, Skipped: 0
cc -Werror -Wfatal-errors -c error.c
curl --fail --show-error
lib/ERROR.md
not ok 4 - later # TODO some day
✗ 0 failed
Tests:       0 failed, 3 passed
*****************
no such error: none
panic = \"abort\"
the error handler is installed
Setting up libgpg-error0:amd64 (1.47-3) ...
  Downloaded failure v0.1.8
tests/fail.rs
error_count: 0
On error: retry
npm warn deprecated x
";

    #[test]
    fn what_tools_say_of_errors_is_known() {
        let errors = Errors::default();
        let missed: Vec<_> = TELL
            .lines()
            .filter(|line| errors.find(line.as_bytes()).is_none() || !tells_of_error(line))
            .collect();
        assert!(missed.is_empty(), "taken for harmless:\n{}", missed.join("\n"));
    }

    #[test]
    fn what_only_sounds_like_an_error_is_none() {
        let errors = Errors::default();
        let wrong: Vec<_> = DO_NOT
            .lines()
            .filter(|line| errors.find(line.as_bytes()).is_some() && tells_of_error(line))
            .collect();
        assert!(wrong.is_empty(), "taken for errors:\n{}", wrong.join("\n"));
    }
}
