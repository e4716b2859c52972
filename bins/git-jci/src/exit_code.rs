//! What `git jci` tells its caller; `docs/exit-codes.md` explains each.

use std::process;

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

impl From<ExitCode> for process::ExitCode {
    fn from(code: ExitCode) -> Self {
        code.0.into()
    }
}
