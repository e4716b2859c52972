//! A log on this machine's disk, until the server has it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::watch;

use crate::key::Key;

/// How far a log has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Extent {
    /// So many bytes are there.
    pub(crate) length: u64,
    /// Whether no more will come.
    pub(crate) complete: bool,
}

/// Returns the file for the log of an attempt.
fn path_of(folder: &Path, key: &Key) -> PathBuf {
    folder.join(format!("{key}.log"))
}

/// Opens the log of an attempt, which may be there in part.
pub(crate) fn open(folder: &Path, key: &Key) -> io::Result<(SpoolWriter, SpoolReader)> {
    let path = path_of(folder, key);
    let mut options = OpenOptions::new();
    let file = options.append(true).read(true).create(true).mode(0o600).open(&path)?;
    let length = file.metadata()?.len();
    let (extent, extents) = watch::channel(Extent { length, complete: false });
    let file = Arc::new(file);
    let writer = SpoolWriter { file: Arc::clone(&file), extent, known: length };
    Ok((writer, SpoolReader { file, extent: extents }))
}

/// Removes the log of an attempt, if it is there.
pub(crate) fn remove(folder: &Path, key: &Key) -> io::Result<()> {
    match fs::remove_file(path_of(folder, key)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Removes the logs of attempts that nobody has in hand.
pub(crate) fn sweep(folder: &Path, in_hand: &[Key]) -> io::Result<()> {
    let kept: Vec<PathBuf> = in_hand.iter().map(|key| path_of(folder, key)).collect();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let is_log = path.extension().is_some_and(|extension| extension == "log");
        if is_log && !kept.contains(&path) {
            fs::remove_file(&path)?;
        }
    }
    Ok(())
}

/// Adds to a log.
///
/// Whoever writes begins at the first byte each time: what is there already is passed over, so that
/// a container's log that is followed again after a restart goes on where it stood.
#[derive(Debug)]
pub(crate) struct SpoolWriter {
    file: Arc<File>,
    extent: watch::Sender<Extent>,
    /// So many of the bytes to come are there already.
    known: u64,
}

impl SpoolWriter {
    /// Adds a piece.
    ///
    /// Nothing is synced: the container has the bytes as well, and after a power cut both are gone.
    pub(crate) fn append(&mut self, piece: &[u8]) -> io::Result<()> {
        let passed = usize::try_from(self.known).unwrap_or(usize::MAX).min(piece.len());
        self.known -= passed as u64;
        let new = &piece[passed..];
        // A log that nobody reads any more, because the server takes no more of it, does not grow.
        if new.is_empty() || self.extent.is_closed() {
            return Ok(());
        }
        let before = self.extent.borrow().length;
        if let Err(error) = (&*self.file).write_all(new) {
            // What came in part would be there twice if it is written again.
            let _ = self.file.set_len(before);
            return Err(error);
        }
        self.extent.send_modify(|extent| extent.length += new.len() as u64);
        Ok(())
    }

    /// Says that no more comes.
    pub(crate) fn complete(self) {
        self.extent.send_modify(|extent| extent.complete = true);
    }
}

/// Reads a log while it grows.
#[derive(Debug)]
pub(crate) struct SpoolReader {
    file: Arc<File>,
    extent: watch::Receiver<Extent>,
}

impl SpoolReader {
    /// Returns once there is more than so many bytes, or no more will come.
    pub(crate) async fn beyond(&mut self, offset: u64) -> Extent {
        let reached = |extent: &Extent| extent.complete || extent.length > offset;
        // Who writes and goes without a word has written all that there is.
        let gone = self.extent.wait_for(reached).await.is_err();
        let extent = *self.extent.borrow();
        Extent { complete: extent.complete || gone, ..extent }
    }

    /// Reads at most so many bytes from an offset on.
    pub(crate) fn read(&self, offset: u64, most: usize) -> io::Result<Bytes> {
        let there = self.extent.borrow().length.saturating_sub(offset);
        let length = usize::try_from(there).unwrap_or(usize::MAX).min(most);
        let mut piece = vec![0; length];
        self.file.read_exact_at(&mut piece, offset)?;
        Ok(piece.into())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key() -> Key {
        Key { job: "job".to_owned(), attempt: Some(1) }
    }

    fn all(reader: &SpoolReader) -> Vec<u8> {
        reader.read(0, usize::MAX).unwrap().to_vec()
    }

    #[tokio::test]
    async fn who_reads_hears_of_every_byte_and_of_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let (mut writer, mut reader) = open(folder.path(), &key()).unwrap();
        writer.append(b"abc").unwrap();
        assert_eq!(reader.beyond(0).await, Extent { length: 3, complete: false });
        assert_eq!(reader.read(1, 9).unwrap(), "bc");
        writer.complete();
        assert_eq!(reader.beyond(3).await, Extent { length: 3, complete: true });
    }

    #[test]
    fn a_log_that_nobody_reads_grows_no_more() {
        let folder = tempfile::tempdir().unwrap();
        let (mut writer, reader) = open(folder.path(), &key()).unwrap();
        writer.append(b"abc").unwrap();
        drop(reader);
        writer.append(b"def").unwrap();
        assert_eq!(fs::read(path_of(folder.path(), &key())).unwrap(), b"abc");
    }

    #[test]
    fn logs_of_attempts_that_are_gone_go() {
        let folder = tempfile::tempdir().unwrap();
        let other = Key { attempt: Some(2), ..key() };
        for key in [&key(), &other] {
            open(folder.path(), key).unwrap().0.append(b"x").unwrap();
        }
        sweep(folder.path(), &[other]).unwrap();
        let left: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
        assert_eq!(left.len(), 1);
        remove(folder.path(), &key()).unwrap();
    }

    proptest! {
        #[test]
        fn a_log_that_is_followed_again_goes_on_where_it_stood(
            log in prop::collection::vec(any::<u8>(), 0..500),
            turns in prop::collection::vec((0_usize..500, 1_usize..60), 1..6),
        ) {
            let folder = tempfile::tempdir().unwrap();
            let mut furthest = 0;
            for (stop, size) in turns {
                let (mut writer, reader) = open(folder.path(), &key()).unwrap();
                let stop = stop.min(log.len());
                for piece in log[..stop].chunks(size) {
                    writer.append(piece).unwrap();
                }
                furthest = furthest.max(stop);
                prop_assert_eq!(all(&reader), &log[..furthest]);
            }
        }
    }
}
