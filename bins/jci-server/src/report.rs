//! The one place where errors become what a person reads and what a script gets.

use std::process::ExitCode;

use crate::config::ConfigError;
use crate::http::chain;
use crate::server::ServerError;

/// The server did what was asked.
pub(crate) const OK: u8 = 0;
/// The settings do not make a server.
pub(crate) const SETTINGS: u8 = 2;
/// The server could not start, or had to end.
pub(crate) const FAILED: u8 = 4;

/// Tells what is wrong with the settings.
pub(crate) fn settings(errors: &[ConfigError]) -> ExitCode {
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
            error => eprintln!("jci-server: {}", chain(error)),
        }
    }
    code
}

/// Tells why there is no server, or no more.
pub(crate) fn failure(error: &ServerError) -> ExitCode {
    eprintln!("jci-server: {}", chain(error));
    FAILED.into()
}
