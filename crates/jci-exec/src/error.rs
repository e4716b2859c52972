use std::ffi::OsString;
use std::io;
use std::path::PathBuf;

use crate::CancelledBy;
use crate::platform::REMOVE_CARRIAGE_RETURNS;

/// Says why a job could not be started; nothing of it runs then.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// There is no file at the path of the script.
    #[error("there is no script at '{}'", path.display())]
    Missing {
        /// Where it should be.
        path: PathBuf,
    },
    /// The path of the script leads to a directory.
    #[error("'{}' is a directory, not a script", path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
    },
    /// The path of the script leads to a pipe, a socket or a device.
    #[error("'{}' is not a regular file", path.display())]
    NotAFile {
        /// What is there.
        path: PathBuf,
    },
    /// The first line ends in CR LF, so that the kernel looks for an interpreter that does not
    /// exist.
    #[error(
        "the first line of '{}' (`{line}`) ends in a carriage return, so its interpreter is not found; \
         to remove them, type: {REMOVE_CARRIAGE_RETURNS} '{}'",
        path.display(), path.display()
    )]
    CarriageReturn {
        /// The script.
        path: PathBuf,
        /// Its first line, without the carriage return.
        line: String,
    },
    /// The interpreter that the script names is not there.
    #[error("the interpreter '{}' that '{}' names in its first line is missing", interpreter.display(), path.display())]
    MissingInterpreter {
        /// The script.
        path: PathBuf,
        /// The interpreter.
        interpreter: PathBuf,
    },
    /// The program is there, and what loads it into memory is not.
    #[error("the loader that the program '{}' needs is missing: it was built for another system", path.display())]
    MissingLoader {
        /// The program.
        path: PathBuf,
    },
    /// The kernel cannot run the file.
    #[error("'{}' is a program for another kind of machine, or damaged", path.display())]
    ExecFormat {
        /// The program.
        path: PathBuf,
    },
    /// This user may not read the script, or not start it or its interpreter.
    #[error("permission denied for '{}'", path.display())]
    PermissionDenied {
        /// What is not permitted.
        path: PathBuf,
    },
    /// The script is for bash, which is not on `PATH`.
    #[error("'{}' is run by bash, which is not on PATH", path.display())]
    MissingBash {
        /// The script.
        path: PathBuf,
    },
    /// There is no program of that name.
    #[error("there is no program '{}'", program.display())]
    MissingProgram {
        /// Its name or path.
        program: OsString,
    },
    /// The directory that the job starts in is not there.
    #[error("the working directory '{}' is missing", path.display())]
    MissingDirectory {
        /// The directory.
        path: PathBuf,
    },
    /// Another process has the file open for writing.
    #[error("'{}' is being written by another process", path.display())]
    Busy {
        /// The program or script.
        path: PathBuf,
    },
    /// The script cannot be read for another reason.
    #[error("'{}' cannot be read", path.display())]
    Unreadable {
        /// The script.
        path: PathBuf,
        /// What went wrong.
        source: io::Error,
    },
    /// The job had been cancelled before it began.
    #[error("cancelled by {by} before the start")]
    Cancelled {
        /// Who asked.
        by: CancelledBy,
    },
    /// The kernel refused for another reason, such as too many processes.
    #[error("'{}' cannot be started", program.display())]
    Spawn {
        /// The program or script.
        program: OsString,
        /// What went wrong.
        source: io::Error,
    },
    /// There was no room for the pipes and the thread that watch over a job.
    #[error("no resources to watch over a job")]
    Resources {
        /// What went wrong.
        #[source]
        source: io::Error,
    },
}
