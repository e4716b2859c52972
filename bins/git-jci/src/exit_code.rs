//! What `git jci` tells its caller; `docs/exit-codes.md` explains each.

use std::{fmt, process};

/// An exit code that scripts may rely on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ExitCode(u8);

/// The command did what was asked; of a run: the job passed.
pub(crate) const OK: ExitCode = ExitCode(0);
/// The job ran and failed, or what was asked about has failed.
pub(crate) const JOB_FAILED: ExitCode = ExitCode(1);
/// The command line makes no sense.
pub(crate) const USAGE: ExitCode = ExitCode(2);
/// Not possible here: no repository, no script, no such run.
pub(crate) const NOT_POSSIBLE: ExitCode = ExitCode(3);
/// jci itself failed: a full disk, a git that refused, a remote that is gone.
pub(crate) const FAILED: ExitCode = ExitCode(4);
/// Ended by Ctrl-C or another signal that asks a program to stop.
pub(crate) const INTERRUPTED: ExitCode = ExitCode(130);

/// Every code with its meaning in the words of the manual pages.
pub(crate) const MEANINGS: [(ExitCode, &str); 6] = [
    (OK, "done; of a run: the job passed"),
    (JOB_FAILED, "the job failed"),
    (USAGE, "the command line makes no sense"),
    (NOT_POSSIBLE, "not possible here: no repository, no script, no such run"),
    (FAILED, "jci itself failed: a full disk, a git or a remote that refused"),
    (INTERRUPTED, "interrupted"),
];

impl fmt::Display for ExitCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<ExitCode> for process::ExitCode {
    fn from(code: ExitCode) -> Self {
        code.0.into()
    }
}
