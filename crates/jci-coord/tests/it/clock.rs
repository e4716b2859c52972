//! Time and randomness that a test moves by hand.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use jci_coord::{Clock, Random};
use jiff::Timestamp;

/// Clocks that stand still until a test moves them.
#[derive(Debug, Default)]
pub(crate) struct TestClock {
    wall: AtomicI64,
    monotonic: AtomicU64,
}

/// When the tests begin: 2026-01-01T00:00:00Z.
const BEGIN: i64 = 1_767_225_600_000;

impl TestClock {
    /// Lets time pass.
    pub(crate) fn pass(&self, time: Duration) {
        let milliseconds = u64::try_from(time.as_millis()).unwrap();
        self.monotonic.fetch_add(milliseconds, Ordering::SeqCst);
        self.jump(i64::try_from(milliseconds).unwrap());
    }

    /// Sets the time of day to another hour, by so many milliseconds.
    pub(crate) fn jump(&self, milliseconds: i64) {
        self.wall.fetch_add(milliseconds, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(BEGIN + self.wall.load(Ordering::SeqCst)).unwrap()
    }

    fn monotonic(&self) -> Duration {
        Duration::from_millis(self.monotonic.load(Ordering::SeqCst))
    }
}

/// Bytes out of a counter: no two fillings are alike, and each test sees the same ones.
#[derive(Debug, Default)]
pub(crate) struct Counting(AtomicU64);

impl Random for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        for piece in bytes.chunks_mut(8) {
            let count = self.0.fetch_add(1, Ordering::SeqCst);
            // An odd factor spreads the bits and maps no two counts to one number.
            let spread = (count + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes();
            piece.copy_from_slice(&spread[..piece.len()]);
        }
    }
}
