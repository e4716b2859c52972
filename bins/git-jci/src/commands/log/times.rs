//! When each line of a log came.

use std::io::{self, Write};
use std::time::Duration;

use clap::ValueEnum;
use jci_store::{ActiveRun, Piece};
use jiff::{Timestamp, tz::TimeZone};

/// How the time of a line is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Times {
    /// Since the begin of the run
    Relative,
    /// Day and time of day here
    Absolute,
    /// Since the line before
    Delta,
}

/// Tells the time of each place in a log, front to back.
pub(super) struct Stamps {
    times: Times,
    started: Timestamp,
    pieces: Box<dyn Iterator<Item = Piece>>,
    /// How much of the current piece is still to come.
    left: u64,
    /// When the current piece came; `None` before the first and behind the last.
    at: Option<Duration>,
    line_before: Duration,
    live: bool,
}

impl Stamps {
    pub(super) fn new(
        times: Times,
        started: Timestamp,
        pieces: impl Iterator<Item = Piece> + 'static,
    ) -> Self {
        Self {
            times,
            started,
            pieces: Box::new(pieces),
            left: 0,
            at: None,
            line_before: Duration::ZERO,
            live: false,
        }
    }

    /// Reads the times of a run that goes on, as far as they are recorded.
    pub(super) fn of_active(run: &ActiveRun, times: Times) -> Self {
        Self::new(times, run.record().started, run.timing().into_iter().flatten())
    }

    /// Takes from now on the time of day for what is not recorded.
    pub(super) fn go_live(&mut self) {
        self.live = true;
    }

    /// Writes the time of the line that begins here, or blanks if it is not known.
    pub(super) fn write(&mut self, out: &mut impl Write) -> io::Result<()> {
        let at = self.here();
        match (at, self.times) {
            (Some(at), Times::Relative) => write!(out, "{}  ", clock(at)),
            (None, Times::Relative) => write!(out, "{:14}", ""),
            (Some(at), Times::Absolute) => write!(out, "{}  ", self.of_day(at)),
            (None, Times::Absolute) => write!(out, "{:25}", ""),
            (Some(at), Times::Delta) => {
                let since = at.saturating_sub(self.line_before);
                self.line_before = at;
                write!(out, "{:>10.3}  ", since.as_secs_f64())
            }
            (None, Times::Delta) => write!(out, "{:12}", ""),
        }
    }

    /// Goes on by so many bytes of the log.
    pub(super) fn advance(&mut self, bytes: u64) {
        let mut bytes = bytes;
        while bytes > 0 && self.here().is_some() && self.left > 0 {
            let step = bytes.min(self.left);
            self.left -= step;
            bytes -= step;
        }
    }

    fn here(&mut self) -> Option<Duration> {
        while self.left == 0 {
            let Some(piece) = self.pieces.next() else {
                let now = Timestamp::now().duration_since(self.started);
                return self.live.then(|| now.try_into().unwrap_or_default());
            };
            self.left = piece.bytes;
            self.at = Some(piece.at);
        }
        self.at
    }

    fn of_day(&self, at: Duration) -> String {
        let moment = self.started.checked_add(at).unwrap_or(Timestamp::MAX);
        let zoned = moment.to_zoned(TimeZone::system());
        zoned.strftime("%Y-%m-%d %H:%M:%S.%3f").to_string()
    }
}

fn clock(at: Duration) -> String {
    let seconds = at.as_secs();
    let (hours, minutes) = (seconds / 3_600, seconds / 60 % 60);
    format!("{hours:02}:{minutes:02}:{:02}.{:03}", seconds % 60, at.subsec_millis())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(ms: u64, bytes: u64) -> Piece {
        Piece { at: Duration::from_millis(ms), bytes }
    }

    fn stamps<const N: usize>(times: Times, pieces: [Piece; N]) -> Stamps {
        Stamps::new(times, Timestamp::UNIX_EPOCH, pieces.into_iter())
    }

    fn written(stamps: &mut Stamps) -> String {
        let mut out = Vec::new();
        stamps.write(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_line_has_the_time_of_its_first_byte() {
        let mut stamps = stamps(Times::Relative, [piece(5, 3), piece(3_600_250, 4)]);
        assert_eq!(written(&mut stamps), "00:00:00.005  ");
        stamps.advance(2);
        assert_eq!(written(&mut stamps), "00:00:00.005  ");
        stamps.advance(1);
        assert_eq!(written(&mut stamps), "01:00:00.250  ");
        stamps.advance(4);
        assert_eq!(written(&mut stamps), " ".repeat(14));
    }

    #[test]
    fn the_ways_to_write_times_are_of_one_width_each() {
        let pieces = [piece(1_500, 1), piece(1_750, 1)];
        let mut absolute = stamps(Times::Absolute, pieces);
        assert_eq!(written(&mut absolute).len(), 25);
        absolute.advance(10);
        assert_eq!(written(&mut absolute), " ".repeat(25));
        let mut delta = stamps(Times::Delta, pieces);
        assert_eq!(written(&mut delta), "     1.500  ");
        delta.advance(1);
        assert_eq!(written(&mut delta), "     0.250  ");
        delta.advance(1);
        assert_eq!(written(&mut delta), " ".repeat(12));
    }

    #[test]
    fn behind_what_is_recorded_the_clock_counts_while_the_run_goes_on() {
        let started = Timestamp::now();
        let mut stamps = Stamps::new(Times::Relative, started, std::iter::empty());
        stamps.advance(100);
        assert_eq!(written(&mut stamps), " ".repeat(14));
        stamps.go_live();
        assert!(written(&mut stamps).starts_with("00:00:"));
    }
}
