//! What there is to find in a log without searching: its first error, and its sections.

mod errors;
mod folds;

use jci_proto::Fold;

use super::scan::RawLine;
use super::text::Texts;
use errors::Errors;
use folds::Folds;

/// Looks at each line once, when it is complete.
#[derive(Default)]
pub(super) struct Marks {
    errors: Errors,
    folds: Folds,
    texts: Texts,
    first_error: Option<u64>,
    /// The line to be looked at next; those before it were, even if they changed since.
    next: u64,
    /// Where in the bytes gone over the next line is that may tell of an error.
    suspect: Option<usize>,
    changed: bool,
}

/// What was found so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Found {
    pub(super) first_error: Option<u64>,
    pub(super) folds: Vec<Fold>,
    pub(super) folds_cut: bool,
}

impl Marks {
    /// Prepares for lines among these bytes.
    pub(super) fn prepare(&mut self, bytes: &[u8]) {
        self.seek(bytes, 0);
    }

    fn seek(&mut self, bytes: &[u8], from: usize) {
        let sought = self.first_error.is_none().then(|| self.errors.find(&bytes[from..]));
        self.suspect = sought.flatten().map(|at| from + at);
    }

    /// Looks at a line among the bytes that were prepared for.
    pub(super) fn raw_line(&mut self, number: u64, line: RawLine<'_>, bytes: &[u8]) {
        let end = line.begin + line.text.len();
        let is_suspect = self.suspect.is_some_and(|at| at < end);
        let may_fold = folds::may_begin(line.text);
        if number >= self.next && (is_suspect || may_fold) {
            let text = self.texts.of_line(line.text);
            self.changed |= may_fold && self.folds.line(number, &text);
            if is_suspect && self.first_error.is_none() && errors::tells_of_error(&text) {
                self.first_error = Some(number);
                self.changed = true;
            }
        }
        self.next = self.next.max(number + 1);
        if is_suspect {
            self.seek(bytes, end);
        }
    }

    /// Looks at a line that was painted.
    pub(super) fn painted_line(&mut self, number: u64, text: &str) {
        if number < self.next {
            return;
        }
        self.next = number + 1;
        self.changed |= folds::may_begin(text.as_bytes()) && self.folds.line(number, text);
        let is_suspect = || self.errors.find(text.as_bytes()).is_some();
        if self.first_error.is_none() && is_suspect() && errors::tells_of_error(text) {
            self.first_error = Some(number);
            self.changed = true;
        }
    }

    /// Returns what was found so far if it is news. After the last line, nothing is left open.
    pub(super) fn news(&mut self, last: Option<u64>) -> Option<Found> {
        self.changed |= self.folds.confirm(self.next, last);
        std::mem::take(&mut self.changed).then(|| Found {
            first_error: self.first_error,
            folds: self.folds.list().to_vec(),
            folds_cut: self.folds.are_cut(),
        })
    }
}
