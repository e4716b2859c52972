//! How the logs of two runs differ, times and ids evened out.

use std::hash::{DefaultHasher, Hasher as _};
use std::time::{Duration, Instant};

use jci_proto::{DiffHunk, DiffLine, LineChange, LogDifference, LogLine};
use similar::{Algorithm, DiffOp, capture_diff_slices_deadline, group_diff_ops};

use super::ViewError;
use super::cut::cut;
use crate::log::SharedLog;

/// So many lines of each log are compared.
const MOST_LINES: u64 = 200_000;
/// So many lines are rendered at a time.
const AT_A_TIME: u32 = 2_000;
/// So many lines around a difference are shown.
const AROUND: usize = 3;
/// So many lines are listed in all.
const MOST_LISTED: usize = 5_000;
/// A line is compared, and listed, up to so many bytes.
const LONGEST_LINE: usize = 4 * 1024;
/// For so long is looked for the shortest difference; then the one found so far has to do.
const PATIENCE: Duration = Duration::from_secs(2);

/// Compares two logs that were read to their ends.
pub(crate) fn difference(from: &SharedLog, to: &SharedLog) -> Result<LogDifference, ViewError> {
    let (old, new) = (meanings(from)?, meanings(to)?);
    let deadline = Some(Instant::now() + PATIENCE);
    let steps = capture_diff_slices_deadline(Algorithm::Myers, &old, &new, deadline);
    let too_long = |log: &SharedLog| log.log.extent().lines > MOST_LINES;
    let mut listed = Listed { from, to, left: MOST_LISTED };
    let mut hunks = Vec::new();
    let mut cut = too_long(from) || too_long(to);
    for group in group_diff_ops(steps, AROUND) {
        if listed.left == 0 {
            cut = true;
            break;
        }
        hunks.push(DiffHunk { lines: listed.lines(&group)? });
    }
    cut |= listed.left == 0;
    Ok(LogDifference { hunks, cut })
}

/// Returns for each line a number that stands for what it means.
fn meanings(log: &SharedLog) -> Result<Vec<u64>, ViewError> {
    let mut meanings = Vec::new();
    while (meanings.len() as u64) < MOST_LINES {
        let window = log.log.window(meanings.len() as u64, AT_A_TIME).map_err(ViewError::Log)?;
        if window.lines.is_empty() {
            break;
        }
        meanings.extend(window.lines.iter().map(|line| meaning(&text(line))));
    }
    meanings.truncate(MOST_LINES as usize);
    Ok(meanings)
}

fn meaning(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(super::even_out::even_out(text.trim_end()).as_bytes());
    hasher.finish()
}

fn text(line: &LogLine) -> String {
    let mut text: String = line.spans.iter().map(|span| span.text.as_str()).collect();
    cut(&mut text, LONGEST_LINE);
    text
}

/// Lines that are listed, as many as there is room for.
struct Listed<'a> {
    from: &'a SharedLog,
    to: &'a SharedLog,
    left: usize,
}

impl Listed<'_> {
    fn lines(&mut self, group: &[DiffOp]) -> Result<Vec<DiffLine>, ViewError> {
        let mut lines = Vec::new();
        for step in group {
            let (old, new) = (step.old_range(), step.new_range());
            match step {
                DiffOp::Equal { .. } => {
                    let texts = self.texts(self.to, new.start, new.len())?;
                    let both = old.zip(new).zip(texts);
                    lines.extend(both.map(|((from, to), text)| DiffLine {
                        change: LineChange::Same,
                        from: Some(from as u64),
                        to: Some(to as u64),
                        text,
                    }));
                }
                _ => {
                    let gone = self.texts(self.from, old.start, old.len())?;
                    self.left -= gone.len();
                    lines.extend(old.zip(gone).map(|(from, text)| DiffLine {
                        change: LineChange::Removed,
                        from: Some(from as u64),
                        to: None,
                        text,
                    }));
                    let come = self.texts(self.to, new.start, new.len())?;
                    self.left -= come.len();
                    lines.extend(new.zip(come).map(|(to, text)| DiffLine {
                        change: LineChange::Added,
                        from: None,
                        to: Some(to as u64),
                        text,
                    }));
                }
            }
        }
        Ok(lines)
    }

    /// Reads the texts of lines, no more than there is room for.
    fn texts(&self, log: &SharedLog, first: usize, count: usize) -> Result<Vec<String>, ViewError> {
        let mut texts = Vec::new();
        let count = count.min(self.left);
        while texts.len() < count {
            let rest = u32::try_from(count - texts.len()).unwrap_or(AT_A_TIME).min(AT_A_TIME);
            let window =
                log.log.window((first + texts.len()) as u64, rest).map_err(ViewError::Log)?;
            if window.lines.is_empty() {
                break;
            }
            texts.extend(window.lines.iter().map(text));
        }
        Ok(texts)
    }
}
