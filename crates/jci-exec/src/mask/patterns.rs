use std::collections::HashMap;
use std::ops::Range;

use aho_corasick::automaton::{Automaton, StateID};
use aho_corasick::nfa::contiguous::{Builder, NFA};
use aho_corasick::{Anchored, MatchKind};

use super::MaskError;

/// Finds every occurrence of many patterns, byte by byte, with nothing kept but one [`State`].
pub(super) struct Patterns {
    automaton: NFA,
    start: StateID,
    /// The bytes with which a pattern begins: most of a text is skipped by a look at these.
    first_bytes: [bool; 256],
    /// How many of the last bytes are the beginning of a pattern that goes on, for each state.
    pending: HashMap<StateID, usize>,
}

/// What the text so far means for what comes.
#[derive(Clone, Copy, Debug)]
pub(super) struct State(StateID);

impl Patterns {
    pub(super) fn new<P: AsRef<[u8]>>(patterns: &[P]) -> Result<Self, MaskError> {
        let mut builder = Builder::new();
        let builder = builder.match_kind(MatchKind::Standard).prefilter(false);
        let automaton = builder.build(patterns).map_err(MaskError::new)?;
        let start = automaton.start_state(Anchored::No).map_err(MaskError::new)?;
        let mut first_bytes = [false; 256];
        for first in patterns.iter().filter_map(|pattern| pattern.as_ref().first()) {
            first_bytes[usize::from(*first)] = true;
        }
        let mut new = Self { automaton, start, first_bytes, pending: HashMap::from([(start, 0)]) };
        patterns.iter().for_each(|pattern| new.enter_beginnings(pattern.as_ref()));
        patterns.iter().for_each(|pattern| new.enter_end(pattern.as_ref()));
        Ok(new)
    }

    /// Enters the states in which a pattern has begun and not ended.
    fn enter_beginnings(&mut self, pattern: &[u8]) {
        let mut state = self.start;
        for (before, &byte) in pattern.iter().enumerate().take(pattern.len().saturating_sub(1)) {
            state = self.automaton.next_state(Anchored::No, state, byte);
            self.pending.insert(state, before + 1);
        }
    }

    /// Enters the state in which a pattern has ended, unless a longer one goes on from there: what
    /// may still begin a pattern is then a shorter end of it.
    fn enter_end(&mut self, pattern: &[u8]) {
        let end = self.after(pattern);
        let mut rest = pattern;
        let mut state = end;
        while !self.pending.contains_key(&state) {
            rest = &rest[rest.len() + 1 - self.longest_match(state).max(1)..];
            state = self.after(rest);
        }
        self.pending.insert(end, self.pending[&state]);
    }

    fn after(&self, text: &[u8]) -> StateID {
        let next = |state, &byte: &u8| self.automaton.next_state(Anchored::No, state, byte);
        text.iter().fold(self.start, next)
    }

    pub(super) fn start(&self) -> State {
        State(self.start)
    }

    /// Gives the length of the longest end of the text with which a longer pattern begins.
    pub(super) fn pending(&self, state: State) -> usize {
        self.pending.get(&state.0).copied().unwrap_or(0)
    }

    /// Goes on over `text` and reports, for each place where a pattern ends, the longest one there.
    ///
    /// The reported range counts from the start of `text`; what came before has negative places.
    pub(super) fn search(
        &self,
        state: &mut State,
        text: &[u8],
        mut found: impl FnMut(Range<isize>),
    ) {
        let mut at = 0;
        while at < text.len() {
            if state.0 == self.start {
                let skip = |&byte: &u8| self.first_bytes[usize::from(byte)];
                let Some(skipped) = text[at..].iter().position(skip) else { return };
                at += skipped;
            }
            state.0 = self.automaton.next_state(Anchored::No, state.0, text[at]);
            at += 1;
            if self.automaton.is_match(state.0) {
                let end = at as isize;
                found(end - self.longest_match(state.0) as isize..end);
            }
        }
    }

    fn longest_match(&self, state: StateID) -> usize {
        let patterns = 0..self.automaton.match_len(state);
        let length = |index| self.automaton.pattern_len(self.automaton.match_pattern(state, index));
        patterns.map(length).max().unwrap_or(0)
    }
}
