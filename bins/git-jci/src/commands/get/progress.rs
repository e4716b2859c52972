//! How far the writing of files has come.

use std::io::Write;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use jci_store::{Run, RunFile};

/// How often the progress is drawn anew.
const TICK: Duration = Duration::from_millis(100);
const TEMPLATE: &str = "jci: {wide_bar} {bytes} of {total_bytes} ({bytes_per_sec})";

/// A bar on the terminal, or nothing where there is none.
pub(super) struct Progress(ProgressBar);

impl Progress {
    pub(super) fn new(shown: bool, run: &Run<'_>, files: &[RunFile]) -> Self {
        if !shown {
            return Self(ProgressBar::hidden());
        }
        let sizes = files.iter().filter_map(|file| run.size(file).ok());
        let bar = ProgressBar::new(sizes.sum());
        if let Ok(style) = ProgressStyle::with_template(TEMPLATE) {
            bar.set_style(style);
        }
        bar.enable_steady_tick(TICK);
        Self(bar)
    }

    /// Counts what is written to `out`.
    pub(super) fn watch<W: Write>(&self, out: W) -> impl Write + use<W> {
        self.0.wrap_write(out)
    }

    pub(super) fn finish(&self) {
        self.0.finish_and_clear();
    }
}
