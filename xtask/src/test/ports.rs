//! The crates that run jobs, on systems that this one is not: macOS and Windows.
//!
//! A compiler that has the source of its library builds for any system, and Wine runs what was
//! built for Windows.

use std::path::PathBuf;
use std::process::Command;

use super::StepError;
use crate::files;
use crate::process::{self, ProcessError};
use crate::workspace::{self, cargo};

/// Where Debian puts the compiler whose library's source it has as well.
pub(super) const RUSTC: &str = "/usr/bin/rustc";
/// That source.
pub(super) const LIBRARY: &str = "/usr/lib/rustlib/src/rust/library";
/// The linker for Windows.
pub(super) const GCC: &str = "x86_64-w64-mingw32-gcc";

const MACOS: &str = "aarch64-apple-darwin";
const WINDOWS: &str = "x86_64-pc-windows-gnu";

/// Builds them for macOS, and runs their tests for Windows.
pub(super) fn check() -> Result<(), StepError> {
    files::make_folder(&scratch())?;
    process::run(&mut build("check", MACOS))?;
    let wine = Wine::start()?;
    let mut tests = build("test", WINDOWS);
    // Their documentation is tried where it is read: here.
    tests.args(["--lib", "--tests", "--no-fail-fast"]);
    tests.env("CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER", "wine");
    process::run(wine.is_seen_by(&mut tests))?;
    Ok(files::remove_folder(&scratch())?)
}

fn build(what: &str, system: &str) -> Command {
    let mut command = cargo([what, "--locked", "--target", system]);
    command.args(["--package", "jci-exec", "--package", "jci-runtime"]);
    command.arg("-Zbuild-std=std,panic_abort").arg("--target-dir").arg(folder());
    // To build the library takes what a compiler that is released does for itself alone.
    command.env("RUSTC", RUSTC).env("RUSTC_BOOTSTRAP", "1");
    // The linker leaves files there.
    command.env("TMPDIR", scratch());
    // There is no clippy for them.
    command.env("RUSTFLAGS", "-D warnings");
    command
}

fn folder() -> PathBuf {
    workspace::target().join("ports")
}

fn scratch() -> PathBuf {
    folder().join("scratch")
}

/// A Windows of our own; what runs in it ends with it.
struct Wine {
    prefix: PathBuf,
}

impl Wine {
    fn start() -> Result<Self, StepError> {
        let prefix = folder().join("wine");
        files::make_folder(&prefix)?;
        let wine = Self { prefix };
        process::run(wine.is_seen_by(Command::new("wineboot").arg("--init")))?;
        wine.add_random()?;
        Ok(wine)
    }

    /// Adds a library that came with Wine 9.
    fn add_random(&self) -> Result<(), StepError> {
        let library = self.prefix.join("drive_c/windows/system32/bcryptprimitives.dll");
        if library.exists() {
            return Ok(());
        }
        let source = folder().join("random.c");
        files::write(&source, include_str!("random.c"))?;
        let mut gcc = Command::new(GCC);
        gcc.arg("-shared").arg("-o").arg(library).arg(source).arg("-ladvapi32");
        Ok(process::run(&mut gcc)?)
    }

    fn is_seen_by<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command.env("WINEPREFIX", &self.prefix).env("WINEDEBUG", "-all");
        // Neither .NET nor a browser is asked for. A debugger would end what crashes as if it had
        // not.
        command.env("WINEDLLOVERRIDES", "mscoree,mshtml=;winedbg.exe=d")
    }
}

impl Drop for Wine {
    fn drop(&mut self) {
        // There is nobody to tell if nothing runs there any more.
        let _: Result<_, ProcessError> =
            process::read(self.is_seen_by(Command::new("wineserver").arg("--kill")));
    }
}
