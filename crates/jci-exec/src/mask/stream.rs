use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use super::MASK;
use super::patterns::{Patterns, State};

/// Masks one stream of output that comes in pieces, cut at any place.
///
/// Each stretch of bytes that belongs to a secret becomes one [`MASK`], also where secrets overlap.
/// What comes out does not depend on where the pieces were cut. Only the longest end that may be
/// the beginning of a secret is held back, so memory stays bounded by the longest secret.
pub struct MaskStream {
    patterns: Option<(Arc<Patterns>, State)>,
    /// The bytes not given out yet.
    held: Vec<u8>,
    /// The stretches of `held` that belong to secrets: in order, apart from or touching each other.
    covered: Vec<Range<usize>>,
    /// The first stretch goes on from one whose mask has been given out.
    is_masked_already: bool,
}

impl MaskStream {
    pub(super) fn new(patterns: Option<Arc<Patterns>>) -> Self {
        let patterns = patterns.map(|patterns| {
            let start = patterns.start();
            (patterns, start)
        });
        Self { patterns, held: Vec::new(), covered: Vec::new(), is_masked_already: false }
    }

    /// Takes the next piece and appends to `out` what can be shown by now.
    pub fn feed(&mut self, piece: &[u8], out: &mut Vec<u8>) {
        let Some((patterns, state)) = &mut self.patterns else {
            out.extend_from_slice(piece);
            return;
        };
        let before = self.held.len();
        self.held.extend_from_slice(piece);
        let covered = &mut self.covered;
        patterns.search(state, piece, |found| {
            cover(
                covered,
                before.saturating_add_signed(found.start)..before.saturating_add_signed(found.end),
            );
        });
        let pending = patterns.pending(*state);
        self.give_out(self.held.len() - pending, out);
    }

    /// Ends the stream: appends what was held back, and is ready for a new one.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        self.give_out(self.held.len(), out);
        self.is_masked_already = false;
        if let Some((patterns, state)) = &mut self.patterns {
            *state = patterns.start();
        }
    }

    /// Appends the first `upto` held bytes, which no later match can reach, and forgets them.
    fn give_out(&mut self, upto: usize, out: &mut Vec<u8>) {
        if upto == 0 {
            return;
        }
        let mut at = 0;
        let mut masked_already = self.is_masked_already;
        for stretch in self.covered.iter().take_while(|stretch| stretch.start < upto) {
            out.extend_from_slice(&self.held[at..stretch.start]);
            if !masked_already {
                out.extend_from_slice(MASK.as_bytes());
            }
            masked_already = false;
            at = stretch.end.min(upto);
        }
        out.extend_from_slice(&self.held[at..upto]);
        self.held.drain(..upto);

        self.is_masked_already = false;
        let is_masked = &mut self.is_masked_already;
        self.covered.retain_mut(|stretch| {
            *is_masked |= stretch.start < upto && upto < stretch.end;
            *stretch = stretch.start.saturating_sub(upto)..stretch.end.saturating_sub(upto);
            stretch.end > 0
        });
    }
}

/// Adds a match, joining the stretches that it overlaps; of two that only touch, each gets its
/// mask.
fn cover(covered: &mut Vec<Range<usize>>, mut found: Range<usize>) {
    while let Some(last) = covered.pop_if(|last| last.end > found.start) {
        found = last.start.min(found.start)..last.end.max(found.end);
    }
    covered.push(found);
}

impl fmt::Debug for MaskStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What is held back may be most of a secret.
        f.debug_struct("MaskStream").field("held", &self.held.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn stream(patterns: &[Vec<u8>]) -> MaskStream {
        MaskStream::new(Some(Arc::new(Patterns::new(patterns).unwrap())))
    }

    fn stream_of(patterns: &[&str]) -> MaskStream {
        stream(&patterns.iter().map(|pattern| pattern.as_bytes().to_vec()).collect::<Vec<_>>())
    }

    /// Gives what comes out at each piece, and at the end.
    fn shown(patterns: &[&str], pieces: &[&str]) -> Vec<String> {
        let mut stream = stream_of(patterns);
        let step = |act: &mut dyn FnMut(&mut Vec<u8>)| {
            let mut out = Vec::new();
            act(&mut out);
            String::from_utf8(out).unwrap()
        };
        let mut shown: Vec<_> = pieces
            .iter()
            .map(|piece| step(&mut |out| stream.feed(piece.as_bytes(), out)))
            .collect();
        shown.push(step(&mut |out| stream.finish(out)));
        shown
    }

    /// Masks by looking for every pattern at every place.
    fn by_hand(patterns: &[Vec<u8>], text: &[u8]) -> Vec<u8> {
        let mut found: Vec<Range<usize>> = Vec::new();
        for pattern in patterns {
            let starts = 0..(text.len() + 1).saturating_sub(pattern.len());
            let here = starts.filter(|&start| text[start..].starts_with(pattern));
            found.extend(here.map(|start| start..start + pattern.len()));
        }
        found.sort_by_key(|range| (range.start, range.end));
        let mut masked = Vec::new();
        let mut at = 0;
        for range in found {
            if range.start >= at {
                masked.extend_from_slice(&text[at..range.start]);
                masked.extend_from_slice(MASK.as_bytes());
            }
            at = at.max(range.end);
        }
        masked.extend_from_slice(&text[at..]);
        masked
    }

    #[test]
    fn a_secret_is_masked_wherever_it_is_cut() {
        assert_eq!(shown(&["secret"], &["a secret b"]), ["a *** b", ""]);
        assert_eq!(shown(&["secret"], &["a sec", "ret b"]), ["a ", "*** b", ""]);
        assert_eq!(shown(&["secret"], &["a sec", "ond"]), ["a ", "second", ""]);
        assert_eq!(shown(&["secret"], &["a sec"]), ["a ", "sec"]);
    }

    #[test]
    fn a_mask_comes_as_soon_as_nothing_can_change_it() {
        assert_eq!(shown(&["secret"], &["secret", "s"]), ["***", "", "s"]);
        assert_eq!(shown(&["secret", "secrets"], &["secret", "s"]), ["", "***", ""]);
        assert_eq!(shown(&["abcd", "cdcd"], &["abcd", "cd", "x"]), ["***", "", "x", ""]);
        assert_eq!(shown(&["abcd", "bcd", "cdef"], &["abcd", "x"]), ["***", "x", ""]);
    }

    #[test]
    fn overlapping_secrets_get_one_mask_and_touching_ones_two() {
        assert_eq!(shown(&["abcdef", "defghi"], &["abcdefghi"]), ["***", ""]);
        assert_eq!(shown(&["abcdef", "cd"], &["abcdef"]), ["***", ""]);
        assert_eq!(shown(&["abc"], &["abcabc"]), ["******", ""]);
        assert_eq!(shown(&["aaa"], &["aaa", "", "a", "aab"]), ["***", "", "", "b", ""]);
    }

    #[test]
    fn a_finished_stream_begins_anew() {
        let mut stream = stream_of(&["secret"]);
        let mut out = Vec::new();
        stream.feed(b"sec", &mut out);
        stream.finish(&mut out);
        stream.feed(b"ret secret", &mut out);
        assert_eq!(out, b"secret ***");
    }

    #[test]
    fn what_is_held_back_is_bounded_by_the_longest_secret() {
        let mut stream = stream_of(&["aaaaaaaa"]);
        let mut out = Vec::new();
        for _ in 0..1000 {
            stream.feed(&[b'a'; 100], &mut out);
            assert!(stream.held.len() < 8);
        }
        stream.finish(&mut out);
        assert_eq!(out, MASK.as_bytes());
    }

    fn patterns() -> impl Strategy<Value = Vec<Vec<u8>>> {
        // Few letters and short patterns: they overlap, contain and continue each other.
        prop::collection::vec(prop::collection::vec(b'a'..b'd', 1..6), 1..6)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn any_cut_gives_the_same_and_no_secret_is_left(
            patterns in patterns(),
            pieces in prop::collection::vec(prop::collection::vec(b'a'..b'e', 0..8), 0..12),
        ) {
            let text = pieces.concat();
            let expected = by_hand(&patterns, &text);
            let mut stream = stream(&patterns);
            let mut out = Vec::new();
            for piece in &pieces {
                stream.feed(piece, &mut out);
                prop_assert!(expected.starts_with(&out));
                let goes_on = |held: &[u8]| patterns.iter().any(|one| one.len() > held.len() && one.starts_with(held));
                prop_assert!(stream.held.is_empty() || goes_on(&stream.held), "held for nothing");
            }
            stream.finish(&mut out);
            prop_assert_eq!(&out, &expected);
            for pattern in &patterns {
                prop_assert!(!out.windows(pattern.len()).any(|at| at == pattern));
            }
        }
    }
}
