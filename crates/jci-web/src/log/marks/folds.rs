//! Sections of a log.
//!
//! `::group::title` to `::endgroup::` is a section, as GitHub has them. `--- title` at the begin of
//! a line begins one that lasts to the next such mark, `+++ title` one that is open at first, as
//! Buildkite has them. What looks like a mark and is the head of a diff, a test of Go, or a trace
//! of a shell (`set -x`) is none.

use jci_proto::Fold;

/// So many sections are listed.
const MOST_FOLDS: usize = 10_000;
/// Sections that are deeper are not listed.
const MOST_DEEP: usize = 32;
/// Titles are cut to so many characters.
const TITLE: usize = 200;

/// The sections found so far.
#[derive(Debug, Default)]
pub(super) struct Folds {
    folds: Vec<Fold>,
    /// Those that have begun and not ended, outermost first; `None` if it is not listed.
    open: Vec<Option<usize>>,
    /// Whether the outermost that is open is one that lasts to the next mark.
    in_section: bool,
    /// What may be a mark, if the next line does not tell otherwise.
    pending: Option<Pending>,
    /// The last line that a shell traced.
    traced: Option<u64>,
    cut: bool,
}

#[derive(Debug)]
struct Pending {
    line: u64,
    title: String,
    open: bool,
}

/// Whether a line of these bytes may have to do with sections: all others need not be looked at.
pub(super) fn may_begin(raw: &[u8]) -> bool {
    match raw.first() {
        Some(b':' | b'-' | b'+') => true,
        // Styled from its begin on: what the text is, only the sequences tell.
        Some(0x1b) => raw
            .split(|byte| *byte == b'm')
            .nth(1)
            .is_some_and(|text| matches!(text.first(), Some(b':' | b'-' | b'+' | 0x1b))),
        _ => false,
    }
}

impl Folds {
    /// Looks at a line; returns whether that changed what there is.
    pub(super) fn line(&mut self, number: u64, text: &str) -> bool {
        if self.is_no_mark_after_all(number, text) {
            return false;
        }
        let confirmed = self.confirm(number + 1, None);
        if let Some(title) = text.strip_prefix("::group::") {
            self.begin(number, title, false);
        } else if text.starts_with("::endgroup::") {
            self.end_group(number);
        } else if let Some(title) = section(text) {
            let open = text.starts_with('+');
            self.pending = Some(Pending { line: number, title: cut(title), open });
            return confirmed;
        } else {
            return confirmed;
        }
        true
    }

    /// Whether this line shows that it, or the one before it, only looks like a mark.
    fn is_no_mark_after_all(&mut self, number: u64, text: &str) -> bool {
        let follows = |line: u64| line + 1 == number;
        let traces = text.starts_with("+ ") || text.starts_with("++ ");
        let plus = text.starts_with("+++ ");
        let pending = self.pending.as_ref().filter(|pending| follows(pending.line));
        let head_of_diff = plus && pending.is_some_and(|pending| !pending.open);
        let trace = traces && pending.is_some_and(|pending| pending.open)
            || plus && (self.traced.is_some_and(follows) || pending.is_some_and(|p| p.open));
        if traces || trace {
            self.traced = Some(number);
        }
        if head_of_diff || trace {
            self.pending = None;
        }
        head_of_diff || trace || traces
    }

    /// Takes what may be a mark for one, now that the lines before `next` are known. With the last
    /// line of the log, ends what is open.
    pub(super) fn confirm(&mut self, next: u64, last: Option<u64>) -> bool {
        let known = |pending: &mut Pending| pending.line + 1 < next || last.is_some();
        let mut changed = false;
        if let Some(mark) = self.pending.take_if(known) {
            self.end_all(mark.line.saturating_sub(1));
            self.begin(mark.line, &mark.title, mark.open);
            self.in_section = true;
            changed = true;
        }
        if let Some(last) = last {
            changed |= !self.open.is_empty();
            self.end_all(last);
        }
        changed
    }

    fn begin(&mut self, line: u64, title: &str, open: bool) {
        let fits = self.folds.len() < MOST_FOLDS && self.open.len() < MOST_DEEP;
        self.cut |= !fits;
        if fits {
            let depth = self.open.len() as u32;
            self.folds.push(Fold { title: cut(title), first: line, last: None, depth, open });
            self.open.push(Some(self.folds.len() - 1));
        } else if self.open.len() < MOST_DEEP {
            self.open.push(None);
        }
    }

    fn end_group(&mut self, line: u64) {
        if self.open.len() > usize::from(self.in_section) {
            self.end_innermost(line);
        }
    }

    fn end_all(&mut self, line: u64) {
        while !self.open.is_empty() {
            self.end_innermost(line);
        }
        self.in_section = false;
    }

    fn end_innermost(&mut self, line: u64) {
        if let Some(Some(index)) = self.open.pop() {
            let fold = &mut self.folds[index];
            fold.last = Some(line.max(fold.first));
        }
    }

    pub(super) fn list(&self) -> &[Fold] {
        &self.folds
    }

    pub(super) fn are_cut(&self) -> bool {
        self.cut
    }
}

/// The title of what looks like a mark.
fn section(text: &str) -> Option<&str> {
    let title = text.strip_prefix("--- ").or_else(|| text.strip_prefix("+++ "))?.trim();
    let is_test = ["FAIL:", "PASS:", "SKIP:", "BENCH:"].iter().any(|word| title.starts_with(word));
    (!title.is_empty() && !is_test).then_some(title)
}

fn cut(title: &str) -> String {
    title.trim().chars().take(TITLE).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sections of some lines, one a line: lines, depth, title.
    fn folds(log: &str) -> String {
        let mut folds = Folds::default();
        let mut count = 0;
        for (number, text) in log.lines().enumerate() {
            if may_begin(text.as_bytes()) {
                folds.line(number as u64, text);
            }
            count = number as u64 + 1;
        }
        folds.confirm(count, Some(count.saturating_sub(1)));
        let shown = folds.list().iter().map(|fold| {
            let open = if fold.open { ", open" } else { "" };
            format!("{}-{} {}: {}{open}", fold.first, fold.last.unwrap(), fold.depth, fold.title)
        });
        shown.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn groups_end_where_they_say_and_sections_at_the_next() {
        let log =
            "a\n::group::Set up\nb\n::group::Inner\n::endgroup::\n::endgroup::\nc\n::endgroup::";
        assert_eq!(folds(log), "1-5 0: Set up\n3-4 1: Inner");
        let log = "--- :package: Build\nx\n::group::g\n+++ Test\ny\n--- Last\nz";
        let expected = "0-2 0: :package: Build\n2-2 1: g\n3-4 0: Test, open\n5-6 0: Last";
        assert_eq!(folds(log), expected);
    }

    #[test]
    fn what_only_looks_like_a_mark_is_none() {
        assert_eq!(folds("diff --git a b\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b"), "");
        assert_eq!(folds("--- FAIL: TestX (0.00s)\n    x_test.go:3\n--- PASS: TestY"), "");
        assert_eq!(folds("+++ dirname x\n++ cd x\n+ DIR=x\n+ echo"), "");
        assert_eq!(folds("+ f\n++ g\n+++ h\n+++ i\n++ j"), "");
        assert_eq!(folds("---\nkey: value\n--- \n----- x -----\n+++\n+++++"), "");
    }

    #[test]
    fn the_number_of_sections_is_bounded() {
        let mut folds = Folds::default();
        for number in 0..100_000 {
            folds.line(number, "::group::deeper");
        }
        assert_eq!((folds.list().len(), folds.are_cut()), (MOST_DEEP, true));
        let mut folds = Folds::default();
        for number in 0..100_000 {
            folds.line(number, if number % 2 == 0 { "::group::next" } else { "::endgroup::" });
        }
        assert_eq!((folds.list().len(), folds.are_cut()), (MOST_FOLDS, true));
    }
}
