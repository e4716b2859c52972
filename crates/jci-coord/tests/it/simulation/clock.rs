//! Time that passes only when the simulation says so.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use jci_coord::Clock;
use jiff::Timestamp;

/// Milliseconds since the simulation began.
pub(super) type Time = u64;

pub(super) const SECOND: Time = 1000;
pub(super) const HOUR: Time = 3600 * SECOND;

/// When simulations begin: 2026-01-01T00:00:00Z.
const BEGIN: i64 = 1_767_225_600_000;

/// How fast the clocks of servers may be, in thousandths: 5% too slow or too fast is far more than
/// any quartz, and the leases are to withstand it.
pub(super) const PACE: std::ops::RangeInclusive<u64> = 950..=1050;

/// The true time, which nobody in the simulation can read.
#[derive(Debug, Clone, Default)]
pub(super) struct TrueTime(Arc<AtomicU64>);

impl TrueTime {
    pub(super) fn get(&self) -> Time {
        self.0.load(Ordering::Relaxed)
    }

    pub(super) fn set(&self, time: Time) {
        self.0.store(time, Ordering::Relaxed);
    }
}

/// How wrong the time of day is on a machine. It outlives the programs there.
#[derive(Debug, Clone, Default)]
pub(super) struct Wall(Arc<AtomicI64>);

impl Wall {
    pub(super) fn jump(&self, milliseconds: i64) {
        self.0.fetch_add(milliseconds, Ordering::Relaxed);
    }
}

/// The clocks of one server process.
#[derive(Debug)]
pub(super) struct ProcessClock {
    truth: TrueTime,
    wall: Wall,
    start: Time,
    pace: u64,
}

impl ProcessClock {
    pub(super) fn start(truth: &TrueTime, wall: &Wall, pace: u64) -> Self {
        Self { start: truth.get(), truth: truth.clone(), wall: wall.clone(), pace }
    }
}

impl Clock for ProcessClock {
    fn now(&self) -> Timestamp {
        let truth = i64::try_from(self.truth.get()).unwrap();
        let wrong = self.wall.0.load(Ordering::Relaxed);
        Timestamp::from_millisecond(BEGIN + truth + wrong).unwrap()
    }

    fn monotonic(&self) -> Duration {
        Duration::from_millis((self.truth.get() - self.start) * self.pace / 1000)
    }
}
