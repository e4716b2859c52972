//! The index of a pack, version 2 of git's format.

use std::io::{self, Write};

use gix::ObjectId;
use gix::hash::{Hasher, Kind as HashKind, hasher};

/// Where one object lies in a pack.
#[derive(Debug, Clone, Copy)]
pub(crate) struct IndexEntry {
    pub(crate) id: ObjectId,
    pub(crate) crc32: u32,
    pub(crate) offset: u64,
}

/// Offsets from here on go to the table of wide ones.
const WIDE: u64 = 1 << 31;

/// Writes the index of a pack; `entries` get sorted by id.
pub(crate) fn write(
    out: impl Write,
    entries: &mut [IndexEntry],
    pack_checksum: &ObjectId,
    hash: HashKind,
) -> io::Result<()> {
    entries.sort_unstable_by_key(|entry| entry.id);
    let mut out = Hashed { out, hasher: hasher(hash) };
    out.write_all(b"\xfftOc\0\0\0\x02")?;
    for first in 0..=u8::MAX {
        let up_to = entries.partition_point(|entry| entry.id.first_byte() <= first);
        out.write_all(&be32(up_to)?)?;
    }
    for entry in entries.iter() {
        out.write_all(entry.id.as_slice())?;
    }
    for entry in entries.iter() {
        out.write_all(&entry.crc32.to_be_bytes())?;
    }
    let mut wide = Vec::new();
    for entry in entries.iter() {
        match u32::try_from(entry.offset) {
            Ok(offset) if entry.offset < WIDE => out.write_all(&offset.to_be_bytes())?,
            _ => {
                let position = WIDE as u32 | u32::from_be_bytes(be32(wide.len())?);
                out.write_all(&position.to_be_bytes())?;
                wide.push(entry.offset);
            }
        }
    }
    for offset in wide {
        out.write_all(&offset.to_be_bytes())?;
    }
    out.write_all(pack_checksum.as_slice())?;
    let Hashed { mut out, hasher } = out;
    let checksum = hasher.try_finalize().map_err(io::Error::other)?;
    out.write_all(checksum.as_slice())?;
    out.flush()
}

fn be32(number: usize) -> io::Result<[u8; 4]> {
    u32::try_from(number).map(u32::to_be_bytes).map_err(io::Error::other)
}

struct Hashed<W> {
    out: W,
    hasher: Hasher,
}

impl<W: Write> Write for Hashed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
