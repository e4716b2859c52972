//! Hashing and compressing one large file on several threads, in constant memory.

use std::io::{self, Read};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use gix::ObjectId;
use gix::hash::Kind as HashKind;
use zlib_rs::adler32::{adler32, adler32_combine};

use super::blob_hasher;
use super::deflate::Deflater;

/// How much is compressed at a time; blocks of this size lose about one percent against one stream.
const BLOCK: usize = 256 * 1024;
/// How many blocks may wait before and behind each thread that compresses.
const QUEUE: usize = 2;
/// The adler32 of nothing.
const ADLER_START: u32 = 1;

/// Why a file could not be streamed into the database.
#[derive(Debug)]
pub(crate) enum StreamError {
    /// The file could not be read.
    Read(io::Error),
    /// The file ended before as many bytes as it had when it was opened.
    Shrunk { expected: u64, found: u64 },
    /// The content is a SHA-1 collision.
    Collision,
    /// What comes out could not be written.
    Write(io::Error),
    /// The system has no room for another thread.
    Thread(io::Error),
}

/// A compressed block and what is needed to join it with its neighbours.
struct Block {
    stream: Vec<u8>,
    adler32: u32,
    length: u64,
}

/// Reads `size` bytes of a blob, hands its zlib stream to `write` piece by piece and returns its
/// id.
///
/// One thread reads and hashes, others compress, the caller's writes.
pub(crate) fn compress_blob(
    source: &mut (dyn Read + Send),
    size: u64,
    hash: HashKind,
    write: &mut dyn FnMut(&[u8]) -> io::Result<()>,
) -> Result<ObjectId, StreamError> {
    thread::scope(|scope| {
        let mut inputs = Vec::new();
        let mut outputs = Vec::new();
        for _ in 0..threads() {
            let (input, to_compress) = sync_channel(QUEUE);
            let (compressed, output) = sync_channel(QUEUE);
            thread::Builder::new()
                .spawn_scoped(scope, move || compress_blocks(&to_compress, &compressed))
                .map_err(StreamError::Thread)?;
            inputs.push(input);
            outputs.push(output);
        }
        let reading = thread::Builder::new()
            .spawn_scoped(scope, move || read_and_hash(source, size, hash, &inputs))
            .map_err(StreamError::Thread)?;
        let written = write_blocks(&outputs, write);
        // Lets threads that still hold a block find out that nobody wants it any more.
        drop(outputs);
        let id = reading.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        written.map_err(StreamError::Write).and(id)
    })
}

fn threads() -> usize {
    thread::available_parallelism().map_or(1, usize::from).min(8)
}

/// Deals the blocks out in turn, so that they can be collected in the same order.
fn read_and_hash(
    source: &mut (dyn Read + Send),
    size: u64,
    hash: HashKind,
    inputs: &[SyncSender<Vec<u8>>],
) -> Result<ObjectId, StreamError> {
    let mut hasher = blob_hasher(hash, size);
    let mut found = 0;
    for input in inputs.iter().cycle() {
        let wanted = (size - found).min(BLOCK as u64);
        if wanted == 0 {
            break;
        }
        let mut block = Vec::with_capacity(wanted as usize);
        (&mut *source).take(wanted).read_to_end(&mut block).map_err(StreamError::Read)?;
        found += block.len() as u64;
        if (block.len() as u64) < wanted {
            return Err(StreamError::Shrunk { expected: size, found });
        }
        hasher.update(&block);
        if input.send(block).is_err() {
            break;
        }
    }
    hasher.try_finalize().map_err(|_| StreamError::Collision)
}

fn compress_blocks(input: &Receiver<Vec<u8>>, output: &SyncSender<Block>) {
    let mut deflater = Deflater::raw();
    for block in input {
        let mut stream = Vec::new();
        deflater.block(&block, &mut stream);
        let adler32 = adler32(ADLER_START, &block);
        if output.send(Block { stream, adler32, length: block.len() as u64 }).is_err() {
            return;
        }
    }
}

/// Joins the blocks to one zlib stream.
fn write_blocks(
    outputs: &[Receiver<Block>],
    write: &mut dyn FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<()> {
    const ZLIB_HEADER: [u8; 2] = [0x78, 0x01];
    const LAST_EMPTY_BLOCK: [u8; 2] = [3, 0];
    let mut adler32 = ADLER_START;
    write(&ZLIB_HEADER)?;
    for output in outputs.iter().cycle() {
        let Ok(block) = output.recv() else { break };
        adler32 = adler32_combine(adler32, block.adler32, block.length);
        write(&block.stream)?;
    }
    write(&LAST_EMPTY_BLOCK)?;
    write(&adler32.to_be_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round_trip(data: &[u8]) -> (ObjectId, Vec<u8>) {
        let mut stream = Vec::new();
        let id = compress_blob(&mut &data[..], data.len() as u64, HashKind::Sha1, &mut |piece| {
            stream.extend_from_slice(piece);
            Ok(())
        })
        .unwrap();
        let mut out = vec![0; data.len() + 1];
        let mut inflate = zlib_rs::Inflate::new(true, 15);
        let status = inflate.decompress(&stream, &mut out, zlib_rs::InflateFlush::NoFlush);
        assert_eq!(status, Ok(zlib_rs::Status::StreamEnd));
        out.truncate(inflate.total_out() as usize);
        (id, out)
    }

    #[test]
    fn any_number_of_blocks_makes_the_stream_and_the_id_that_git_expects() {
        let text = b"a line of a log\n".repeat(100_000);
        for length in [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 5 * BLOCK + 17] {
            let (id, out) = round_trip(&text[..length]);
            assert_eq!(out, &text[..length]);
            let expected =
                super::super::hash(HashKind::Sha1, gix::objs::Kind::Blob, &text[..length]);
            assert_eq!(id, expected.unwrap());
        }
    }

    #[test]
    fn a_file_that_shrinks_is_found_out() {
        let result = compress_blob(&mut &b"short"[..], 10, HashKind::Sha1, &mut |_| Ok(()));
        assert!(matches!(result, Err(StreamError::Shrunk { expected: 10, found: 5 })));
    }

    #[test]
    fn a_full_disk_ends_it_without_reading_all() {
        let mut endless = io::repeat(b'x');
        let full = || io::Error::from(io::ErrorKind::StorageFull);
        let result =
            compress_blob(&mut endless, u64::MAX / 2, HashKind::Sha1, &mut |_| Err(full()));
        assert!(matches!(result, Err(StreamError::Write(error)) if error.kind() == full().kind()));
    }
}
