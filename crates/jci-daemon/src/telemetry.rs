//! What the program tells of itself on standard error.

use std::io::IsTerminal as _;

use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::{Fallback, Reader, Setting};

/// The form of the program's own log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// What the program tells of itself.
#[derive(Debug)]
pub struct Telling {
    /// What is logged.
    pub filter: Targets,
    /// In which form.
    pub format: LogFormat,
}

impl Telling {
    /// The setting for what is logged.
    pub const LOG: Setting = Setting::plain(
        "log",
        "JCI_LOG",
        "FILTER",
        Fallback::Value("info"),
        "What is logged: error, warn, info, debug, trace, or a filter such as info,jci_server=debug",
    );

    /// The setting for its form.
    pub const LOG_FORMAT: Setting = Setting::plain(
        "log_format",
        "JCI_LOG_FORMAT",
        "KIND",
        Fallback::Value("text"),
        "Form of the program's own log on standard error: text or json",
    );

    /// Reads both settings, which have to be in the program's table.
    pub fn read(reader: &mut Reader) -> Option<Self> {
        let filter = reader.value("log", |text| {
            text.parse::<Targets>().map_err(|_| {
                "error, warn, info, debug, trace, or a filter such as info,jci_server=debug"
                    .to_owned()
            })
        });
        let format = reader.value("log_format", |text| match text {
            "text" => Ok(LogFormat::Text),
            "json" => Ok(LogFormat::Json),
            _ => Err("text or json".to_owned()),
        });
        Some(Self { filter: filter?, format: format? })
    }

    /// Begins to log. Once a process.
    pub fn begin(&self) {
        let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
        let lines = match self.format {
            LogFormat::Text => lines.with_ansi(std::io::stderr().is_terminal()).boxed(),
            LogFormat::Json => lines.json().flatten_event(true).boxed(),
        };
        tracing_subscriber::registry().with(lines.with_filter(self.filter.clone())).init();
    }
}
