//! Looking for a text in a whole log.
//!
//! What was counted in a block is remembered for the next question with the same text, so that
//! going from match to match costs the blocks with those matches, and a long search goes on where
//! it was.

mod matcher;
mod query;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jci_proto::{LogMatch, LogMatches};

use super::LogError;
use super::piece::Piece;
use super::shared::Shared;
use super::text::Texts;
use matcher::{Hits, Matcher};
pub use query::{Direction, Query};

/// So many texts that were looked for are remembered.
const REMEMBERED: usize = 4;
/// What takes longer is answered in part; the next question goes on from there.
const AT_MOST: Duration = Duration::from_secs(2);

/// The texts that were looked for last.
#[derive(Debug, Default)]
pub(super) struct Searches {
    recent: Mutex<VecDeque<Recent>>,
}

#[derive(Debug, Clone)]
struct Recent {
    matcher: Arc<Matcher>,
    /// What was found in each of the blocks that do not change any more.
    hits: Arc<Mutex<Vec<Hits>>>,
}

impl Searches {
    fn of(&self, query: &Query) -> Result<Recent, LogError> {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        let known = recent.iter().position(|recent| recent.matcher.is_for(query));
        let search = match known.and_then(|index| recent.remove(index)) {
            Some(search) => search,
            None => Recent { matcher: Arc::new(Matcher::of(query)?), hits: Arc::default() },
        };
        recent.push_front(search.clone());
        recent.truncate(REMEMBERED);
        Ok(search)
    }
}

/// Looks for a text.
pub(super) fn search(shared: &Shared, query: &Query) -> Result<LogMatches, LogError> {
    search_for(shared, query, AT_MOST)
}

/// Looks for a text for some time.
pub(super) fn search_for(
    shared: &Shared,
    query: &Query,
    at_most: Duration,
) -> Result<LogMatches, LogError> {
    let deadline = Instant::now() + at_most;
    let Recent { matcher, hits } = shared.searches.of(query)?;
    // Who asks the same at the same time waits here, and finds the work done.
    let mut known = hits.lock().unwrap_or_else(PoisonError::into_inner);
    let (extent, pieces) = {
        let state = shared.lock();
        (state.extent(), state.pieces(0..state.lines))
    };
    let mut view = View { shared, matcher: &matcher, texts: Texts::default() };
    let hits = view.count(&pieces, &mut known, extent.settled, deadline)?;
    drop(known);
    let searched = hits.len().checked_sub(1).map_or(0, |last| pieces[last].lines.end);
    let pieces: Vec<_> = pieces.iter().zip(&hits).collect();
    let (before, found) = match query.direction {
        Direction::Forward => view.forward(query, &pieces)?,
        Direction::Back => view.back(query, &pieces)?,
    };
    Ok(LogMatches {
        lines: hits.iter().map(|hits| u64::from(hits.lines)).sum(),
        matches: hits.iter().map(|hits| u64::from(hits.matches)).sum(),
        found,
        before,
        searched,
        extent,
    })
}

/// What it takes to look at the lines of pieces.
struct View<'v> {
    shared: &'v Shared,
    matcher: &'v Matcher,
    texts: Texts,
}

impl View<'_> {
    /// Counts in each piece until the time is over, at least in one that was not known.
    fn count(
        &mut self,
        pieces: &[Piece],
        known: &mut Vec<Hits>,
        settled: u64,
        deadline: Instant,
    ) -> Result<Vec<Hits>, LogError> {
        let mut all = known.clone();
        all.truncate(pieces.len());
        for (index, piece) in pieces.iter().enumerate().skip(all.len()) {
            let matcher = self.matcher;
            let hits = piece.with_text(self.shared, &mut self.texts, |text| matcher.count(text))?;
            all.push(hits);
            let stays = piece.closed && piece.lines.start < settled && piece.lines.end <= settled;
            if stays && known.len() == index {
                known.push(hits);
                // What may still change is little, and would have to be looked at again.
                if Instant::now() >= deadline {
                    break;
                }
            }
        }
        Ok(all)
    }

    fn list(&mut self, piece: &Piece) -> Result<Vec<LogMatch>, LogError> {
        let (matcher, first) = (self.matcher, piece.lines.start);
        piece.with_text(self.shared, &mut self.texts, |text| matcher.list(text, first))
    }

    /// The first lines from a line on, and how many are before them.
    fn forward(
        &mut self,
        query: &Query,
        pieces: &[(&Piece, &Hits)],
    ) -> Result<(u64, Vec<LogMatch>), LogError> {
        let (mut before, mut found) = (0, Vec::new());
        let most = query.count as usize;
        for (piece, hits) in pieces.iter().filter(|(_, hits)| hits.lines > 0) {
            if piece.lines.end <= query.from {
                before += u64::from(hits.lines);
                continue;
            }
            if piece.lines.start >= query.from && found.len() >= most {
                break;
            }
            let list = self.list(piece)?;
            let begin = list.partition_point(|found| found.line < query.from);
            before += begin as u64;
            found.extend(list.into_iter().skip(begin).take(most - found.len()));
        }
        Ok((before, found))
    }

    /// The last lines before a line, and how many are before them.
    fn back(
        &mut self,
        query: &Query,
        pieces: &[(&Piece, &Hits)],
    ) -> Result<(u64, Vec<LogMatch>), LogError> {
        let (mut before, mut found) = (0, VecDeque::new());
        let most = query.count as usize;
        let earlier =
            |(piece, hits): &&(&Piece, &Hits)| hits.lines > 0 && piece.lines.start < query.from;
        for (piece, hits) in pieces.iter().rev().filter(earlier) {
            if found.len() >= most && piece.lines.end <= query.from {
                before += u64::from(hits.lines);
                continue;
            }
            let mut list = self.list(piece)?;
            list.truncate(list.partition_point(|found| found.line < query.from));
            while found.len() < most
                && let Some(last) = list.pop()
            {
                found.push_front(last);
            }
            before += list.len() as u64;
        }
        Ok((before, found.into()))
    }
}
