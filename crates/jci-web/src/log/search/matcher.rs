//! Finding a text in the text of lines.

use jci_proto::LogMatch;
use memchr::memchr;
use regex::{Regex, RegexBuilder};

use super::Query;
use crate::log::LogError;

/// Longer texts are not looked for.
const MOST: usize = 1000;

/// Finds one text.
#[derive(Debug)]
pub(super) struct Matcher {
    text: String,
    case_sensitive: bool,
    /// `None` if it cannot be in any line.
    regex: Option<Regex>,
}

/// How often a text is in some lines.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Hits {
    /// In how many lines.
    pub(super) lines: u32,
    /// How many times.
    pub(super) matches: u32,
}

impl Matcher {
    pub(super) fn of(query: &Query) -> Result<Self, LogError> {
        let too_long = LogError::TextTooLong { length: query.text.len(), most: MOST };
        if query.text.len() > MOST {
            return Err(too_long);
        }
        let possible = !query.text.is_empty() && !query.text.contains(['\n', '\r']);
        let build = || {
            RegexBuilder::new(&regex::escape(&query.text))
                .case_insensitive(!query.case_sensitive)
                .build()
        };
        let regex = possible.then(build).transpose().map_err(|_| too_long)?;
        Ok(Self { text: query.text.clone(), case_sensitive: query.case_sensitive, regex })
    }

    pub(super) fn is_for(&self, query: &Query) -> bool {
        self.text == query.text && self.case_sensitive == query.case_sensitive
    }

    /// Counts in lines with a line feed between them.
    pub(super) fn count(&self, text: &str) -> Hits {
        let mut hits = Hits::default();
        let mut line_end = 0;
        for found in self.regex.iter().flat_map(|regex| regex.find_iter(text)) {
            hits.matches = hits.matches.saturating_add(1);
            if hits.lines == 0 || found.start() > line_end {
                hits.lines += 1;
                line_end = end_of_line(text, found.end());
            }
        }
        hits
    }

    /// Lists the lines that match, of which the first has a number.
    pub(super) fn list(&self, text: &str, first: u64) -> Vec<LogMatch> {
        let mut list: Vec<LogMatch> = Vec::new();
        let (mut number, mut begin, mut end) = (first, 0, end_of_line(text, 0));
        for found in self.regex.iter().flat_map(|regex| regex.find_iter(text)) {
            while found.start() > end {
                number += 1;
                begin = end + 1;
                end = end_of_line(text, begin);
            }
            let units = |to: usize| text[begin..to].encode_utf16().count() as u32;
            let range = (units(found.start()), units(found.end()));
            match list.last_mut().filter(|last| last.line == number) {
                Some(last) => last.ranges.push(range),
                None => list.push(LogMatch { line: number, ranges: vec![range] }),
            }
        }
        list
    }
}

fn end_of_line(text: &str, from: usize) -> usize {
    memchr(b'\n', &text.as_bytes()[from..]).map_or(text.len(), |at| from + at)
}
