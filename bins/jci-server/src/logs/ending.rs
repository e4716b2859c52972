//! The word of a sender that nothing more of a log will come, in a file beside it.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::folder;

/// Notes that a log ends at a length, all of which is on disk already; the note is, too, then.
///
/// It is there whole or not at all, and one that was there before stays until it is replaced.
pub(super) fn note(log: &Path, length: u64) -> io::Result<()> {
    let parent = log.parent().unwrap_or(Path::new("."));
    folder::create(parent)?;
    let new = log.with_extension("end.new");
    let mut file = File::create(&new)?;
    write!(file, "{length}")?;
    file.sync_data()?;
    fs::rename(&new, path_of(log))?;
    folder::sync(parent)
}

/// Tells where a log ends, if that was noted.
pub(super) fn noted(log: &Path) -> io::Result<Option<u64>> {
    match fs::read_to_string(path_of(log)) {
        // What is no number is not what was noted.
        Ok(text) => Ok(text.parse().ok()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn path_of(log: &Path) -> PathBuf {
    log.with_extension("end")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_note_counts_and_one_in_the_making_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("a/1.log");
        assert_eq!(noted(&log).unwrap(), None);
        note(&log, 7).unwrap();
        note(&log, 7).unwrap();
        fs::write(log.with_extension("end.new"), "9").unwrap();
        assert_eq!(noted(&log).unwrap(), Some(7));
        note(&log, 12).unwrap();
        assert_eq!(noted(&log).unwrap(), Some(12));
        fs::write(path_of(&log), "").unwrap();
        assert_eq!(noted(&log).unwrap(), None);
    }
}
