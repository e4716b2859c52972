//! Hashing and compressing files, many at a time.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;

use gix::ObjectId;
use gix::objs::Kind;
use gix::objs::tree::EntryKind;
use rustix::fs::OFlags;

use super::sink::Sink;
use super::walk::{FoundFile, Walk};
use crate::durable::PathError;
use crate::object::deflate::Deflater;
use crate::object::known::KnownObjects;
use crate::object::pack::PackedObject;
use crate::object::stream::StreamError;
use crate::object::{WriteError, hash};
use crate::record::LeftOut;

/// Files up to this size are read whole, several at a time; larger ones are streamed one by one.
const WHOLE: u64 = 1 << 20;
/// How many files a thread claims at a time: enough that claiming costs nothing.
const CLAIM: usize = 32;
/// How many finished objects may wait to be written, for each thread.
const QUEUE: usize = 8;

/// What is done where the system has no room for another thread.
const START_THREAD: &str = "start a thread to compress";

/// The blobs of a walk.
pub(crate) struct StoredBlobs {
    /// The id of each file, in the order of the walk; `None` where it could not be stored.
    pub(crate) ids: Vec<Option<ObjectId>>,
    /// The files that could not be stored.
    pub(crate) left_out: Vec<LeftOut>,
}

/// What became of one file.
enum Outcome {
    New(PackedObject),
    Known(ObjectId),
    Unreadable(io::Error),
    Failed(WriteError),
}

/// Stores all files of a walk. `progress` is told of the bytes as they are done.
pub(crate) fn store_blobs(
    sink: &mut Sink,
    walk: &Walk,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<StoredBlobs, WriteError> {
    let mut stored = StoredBlobs { ids: vec![None; walk.files.len()], left_out: Vec::new() };
    let mut whole = Vec::new();
    let mut streamed = Vec::new();
    for (position, file) in walk.files.iter().enumerate() {
        let list = if sink.packs() && file.size <= WHOLE { &mut whole } else { &mut streamed };
        list.push(position);
    }
    if !whole.is_empty() {
        store_whole(sink, walk, &whole, &mut stored, progress)?;
    }
    for position in streamed {
        let file = &walk.files[position];
        match store_streamed(sink, &walk.path(file), file)? {
            Ok(id) => stored.ids[position] = Some(id),
            Err(error) => stored.leave_out(walk, file, &error),
        }
        progress(file.size);
    }
    Ok(stored)
}

impl StoredBlobs {
    fn leave_out(&mut self, walk: &Walk, file: &FoundFile, error: &io::Error) {
        let path = walk.shown(&walk.path(file));
        self.left_out.push(LeftOut { path, why: format!("cannot be read: {error}") });
    }
}

/// Stores small files: several threads make objects, this one appends them to the pack.
fn store_whole(
    sink: &mut Sink,
    walk: &Walk,
    positions: &[usize],
    stored: &mut StoredBlobs,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<(), WriteError> {
    let threads = thread::available_parallelism().map_or(1, usize::from).clamp(1, 8);
    let threads = threads.min(positions.len().div_ceil(CLAIM));
    let claimed = AtomicUsize::new(0);
    let (send, receive) = sync_channel(QUEUE * threads.max(1));
    let hash = sink.hash;
    // Opened anew, because the sink itself is needed here meanwhile.
    let known = std::mem::replace(&mut sink.known, KnownObjects::empty());
    let result = thread::scope(|scope| {
        for _ in 0..threads {
            let worker = Worker { walk, positions, claimed: &claimed, known: &known, hash };
            let send = send.clone();
            thread::Builder::new()
                .spawn_scoped(scope, move || worker.run(&send))
                .map_err(PathError::of(START_THREAD, &walk.folders[0].path))?;
        }
        drop(send);
        // Leaving this loop early drops the receiver, at which the workers stop.
        for (position, outcome) in receive {
            let file: &FoundFile = &walk.files[position];
            match outcome {
                Outcome::New(object) => {
                    stored.ids[position] = Some(object.id);
                    sink.add_packed(&object)?;
                }
                Outcome::Known(id) => stored.ids[position] = Some(id),
                Outcome::Unreadable(error) => stored.leave_out(walk, file, &error),
                Outcome::Failed(error) => return Err(error),
            }
            progress(file.size);
        }
        Ok(())
    });
    sink.known = known;
    result
}

struct Worker<'a> {
    walk: &'a Walk,
    positions: &'a [usize],
    claimed: &'a AtomicUsize,
    known: &'a KnownObjects,
    hash: gix::hash::Kind,
}

impl Worker<'_> {
    fn run(&self, send: &SyncSender<(usize, Outcome)>) {
        let mut deflater = Deflater::zlib();
        let mut content = Vec::new();
        loop {
            let start = self.claimed.fetch_add(CLAIM, Ordering::Relaxed);
            let end = self.positions.len().min(start + CLAIM);
            let Some(claim) = self.positions.get(start..end).filter(|claim| !claim.is_empty())
            else {
                return;
            };
            for position in claim {
                let outcome = self.store(&self.walk.files[*position], &mut content, &mut deflater);
                if send.send((*position, outcome)).is_err() {
                    return;
                }
            }
        }
    }

    fn store(&self, file: &FoundFile, content: &mut Vec<u8>, deflater: &mut Deflater) -> Outcome {
        content.clear();
        if let Err(error) = read_whole(&self.walk.path(file), file, content) {
            return Outcome::Unreadable(error);
        }
        match hash(self.hash, Kind::Blob, content) {
            Err(error) => Outcome::Failed(error),
            Ok(id) if self.known.contains(&id) => Outcome::Known(id),
            Ok(id) => Outcome::New(PackedObject::new(id, Kind::Blob, content, deflater)),
        }
    }
}

fn read_whole(path: &Path, file: &FoundFile, content: &mut Vec<u8>) -> io::Result<()> {
    if file.kind == EntryKind::Link {
        content.extend_from_slice(fs::read_link(path)?.as_os_str().as_bytes());
        return Ok(());
    }
    // Bounded by what was found, should something still be writing to the file.
    open(path)?.take(file.size).read_to_end(content)?;
    Ok(())
}

/// Opens a file, never what a symlink points to, and never waiting for the other end of a pipe.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    OpenOptions::new().read(true).custom_flags(flags.bits() as i32).open(path)
}

/// Stores one file of any size. The outer error ends the run's storing, the inner leaves one out.
fn store_streamed(
    sink: &mut Sink,
    path: &Path,
    file: &FoundFile,
) -> Result<io::Result<ObjectId>, WriteError> {
    if file.kind == EntryKind::Link {
        return match fs::read_link(path) {
            Ok(target) => sink.add(Kind::Blob, target.as_os_str().as_bytes()).map(Ok),
            Err(error) => Ok(Err(error)),
        };
    }
    let opened = open(path).and_then(|file| file.metadata().map(|metadata| (file, metadata)));
    match opened {
        Ok((mut source, metadata)) => stream(sink, &mut source, metadata.size(), path),
        Err(error) => Ok(Err(error)),
    }
}

/// Streams `size` bytes into the sink; `path` is what they are called in errors.
pub(crate) fn stream(
    sink: &mut Sink,
    source: &mut (dyn io::Read + Send),
    size: u64,
    path: &Path,
) -> Result<io::Result<ObjectId>, WriteError> {
    match sink.add_stream(source, size) {
        Ok(id) => Ok(Ok(id)),
        Err(StreamError::Read(error)) => Ok(Err(error)),
        Err(StreamError::Shrunk { expected, found }) => Ok(Err(io::Error::other(format!(
            "it shrank from {expected} to {found} bytes while it was read"
        )))),
        Err(StreamError::Collision) => {
            Err(WriteError::Collision { what: path.display().to_string() })
        }
        Err(StreamError::Write(error)) => Err(PathError::of("write", sink.path())(error).into()),
        Err(StreamError::Thread(error)) => Err(PathError::of(START_THREAD, path)(error).into()),
    }
}
