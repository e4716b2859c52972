//! The one place where errors become what a person reads and what a script gets.

use std::error::Error;
use std::process::ExitCode;

use crate::ConfigError;

/// The program did what was asked.
pub const OK: u8 = 0;
/// The settings do not make what they should.
pub const SETTINGS: u8 = 2;
/// The program could not start, or had to end.
pub const FAILED: u8 = 4;

/// Tells on standard error what is wrong with the settings of a program.
#[must_use]
pub fn report_settings(program: &str, errors: &[ConfigError]) -> ExitCode {
    let mut code = ExitCode::from(SETTINGS);
    for error in errors {
        match error {
            // Help and the version are no errors, and go to standard output.
            ConfigError::Arguments(error) => {
                let _ = error.print();
                if !error.use_stderr() {
                    code = OK.into();
                }
            }
            error => eprintln!("{program}: {}", chain(error)),
        }
    }
    code
}

/// Tells on standard error why a program did not start, or had to end.
#[must_use]
pub fn report_failure(program: &str, error: &dyn Error) -> ExitCode {
    eprintln!("{program}: {}", chain(error));
    FAILED.into()
}

/// Puts an error and its causes into one line.
#[must_use]
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}
