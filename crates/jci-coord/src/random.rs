//! Randomness, passed in so that tests and simulations can repeat themselves.

use std::fmt::Write as _;

use ring::rand::{SecureRandom as _, SystemRandom as Ring};

/// Where random bytes come from.
pub trait Random: Send + Sync {
    /// Fills the bytes.
    fn fill(&self, bytes: &mut [u8]);
}

/// The randomness of the operating system.
#[derive(Debug, Clone)]
pub struct SystemRandom(Ring);

impl SystemRandom {
    /// Returns the randomness of the operating system.
    #[must_use]
    pub fn new() -> Self {
        Self(Ring::new())
    }
}

impl Default for SystemRandom {
    fn default() -> Self {
        Self::new()
    }
}

impl Random for SystemRandom {
    /// Fills the bytes.
    ///
    /// # Panics
    ///
    /// If the operating system has no randomness to give: a secret made of anything else would be
    /// worse than no program.
    fn fill(&self, bytes: &mut [u8]) {
        assert!(self.0.fill(bytes).is_ok(), "the operating system gives no random bytes");
    }
}

/// Writes bytes in lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a text cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
