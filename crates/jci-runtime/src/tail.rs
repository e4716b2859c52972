//! A file that grows, as a stream.

use std::fs::File;
use std::future::Future;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{self, StreamExt as _};

use crate::{LogStream, RuntimeError};

/// The bytes that are read at once.
const PIECE: u64 = 256 * 1024;

/// How soon is looked again after the file has grown, and how seldom when it does not grow.
const SOON: Duration = Duration::from_millis(2);
const SELDOM: Duration = Duration::from_millis(50);

type Ended = Pin<Box<dyn Future<Output = Result<(), RuntimeError>> + Send>>;

/// Follows a file from a byte on, until whoever writes to it has ended.
pub(crate) fn follow(
    path: PathBuf,
    from: u64,
    ended: impl Future<Output = Result<(), RuntimeError>> + Send + 'static,
) -> LogStream {
    let tail =
        Tail { path, file: None, at: from, writer: Writer::Writes(Box::pin(ended)), pause: SOON };
    stream::try_unfold(tail, Tail::step).boxed()
}

struct Tail {
    path: PathBuf,
    file: Option<Arc<File>>,
    /// The byte that is to come next.
    at: u64,
    writer: Writer,
    pause: Duration,
}

enum Writer {
    Writes(Ended),
    Ended(Result<(), RuntimeError>),
    /// That it ended was told.
    Gone,
}

impl Tail {
    async fn step(mut self) -> Result<Option<(Bytes, Self)>, RuntimeError> {
        loop {
            let read = self.read().await;
            let bytes =
                read.map_err(|error| RuntimeError::io("read the log", &self.path, &error))?;
            if !bytes.is_empty() {
                self.pause = SOON;
                return Ok(Some((bytes, self)));
            }
            match std::mem::replace(&mut self.writer, Writer::Gone) {
                Writer::Writes(mut ended) => {
                    self.writer = match tokio::time::timeout(self.pause, &mut ended).await {
                        Ok(end) => Writer::Ended(end),
                        Err(_) => Writer::Writes(ended),
                    };
                    self.pause = (self.pause * 2).min(SELDOM);
                }
                Writer::Ended(Ok(())) | Writer::Gone => return Ok(None),
                Writer::Ended(Err(error)) => return Err(error),
            }
        }
    }

    /// Reads what is there; nothing if that is all.
    async fn read(&mut self) -> io::Result<Bytes> {
        let (path, file, at) = (self.path.clone(), self.file.clone(), self.at);
        let reading = tokio::task::spawn_blocking(move || {
            let file = match file {
                Some(file) => file,
                None => Arc::new(File::open(path)?),
            };
            read_from(&file, at).map(|(at, bytes)| (file, at, bytes))
        });
        let (file, at, bytes) = reading.await.map_err(io::Error::other)??;
        self.file = Some(file);
        self.at = at + bytes.len() as u64;
        Ok(bytes)
    }
}

/// Reads one piece; tells from which byte on it is.
fn read_from(mut file: &File, at: u64) -> io::Result<(u64, Bytes)> {
    let length = file.metadata()?.len();
    // A program that opens its own output as a file, as `>/dev/stderr` does, cuts it off. What
    // comes after that stands at the begin.
    let at = if length < at && length < file.stream_position()? { 0 } else { at };
    let piece = length.saturating_sub(at).min(PIECE);
    let mut bytes = Vec::with_capacity(usize::try_from(piece).unwrap_or_default());
    if piece > 0 {
        file.seek(SeekFrom::Start(at))?;
        file.take(piece).read_to_end(&mut bytes)?;
    }
    Ok((at, bytes.into()))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write as _;

    use futures_util::{TryStreamExt as _, future};

    use super::*;

    async fn rest(log: LogStream) -> Result<Vec<u8>, RuntimeError> {
        let pieces: Vec<Bytes> = log.try_collect().await?;
        Ok(pieces.concat())
    }

    #[tokio::test]
    async fn all_that_was_written_before_the_end_comes() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("log");
        let mut file = File::create(&path)?;
        file.write_all(&vec![b'x'; 600_000])?;

        let last = path.clone();
        let ended = async move {
            // It writes until the moment of its end.
            let file = fs::OpenOptions::new().append(true).open(last);
            file.and_then(|mut file| file.write_all(b"last"))
                .map_err(|error| RuntimeError::NoContainer { container: error.to_string() })
        };
        let whole = rest(follow(path.clone(), 0, ended)).await?;

        assert_eq!(whole.len(), 600_004);
        assert!(whole.ends_with(b"xlast"));
        for from in [600_001, 600_004, 700_000] {
            let end = rest(follow(path.clone(), from, future::ready(Ok(())))).await?;
            assert_eq!(end, &whole[(from as usize).min(whole.len())..]);
        }
        Ok(())
    }

    #[tokio::test]
    async fn a_file_that_is_cut_off_goes_on() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("log");
        fs::write(&path, "before the cut\n")?;
        let mut log = follow(path.clone(), 0, future::pending());
        assert_eq!(log.try_next().await?.as_deref(), Some(&b"before the cut\n"[..]));
        fs::write(&path, "after\n")?;
        assert_eq!(log.try_next().await?.as_deref(), Some(&b"after\n"[..]));
        Ok(())
    }

    #[tokio::test]
    async fn how_the_writer_failed_comes_last() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("log");
        fs::write(&path, "all of it")?;
        let gone = RuntimeError::NoContainer { container: "7".to_owned() };
        let mut log = follow(path, 0, future::ready(Err(gone)));
        assert_eq!(log.try_next().await?.as_deref(), Some(&b"all of it"[..]));
        assert!(log.try_next().await.is_err());
        Ok(())
    }
}
