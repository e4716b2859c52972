use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::StartError;
use crate::platform::{READS_FIRST_LINES, is_executable};
use crate::shebang::InterpreterLine;

/// The number of bytes at the start of a file by which the kernel, too, decides how to start it.
const HEAD: u64 = 256;

/// Knows a script file and how it is started.
///
/// An executable file is started by its own `#!` line or as a program, anything else by `bash`:
/// also an executable text without `#!`, as a shell would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    path: PathBuf,
    launch: Launch,
}

/// Says what starts a script.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Launch {
    /// `bash <path>`.
    Bash,
    /// The interpreter that its first line names.
    Interpreter(PathBuf),
    /// The kernel: it is a program.
    Program,
}

impl Script {
    /// Looks at the file at `path`, following links; a relative path counts from where this process
    /// is, not from where the job will be.
    ///
    /// # Errors
    ///
    /// What would make the start fail for sure is said here, before anything has begun.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StartError> {
        let path = path.as_ref();
        let failed = |source| read_error(path, source);
        let path = std::path::absolute(path).map_err(failed)?;
        check_kind(&path)?;
        let launch = match is_executable(&path) {
            true if READS_FIRST_LINES => launch(&path)?,
            true => Launch::Program,
            false => readable(&path)?,
        };
        Ok(Self { path, launch })
    }

    /// Gives the absolute path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Tells what starts it.
    pub fn launch(&self) -> &Launch {
        &self.launch
    }
}

fn check_kind(path: &Path) -> Result<(), StartError> {
    let kind = fs::metadata(path).map_err(|source| read_error(path, source))?;
    let path = || path.to_owned();
    if kind.is_dir() {
        Err(StartError::Directory { path: path() })
    } else if !kind.is_file() {
        Err(StartError::NotAFile { path: path() })
    } else {
        Ok(())
    }
}

/// Decides for a file that the kernel would start.
fn launch(path: &Path) -> Result<Launch, StartError> {
    let head = match head(path) {
        Ok(head) => head,
        // A program may be started by those who may not read it.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            return Ok(Launch::Program);
        }
        Err(source) => return Err(read_error(path, source)),
    };
    match InterpreterLine::parse(&head) {
        Some(line) if line.fails_by_carriage_return() => {
            Err(StartError::CarriageReturn { path: path.to_owned(), line: line.to_string() })
        }
        Some(line) => Ok(Launch::Interpreter(line.interpreter())),
        None if is_text(&head) => Ok(Launch::Bash),
        None => Ok(Launch::Program),
    }
}

/// Decides for a file that is for bash, which must be able to read it.
fn readable(path: &Path) -> Result<Launch, StartError> {
    head(path).map(|_| Launch::Bash).map_err(|source| read_error(path, source))
}

fn head(path: &Path) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    File::open(path)?.take(HEAD).read_to_end(&mut head)?;
    Ok(head)
}

/// Tells text from a program as bash does: by a NUL in the first line.
fn is_text(head: &[u8]) -> bool {
    !head.iter().take_while(|&&byte| byte != b'\n').any(|&byte| byte == 0)
}

fn read_error(path: &Path, source: io::Error) -> StartError {
    let path = path.to_owned();
    match source.kind() {
        io::ErrorKind::NotFound => StartError::Missing { path },
        io::ErrorKind::PermissionDenied => StartError::PermissionDenied { path },
        _ => StartError::Unreadable { path, source },
    }
}
