//! Compression as git objects need it: zlib streams, quick ones.

use std::ops::Range;

use zlib_rs::{Deflate, DeflateFlush, Status};

/// Content is stored as it is where its bytes carry more bits than this of the eight they have.
const INCOMPRESSIBLE_BITS: f64 = 7.5;
/// How many bytes are looked at to tell.
const SAMPLE: usize = 4096;
/// Below this a guess is not worth its while, and short texts look random.
const SAMPLE_MINIMUM: usize = 1024;

/// The largest window there is, as git uses it.
const WINDOW_BITS: u8 = 15;

/// Compresses one piece after the other with state that is made once.
pub(crate) struct Deflater {
    header: bool,
    /// Made when first needed: each takes a quarter of a megabyte to set up.
    quick: Option<Deflate>,
    stored: Option<Deflate>,
}

impl Deflater {
    /// Makes zlib streams, each piece a whole one.
    pub(crate) fn zlib() -> Self {
        Self::with_header(true)
    }

    /// Makes raw deflate blocks that can be joined to one stream, see [`Deflater::block`].
    pub(crate) fn raw() -> Self {
        Self::with_header(false)
    }

    fn with_header(header: bool) -> Self {
        Self { header, quick: None, stored: None }
    }

    /// Appends all of `data` to `out` as a stream that is complete.
    pub(crate) fn whole(&mut self, data: &[u8], out: &mut Vec<u8>) {
        self.run(data, out, DeflateFlush::Finish);
    }

    /// Appends `data` to `out` as blocks that refer to nothing before them and end on a whole byte.
    pub(crate) fn block(&mut self, data: &[u8], out: &mut Vec<u8>) {
        self.run(data, out, DeflateFlush::SyncFlush);
    }

    fn run(&mut self, data: &[u8], out: &mut Vec<u8>, flush: DeflateFlush) {
        let (deflate, level) =
            if is_incompressible(data) { (&mut self.stored, 0) } else { (&mut self.quick, 1) };
        let deflate = match deflate {
            Some(used) => {
                used.reset();
                used
            }
            unused => unused.insert(Deflate::new(level, self.header, WINDOW_BITS)),
        };
        let start = out.len();
        // Stored blocks add five bytes each 16 KiB or more; zlib's own bound is generous.
        out.resize(start + zlib_rs::compress_bound(data.len()) + 64, 0);
        loop {
            let (read, written) = (deflate.total_in() as usize, deflate.total_out() as usize);
            let status = deflate.compress(&data[read..], &mut out[start + written..], flush);
            let used = start + deflate.total_out() as usize;
            let all_read = deflate.total_in() as usize == data.len();
            let done = match flush {
                DeflateFlush::Finish => matches!(status, Ok(Status::StreamEnd)),
                _ => all_read && used < out.len(),
            };
            if done {
                out.truncate(used);
                return;
            }
            let more = out.len() + data.len() / 2 + 64;
            out.resize(more, 0);
        }
    }
}

/// Makes a zlib stream of one block that holds `data`, which is short, as it is.
pub(crate) fn stored_whole(data: &[u8]) -> Option<Vec<u8>> {
    let length = u16::try_from(data.len()).ok()?;
    let mut out = Vec::with_capacity(data.len() + 11);
    // The header of zlib; then of the block, which is the last one and not compressed.
    out.extend([0x78, 0x01, 0x01]);
    out.extend(length.to_le_bytes());
    out.extend((!length).to_le_bytes());
    out.extend(data);
    out.extend(zlib_rs::adler32::adler32(1, data).to_be_bytes());
    Some(out)
}

/// Guesses from the distribution of its bytes whether compressing would only cost time.
pub(crate) fn is_incompressible(data: &[u8]) -> bool {
    if data.len() < SAMPLE_MINIMUM {
        return false;
    }
    // The middle: beginnings are headers, which compress where what follows does not.
    let sample = &data[middle(data.len())];
    let mut counts = [0u32; 256];
    for byte in sample {
        counts[usize::from(*byte)] += 1;
    }
    let total = sample.len() as f64;
    let bits: f64 = counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| f64::from(*count) / total)
        .map(|share| -share * share.log2())
        .sum();
    bits > INCOMPRESSIBLE_BITS
}

fn middle(length: usize) -> Range<usize> {
    let sample = length.min(SAMPLE);
    let start = (length - sample) / 2;
    start..start + sample
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn inflate(stream: &[u8], zlib: bool, length: usize) -> Vec<u8> {
        let mut out = vec![0; length + 1];
        let mut inflate = zlib_rs::Inflate::new(zlib, 15);
        inflate.decompress(stream, &mut out, zlib_rs::InflateFlush::NoFlush).unwrap();
        out.truncate(inflate.total_out() as usize);
        out
    }

    fn random(length: usize) -> Vec<u8> {
        let mut source = fastrand::Rng::with_seed(7);
        (0..length).map(|_| source.u8(..)).collect()
    }

    proptest! {
        #[test]
        fn whole_streams_inflate_to_what_went_in(data: Vec<u8>, again in 0usize..3000) {
            let data = data.repeat(again % 7 + 1);
            let mut deflater = Deflater::zlib();
            for _ in 0..2 {
                let mut out = b"kept".to_vec();
                deflater.whole(&data, &mut out);
                prop_assert_eq!(&out[..4], b"kept");
                prop_assert_eq!(inflate(&out[4..], true, data.len()), data.clone());
            }
        }

        #[test]
        fn stored_streams_inflate_to_what_went_in(data: Vec<u8>) {
            let stored = stored_whole(&data).unwrap();
            prop_assert_eq!(inflate(&stored, true, data.len()), data);
        }

        #[test]
        fn blocks_join_to_one_stream(parts: Vec<Vec<u8>>) {
            let mut deflater = Deflater::raw();
            let mut out = Vec::new();
            for part in &parts {
                deflater.block(part, &mut out);
            }
            out.extend([3, 0]);
            let all = parts.concat();
            prop_assert_eq!(inflate(&out, false, all.len()), all);
        }
    }

    #[test]
    fn only_what_fits_into_a_block_is_stored_whole() {
        assert!(
            stored_whole(&[b'x'; 65535])
                .is_some_and(|stream| inflate(&stream, true, 65535) == [b'x'; 65535])
        );
        assert_eq!(stored_whole(&[b'x'; 65536]), None);
    }

    #[test]
    fn random_bytes_are_stored_and_text_is_compressed() {
        let noise = random(100_000);
        let text = b"warning: unused variable `x`\n".repeat(4000);
        assert!(is_incompressible(&noise) && !is_incompressible(&text));
        let (mut stored, mut small) = (Vec::new(), Vec::new());
        Deflater::zlib().whole(&noise, &mut stored);
        Deflater::zlib().whole(&text, &mut small);
        assert!((noise.len()..noise.len() + 200).contains(&stored.len()));
        assert!(small.len() < text.len() / 20);
        assert_eq!(inflate(&stored, true, noise.len()), noise);
    }
}
