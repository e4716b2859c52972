//! The time of the forge, which passes by a second whenever somebody looks.

/// The first second of the forge: 3 hours, 4 minutes and 5 seconds after midnight.
const START: u64 = 3 * 3600 + 4 * 60 + 5;

/// Counts seconds, so that times are the same in every run of a test and no two are equal.
#[derive(Debug, Default)]
pub(super) struct Clock(u64);

impl Clock {
    /// Returns the time as the API writes it.
    pub(super) fn now(&mut self) -> String {
        self.0 += 1;
        let seconds = START + self.0;
        let (days, second) = (seconds / 86_400, seconds % 86_400);
        let (hour, minute) = (second / 3600, second % 3600 / 60);
        // A test that looks at the clock for a month has other problems.
        format!("2026-01-{:02}T{hour:02}:{minute:02}:{:02}Z", 2 + days, second % 60)
    }
}
