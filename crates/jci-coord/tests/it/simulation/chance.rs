//! All that is left to chance, from one seed.

use std::ops::RangeInclusive;
use std::sync::{Mutex, PoisonError};

use jci_coord::Random;

/// A stream of numbers that its seed decides (splitmix64).
#[derive(Debug, Clone)]
pub(super) struct Chance(u64);

impl Chance {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(super) fn within(&mut self, range: RangeInclusive<u64>) -> u64 {
        range.start() + self.number() % (range.end() - range.start() + 1)
    }

    /// Returns a place in something of this length.
    pub(super) fn place(&mut self, length: usize) -> usize {
        usize::try_from(self.number() % length as u64).unwrap()
    }

    /// Says yes so many times in a thousand.
    pub(super) fn says(&mut self, in_a_thousand: u64) -> bool {
        self.number() % 1000 < in_a_thousand
    }

    pub(super) fn fork(&mut self) -> Self {
        Self(self.number())
    }
}

/// The randomness of one simulated server.
pub(super) struct Bytes(Mutex<Chance>);

impl Bytes {
    pub(super) fn new(chance: Chance) -> Self {
        Self(Mutex::new(chance))
    }
}

impl Random for Bytes {
    fn fill(&self, bytes: &mut [u8]) {
        let mut chance = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&chance.number().to_le_bytes()[..chunk.len()]);
        }
    }
}
