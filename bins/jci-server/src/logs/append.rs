//! Adding to a file so that what was acknowledged is there whatever happens.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use super::LogError;

/// Adds a piece to a log; returns how long it is then, all of it on disk.
///
/// The length of the file is the only record of how far the log has come: there is nothing that a
/// crash could leave in contradiction to it.
pub(super) fn append(path: &Path, limit: u64, offset: u64, piece: &[u8]) -> Result<u64, LogError> {
    let failed = |source| LogError::file(path, source);
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
            let folder = path.parent().unwrap_or(Path::new("."));
            create_folder(folder)?;
            let file = OpenOptions::new().append(true).create(true).open(path)?;
            sync_folder(folder)?;
            let length = file.metadata()?.len();
            Ok((file, length))
        }
        Err(error) => Err(error),
    }
}

fn create_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let parent = folder.parent().unwrap_or(Path::new("."));
    create_folder(parent)?;
    match fs::create_dir(folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    sync_folder(parent)
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    // A relative path of one part has an empty parent, which is the folder we are in.
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_gap_is_refused_and_says_where_to_go_on() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b/1.log");
        assert_eq!(append(&path, 100, 0, b"abc").unwrap(), 3);
        let error = append(&path, 100, 4, b"e").unwrap_err();
        assert_eq!(error.to_string(), "the log has 3 bytes, and the piece begins at 4");
        assert_eq!(fs::read(&path).unwrap(), b"abc");
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
                let stored = fs::read(&path).unwrap();
                prop_assert_eq!(stored.len() as u64, acknowledged);
                prop_assert_eq!(&stored[..], &log[..stored.len()]);
            }
        }
    }
}
