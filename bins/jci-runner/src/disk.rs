//! Whether there is room for the log of another job.

use std::io;
use std::path::Path;

/// Returns how many bytes are free for us where a folder is.
pub(crate) fn free(folder: &Path) -> io::Result<u64> {
    let facts = rustix::fs::statvfs(folder)?;
    Ok(facts.f_bavail.saturating_mul(facts.f_frsize))
}

/// Notices when a disk gets low, and when it no longer is, once each.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    is_low: bool,
}

/// What a look at the disk brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Room {
    /// There is room.
    Enough,
    /// There is room again.
    Again,
    /// There is none, which is news.
    LowNow,
    /// There still is none.
    StillLow,
}

impl Watch {
    /// Compares what is free with what must be.
    pub(crate) fn look(&mut self, free: u64, least: u64) -> Room {
        let was_low = self.is_low;
        // A tenth more, so that a disk at the edge is not news all the time.
        self.is_low = free < if was_low { least.saturating_add(least / 10) } else { least };
        match (was_low, self.is_low) {
            (false, false) => Room::Enough,
            (true, false) => Room::Again,
            (false, true) => Room::LowNow,
            (true, true) => Room::StillLow,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn news_is_told_once() {
        let mut watch = Watch::default();
        let looks = [200, 99, 50, 105, 110, 100].map(|free| watch.look(free, 100));
        use Room::{Again, Enough, LowNow, StillLow};
        assert_eq!(looks, [Enough, LowNow, StillLow, StillLow, Again, Enough]);
    }

    #[test]
    fn a_disk_that_is_there_can_be_looked_at() {
        assert!(free(Path::new("/")).unwrap() > 0);
        free(Path::new("/not/there")).unwrap_err();
    }
}
