//! The engine as a whole, against painting the whole log at once.

mod live;

use std::sync::Arc;
use std::time::Duration;

use jci_proto::{LogLine, LogMatch, LogOutline};
use proptest::prelude::*;

use super::block::{Block, Kind, Sizes};
use super::bytes::Bytes;
use super::index::Indexer;
use super::search::search_for;
use super::shared::Shared;
use super::stored::StoredLine;
use super::terminal::Terminal;
use super::terminal::tests::hostile;
use super::{Direction, Log, LogError, Query};

/// So small that a short log has many blocks, and lines that count as long.
const SMALL: Sizes = Sizes { block: 100, long_line: 150 };

/// A log that is fed by hand.
struct Fed {
    log: Log,
    indexer: Indexer,
}

impl Fed {
    fn new(sizes: Sizes) -> Self {
        let shared = Arc::new(Shared::new(Bytes::temporary().unwrap(), None));
        Self { log: Log { shared }, indexer: Indexer::with(sizes) }
    }

    fn feed(&mut self, bytes: &[u8]) {
        self.log.shared.raw.append(bytes).unwrap();
        self.indexer.feed(&self.log.shared, bytes).unwrap();
    }

    fn publish(&mut self) {
        self.indexer.publish(&self.log.shared).unwrap();
    }

    fn end(mut self) -> Log {
        self.indexer.end(&self.log.shared, None);
        self.log
    }
}

fn fed_at_once(input: &[u8], sizes: Sizes) -> Log {
    let mut fed = Fed::new(sizes);
    fed.feed(input);
    fed.end()
}

/// All lines, by painting everything on one screen; `ended` if nothing more will come.
fn painted(input: &[u8], ended: bool) -> Vec<LogLine> {
    let mut terminal = Terminal::default();
    terminal.read(0, input);
    if ended {
        terminal.end_line();
    }
    let settled = terminal.screen.settled.iter();
    settled.chain(terminal.screen.rows()).map(|row| StoredLine::of(row).into_line(None)).collect()
}

fn all_lines(log: &Log) -> Vec<LogLine> {
    let window = log.window(0, u32::MAX).unwrap();
    assert_eq!(window.extent.lines, window.lines.len() as u64);
    window.lines
}

fn letter_b() -> Query {
    let direction = Direction::Forward;
    Query { text: "b".to_owned(), case_sensitive: true, from: 0, direction, count: 0 }
}

fn text_of(line: &LogLine) -> String {
    line.spans.iter().map(|span| span.text.as_str()).collect()
}

/// Logs that change between plain stretches and such that need a screen.
fn logs() -> impl Strategy<Value = Vec<u8>> {
    let plain =
        (1usize..150, "(\x1b\\[3[0-9]m)?[a-c日]{0,9}(\x1b\\[K\x1b\\[m)?[\t ]?[a-c]{0,3}\r?\n")
            .prop_map(|(count, line)| line.repeat(count).into_bytes());
    let progress = (1usize..40, 1usize..5).prop_map(|(count, up)| {
        format!("working\n\n\n\n\x1b[{up}A\r\x1b[Kdone {count}\x1b[{up}B\r")
            .repeat(count)
            .into_bytes()
    });
    let long = (100usize..400)
        .prop_map(|length| format!("{}\r\x1b[3mz\n", "y".repeat(length)).into_bytes());
    let piece = prop_oneof![3 => plain, 2 => progress, 1 => long, 2 => hostile()];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if jci_testkit::thorough() { 2000 } else { 60 }))]

    #[test]
    fn lines_are_those_of_a_screen_that_sees_all(log in logs()) {
        let expected = painted(&log, true);
        for sizes in [SMALL, Sizes::default()] {
            prop_assert_eq!(&all_lines(&fed_at_once(&log, sizes)), &expected);
        }
    }

    #[test]
    fn it_does_not_matter_in_which_pieces_a_log_comes(
        log in logs(),
        pieces in prop::collection::vec((1usize..400, any::<bool>()), 1..20),
    ) {
        let mut fed = Fed::new(SMALL);
        let mut settled: Vec<LogLine> = Vec::new();
        let mut rest = &log[..];
        for (size, publish) in pieces.iter().cycle() {
            let (piece, after) = rest.split_at(rest.len().min(*size));
            fed.feed(piece);
            rest = after;
            if *publish {
                fed.publish();
                let (lines, extent) = (all_lines(&fed.log), fed.log.extent());
                prop_assert_eq!(&lines, &painted(&log[..log.len() - rest.len()], false));
                prop_assert_eq!(&lines[..settled.len()], &settled[..]);
                let found = lines.iter().filter(|line| text_of(line).contains("b")).count() as u64;
                prop_assert_eq!(fed.log.search(&letter_b()).unwrap().lines, found);
                settled = lines[..extent.settled as usize].to_vec();
            }
            if rest.is_empty() {
                break;
            }
        }
        let (log, whole) = (fed.end(), fed_at_once(&log, SMALL));
        prop_assert_eq!(all_lines(&log), all_lines(&whole));
        prop_assert_eq!(log.outline(), whole.outline());
        prop_assert_eq!(log.extent().settled, log.extent().lines);
    }

    #[test]
    fn windows_agree(log in logs(), first in 0u64..400, count in 0u32..300) {
        let log = fed_at_once(&log, SMALL);
        let all = all_lines(&log);
        let begin = all.len().min(first as usize);
        let end = all.len().min(begin + count as usize);
        prop_assert_eq!(&log.window(first, count).unwrap().lines[..], &all[begin..end]);
    }

    #[test]
    fn what_is_found_is_what_is_shown(
        log in logs(),
        text in "[aA-C日 xy]{1,2}|done",
        case_sensitive: bool,
        from in 0u64..400,
        count in 0u32..40,
    ) {
        let log = fed_at_once(&log, SMALL);
        let folded = |text: &str| if case_sensitive { text.to_owned() } else { text.to_lowercase() };
        let found: Vec<_> = all_lines(&log)
            .iter()
            .enumerate()
            .map(|(number, line)| {
                let line_text = folded(&text_of(line));
                let units = |at: usize| line_text[..at].encode_utf16().count() as u32;
                let needle = folded(&text);
                let ranges = line_text.match_indices(&needle);
                let ranges = ranges.map(|(at, _)| (units(at), units(at + needle.len()))).collect();
                LogMatch { line: number as u64, ranges }
            })
            .filter(|found| !found.ranges.is_empty())
            .collect();
        let at = found.partition_point(|found| found.line < from);
        let back = at.saturating_sub(count as usize);
        for (direction, begin, end) in [
            (Direction::Forward, at, found.len().min(at + count as usize)),
            (Direction::Back, back, at),
        ] {
            let query = Query { text: text.clone(), case_sensitive, from, direction, count };
            // The second time, some of it is remembered.
            for _ in 0..2 {
                let matches = log.search(&query).unwrap();
                prop_assert_eq!(matches.lines, found.len() as u64);
                let times = found.iter().map(|found| found.ranges.len() as u64).sum::<u64>();
                prop_assert_eq!(matches.matches, times);
                prop_assert_eq!(&matches.found[..], &found[begin..end]);
                prop_assert_eq!(matches.before, begin as u64);
                prop_assert_eq!(matches.searched, matches.extent.lines);
            }
        }
    }
}

fn outline(log: &str) -> LogOutline {
    fed_at_once(log.as_bytes(), SMALL).outline()
}

#[test]
fn the_first_error_is_found_in_lines_and_on_screens() {
    let error = |log: &str| outline(log).first_error;
    assert_eq!(error("fine\n\x1b[1m\x1b[31merror\x1b[0m\x1b[1m: it broke\n"), Some(1));
    assert_eq!(error("fine\nfine\nFAILED"), Some(2));
    assert_eq!(error("a\nb\n\x1b[2Ax\n\nerror: it broke\nmore\n"), Some(2));
    assert_eq!(error("50%\r\x1b[Kerror: it broke"), Some(0));
    assert_eq!(error("0 errors\nerror: 0\nsrc/error.rs\n"), None);
}

#[test]
fn an_empty_log_is_complete_and_has_no_lines() {
    let log = fed_at_once(b"", SMALL);
    let extent = log.extent();
    assert_eq!((extent.lines, extent.settled, extent.complete), (0, 0, true));
    assert!(log.window(0, 10).unwrap().lines.is_empty());
    assert!(log.window(u64::MAX, u32::MAX).unwrap().lines.is_empty());
}

#[test]
fn after_a_screen_lines_are_read_by_themselves_again() {
    let progress = "a\nb\n\x1b[2A\rA\x1b[2B\r";
    let mut log = progress.repeat(3);
    (0..1000).for_each(|number| log.push_str(&format!("\x1b[3{}mline {number}\n", number % 8)));
    log.push_str(progress);
    let log = fed_at_once(log.as_bytes(), SMALL);
    let blocks = log.shared.lock().blocks.clone();
    let kinds = blocks.chunk_by(|left, right| kind(left) == kind(right));
    assert_eq!(kinds.map(|same| kind(&same[0])).collect::<Vec<_>>(), ["kept", "raw", "kept"]);
    assert!(blocks.len() > 50, "{}", blocks.len());
}

fn kind(block: &Block) -> &'static str {
    match block.kind {
        Kind::Raw(_) => "raw",
        Kind::Kept(_) => "kept",
    }
}

#[test]
fn hostile_logs_need_no_more_than_their_share() {
    let units = [
        "\x1b[8000Cx\n",
        "\x1b[8000Cx\r",
        "x\x1b[65535b\r",
        "\x1b[99;8000Hx\x1b[2J",
        "\x1b[99;8000Hx",
        "x\x1b[5000@\x1b[99L",
        "\x1b[A\n",
        "\x1b[1A\x1b[L\x1b[J",
        "\x1b[S\x1b[T\x1bM\x1bD",
        "\x1b[?1049h\x1b[?1049l",
        "\x1b7\x1b8\x1bc\n",
        "\x1b",
        "\x1b[",
        "\x1b]8;;",
        "\x1bP",
        "\x1b[1;2;3;4;5;6;7;8;9;10;11;12;13;14;15;16;17;18;19;20m",
        "\x1b[99999999999999999999m",
        "e\u{301}\u{301}\u{301}",
        "\t",
        "\n",
        "x",
        "::group::x\n",
        "--- x\n",
        "0 errors\n",
    ];
    for unit in units {
        let input = unit.repeat(20_000 / unit.len());
        let log = fed_at_once(input.as_bytes(), Sizes { block: 1000, long_line: 1000 });
        let state = log.shared.lock();
        assert!(state.blocks.len() <= 3 + input.len() / 20, "{unit:?}: {}", state.blocks.len());
        let lines = state.lines;
        drop(state);
        let kept = log.shared.kept.get().map_or(0, |file| file.length().unwrap());
        assert!(kept < 20 * input.len() as u64, "{unit:?}: {kept}");
        assert!(lines <= input.len() as u64, "{unit:?}: {lines}");
        let window = log.window(lines / 2, 10).unwrap();
        assert_eq!(window.lines.len() as u64, (lines - lines / 2).min(10), "{unit:?}");
    }
}

#[test]
fn a_search_that_takes_long_is_answered_in_parts() {
    let log = fed_at_once("abc\n".repeat(1000).as_bytes(), SMALL);
    let (mut searched, mut answers) = (0, 0);
    while searched < 1000 {
        let matches = search_for(&log.shared, &letter_b(), Duration::ZERO).unwrap();
        assert!(matches.searched > searched, "{}", matches.searched);
        searched = matches.searched;
        assert_eq!(matches.lines, searched);
        answers += 1;
    }
    assert!(answers > 10, "{answers}");
}

#[test]
fn what_cannot_be_in_a_line_is_not_found() {
    let log = fed_at_once(b"a.b\nb\n", SMALL);
    let found = |text: &str| log.search(&Query { text: text.to_owned(), ..letter_b() });
    assert_eq!(found("").unwrap().matches, 0);
    assert_eq!(found("b\nb").unwrap().matches, 0);
    assert_eq!(found("a.b").unwrap().matches, 1);
    assert_eq!(found("a?b").unwrap().matches, 0);
    assert!(matches!(found(&"x".repeat(2000)), Err(LogError::TextTooLong { length: 2000, .. })));
}
