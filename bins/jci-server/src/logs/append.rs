//! Adding to a file so that what was acknowledged is there whatever happens.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use super::{LogError, folder};

/// Adds a piece to a log; returns how long it is then, all of it on disk.
///
/// The length of the file is the only record of how far the log has come: there is nothing that a
/// crash could leave in contradiction to it.
pub(super) fn append(path: &Path, limit: u64, offset: u64, piece: &[u8]) -> Result<u64, LogError> {
    let failed = |source| LogError::file(path, source);
    // A log without a byte has no file, so that the run's can be shown in its place.
    if offset == 0 && piece.is_empty() && !path.try_exists().map_err(failed)? {
        return Ok(0);
    }
    let (mut file, length) = open(path).map_err(failed)?;
    if offset > length {
        return Err(LogError::Gap { length, offset });
    }
    let end = offset.saturating_add(piece.len() as u64);
    if end > limit {
        return Err(LogError::TooLong { limit });
    }
    let known = usize::try_from(length - offset).unwrap_or(usize::MAX).min(piece.len());
    let new = &piece[known..];
    if let Err(source) = file.write_all(new).and_then(|()| file.sync_data()) {
        // What came to the disk in part is taken back: the sender sends it again.
        let _ = file.set_len(length);
        return Err(failed(source));
    }
    Ok(length + new.len() as u64)
}

/// Opens a log for adding, and makes it with its folders if need be, all of them on disk.
fn open(path: &Path) -> io::Result<(File, u64)> {
    match OpenOptions::new().append(true).open(path) {
        Ok(file) => {
            let length = file.metadata()?.len();
            Ok((file, length))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let parent = path.parent().unwrap_or(Path::new("."));
            folder::create(parent)?;
            let file = OpenOptions::new().append(true).create(true).open(path)?;
            folder::sync(parent)?;
            let length = file.metadata()?.len();
            Ok((file, length))
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_log_without_a_byte_has_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("1.log");
        assert_eq!(append(&path, 100, 0, b"").unwrap(), 0);
        assert!(!path.exists());
    }

    #[test]
    fn a_gap_is_refused_and_says_where_to_go_on() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b/1.log");
        assert_eq!(append(&path, 100, 0, b"abc").unwrap(), 3);
        let error = append(&path, 100, 4, b"e").unwrap_err();
        assert_eq!(error.to_string(), "the log has 3 bytes, and the piece begins at 4");
        assert_eq!(std::fs::read(&path).unwrap(), b"abc");
    }

    #[test]
    fn a_log_grows_to_its_limit_and_no_further() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("1.log");
        assert_eq!(append(&path, 4, 0, b"abcd").unwrap(), 4);
        let error = append(&path, 4, 4, b"e").unwrap_err();
        assert!(matches!(error, LogError::TooLong { limit: 4 }));
        assert_eq!(append(&path, 4, 4, b"").unwrap(), 4);
    }

    proptest! {
        #[test]
        fn pieces_in_any_order_and_number_make_the_log(
            log in proptest::collection::vec(any::<u8>(), 0..300),
            pieces in proptest::collection::vec((0_usize..300, 0_usize..80), 0..60),
        ) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("1.log");
            let mut acknowledged = 0;
            for (start, length) in pieces {
                let start = start.min(log.len());
                let piece = &log[start..(start + length).min(log.len())];
                match append(&path, 1000, start as u64, piece) {
                    Ok(offset) => acknowledged = offset,
                    Err(LogError::Gap { length, .. }) => prop_assert_eq!(length, acknowledged),
                    Err(error) => return Err(TestCaseError::fail(error.to_string())),
                }
                // A log without a byte has no file.
                let stored = std::fs::read(&path).unwrap_or_default();
                prop_assert_eq!(stored.len() as u64, acknowledged);
                prop_assert_eq!(&stored[..], &log[..stored.len()]);
            }
        }
    }
}
