use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Duration;

use crate::platform::{Marker, Tree, bash, is_exec_format_error, is_executable};
use crate::{Launch, Script, StartError};

/// How often, and after which pause, to try again to start a file that is open for writing.
///
/// A process that another thread of this program starts holds, for a moment between fork and exec,
/// all files open that the program writes: also a script that was written just now.
const BUSY_RETRIES: u32 = 20;
const BUSY_PAUSE: Duration = Duration::from_millis(5);

/// What a job starts.
#[derive(Clone, Debug)]
pub(crate) enum Program {
    Script(Script),
    Named(OsString),
}

impl Program {
    /// Begins the command line.
    pub(crate) fn command(&self) -> Command {
        match self {
            Self::Named(name) => Command::new(name),
            Self::Script(script) if *script.launch() == Launch::Bash => {
                let mut command = Command::new(bash());
                command.arg(script.path());
                command
            }
            Self::Script(script) => Command::new(script.path()),
        }
    }

    fn path(&self) -> &Path {
        match self {
            Self::Script(script) => script.path(),
            Self::Named(name) => Path::new(name),
        }
    }
}

/// Starts the command and says clearly why it cannot be started.
pub(crate) fn start(
    program: &Program,
    command: &mut Command,
    marker: Option<&Marker>,
) -> Result<Tree, StartError> {
    let mut retries = BUSY_RETRIES;
    loop {
        match Tree::spawn(command, marker.cloned()) {
            Ok(tree) => return Ok(tree),
            Err(error) if error.kind() == io::ErrorKind::ExecutableFileBusy && retries > 0 => {
                retries -= 1;
                thread::sleep(BUSY_PAUSE);
            }
            Err(error) => return Err(explain(program, command, error)),
        }
    }
}

/// Finds out what the kernel meant by its one number.
fn explain(program: &Program, command: &Command, source: io::Error) -> StartError {
    let path = program.path().to_owned();
    match (source.kind(), command.get_current_dir()) {
        (io::ErrorKind::NotFound, Some(dir)) if !dir.is_dir() => {
            StartError::MissingDirectory { path: dir.to_owned() }
        }
        (io::ErrorKind::PermissionDenied, Some(dir)) if !is_executable(dir) => {
            StartError::PermissionDenied { path: dir.to_owned() }
        }
        (io::ErrorKind::NotFound, _) => explain_missing(program),
        (io::ErrorKind::PermissionDenied, _) => {
            StartError::PermissionDenied { path: denied(program, command) }
        }
        (io::ErrorKind::ExecutableFileBusy, _) => StartError::Busy { path },
        _ if is_exec_format_error(&source) => StartError::ExecFormat { path },
        _ => StartError::Spawn { program: path.into(), source },
    }
}

fn explain_missing(program: &Program) -> StartError {
    let script = match program {
        Program::Script(script) => script,
        Program::Named(name) => return StartError::MissingProgram { program: name.clone() },
    };
    let path = script.path().to_owned();
    match script.launch() {
        _ if !path.exists() => StartError::Missing { path },
        Launch::Bash => StartError::MissingBash { path },
        Launch::Interpreter(interpreter) if !interpreter.exists() => {
            StartError::MissingInterpreter { path, interpreter: interpreter.clone() }
        }
        Launch::Interpreter(interpreter) => StartError::MissingLoader { path: interpreter.clone() },
        Launch::Program => StartError::MissingLoader { path },
    }
}

/// Finds what may not be started: the interpreter is in question before the script.
fn denied(program: &Program, command: &Command) -> PathBuf {
    if let Program::Script(script) = program
        && let Launch::Interpreter(interpreter) = script.launch()
        && !is_executable(interpreter)
    {
        return interpreter.clone();
    }
    command.get_program().into()
}
