//! How long an engine may be away.

use std::time::Duration;

/// The waits between attempts to reach an engine that is being restarted: two minutes in all.
#[derive(Debug, Default)]
pub(super) struct Patience(u32);

impl Patience {
    const FIRST: Duration = Duration::from_millis(50);
    const LONGEST: Duration = Duration::from_secs(2);
    const ATTEMPTS: u32 = 64;
    const FEW: u32 = 5;

    /// Waits for the next attempt; `false` if it was long enough.
    pub(super) async fn again(&mut self) -> bool {
        self.up_to(Self::ATTEMPTS).await
    }

    /// The same for somebody who is waited for: a second and a half in all.
    pub(super) async fn shortly(&mut self) -> bool {
        self.up_to(Self::FEW).await
    }

    async fn up_to(&mut self, attempts: u32) -> bool {
        if self.0 >= attempts {
            return false;
        }
        let pause = Self::FIRST.saturating_mul(1 << self.0.min(8)).min(Self::LONGEST);
        self.0 += 1;
        tokio::time::sleep(pause).await;
        true
    }
}
