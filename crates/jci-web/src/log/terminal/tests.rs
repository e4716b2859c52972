//! What a terminal shows of what programs print.

use jci_proto::LogLine;
use proptest::prelude::*;

use super::Terminal;
use crate::log::screen::HEIGHT;
use crate::log::stored::StoredLine;

/// Reads all in pieces of a size, and returns the lines.
fn lines_of(input: &[u8], piece: usize) -> Vec<LogLine> {
    let mut terminal = Terminal::default();
    for (index, bytes) in input.chunks(piece).enumerate() {
        terminal.read((index * piece) as u64, bytes);
    }
    terminal.end_line();
    let above = terminal.screen.settled.iter();
    above.chain(terminal.screen.rows()).map(|row| StoredLine::of(row).into_line(None)).collect()
}

/// The lines as text; what looks special is in braces, after what it looks like.
fn shown(input: &str) -> String {
    bytes_shown(input.as_bytes())
}

fn bytes_shown(input: &[u8]) -> String {
    let lines = lines_of(input, input.len().max(1));
    assert_eq!(lines, lines_of(input, 1), "cut into single bytes");
    lines.iter().map(line_shown).collect::<Vec<_>>().join("\n")
}

fn line_shown(line: &LogLine) -> String {
    let spans = line.spans.iter().map(|span| {
        let style = &span.style;
        let mut words: Vec<&str> = style.fg.as_deref().into_iter().collect();
        let ground = style.bg.as_ref().map(|color| format!("on {color}"));
        words.extend(ground.as_deref());
        words
            .extend([(style.bold, "bold"), (style.dim, "dim")].iter().filter(|w| w.0).map(|w| w.1));
        words.extend(span.invalid.then_some("invalid"));
        if words.is_empty() {
            span.text.clone()
        } else {
            format!("{{{}: {}}}", words.join(" "), span.text)
        }
    });
    spans.collect::<String>() + if line.cut { "…" } else { "" }
}

macro_rules! shows {
    ($($name:ident: $input:expr => $expected:expr;)*) => {
        $(#[test]
        fn $name() {
            assert_eq!(shown($input), $expected);
        })*
    };
}

shows! {
    lines_end_at_line_feeds: "one\r\ntwo\n\nfour" => "one\ntwo\n\nfour";
    a_line_feed_at_the_end_begins_no_line: "one\n" => "one";
    colours_last_until_they_are_changed: "\x1b[31;1mred\nstill\x1b[0m no more" =>
        "{red bold: red}\n{red bold: still} no more";
    a_carriage_return_goes_back: "50%\r100" => "100";
    a_shorter_text_leaves_the_rest_of_a_longer: "downloading\rdone" => "doneloading";
    backspaces_go_back: "12\x08\x08abc" => "abc";
    tabs_are_kept_as_text: "a\tb\n\tc" => "a\tb\n\tc";
    what_overwrites_half_a_tab_leaves_blanks: "\tx\r12" => "12      x";
    a_tab_over_text_only_moves: "123456789\r\tX" => "12345678X";
    wide_characters_take_two_columns: "日本\rab" => "ab本";
    half_a_wide_character_is_none: "日本\x1b[2GX" => " X本";
    marks_join_the_character_before: "e\u{301}a\x1b[2D\u{301}" => "e\u{301}a";
    a_line_is_erased_to_its_end: "abcdef\x1b[3D\x1b[Kx" => "abcx";
    a_line_is_erased_from_its_begin: "abcdef\x1b[3D\x1b[1K" => "    ef";
    a_line_is_erased: "abcdef\x1b[2Kx" => "      x";
    characters_are_deleted_and_inserted: "abcdef\r\x1b[2Px\x1b[2@" => "x  def";
    characters_are_erased: "abcdef\r\x1b[2Cx\x1b[2X" => "abx  f";
    a_character_is_repeated: "-\x1b[4b" => "-----";
    links_are_shown_as_their_text: "see \x1b]8;;https://example.org\x1b\\the page\x1b]8;;\x07." =>
        "see the page.";
    titles_and_unknown_modes_are_not_shown: "\x1b]0;title\x07\x1b[?25l\x1b[?2004h\x1b(Bx\x1b[?25h" => "x";
    half_a_sequence_ends_with_its_line: "a\x1b[31\nb\x1b]0;title\nc\x1bP1\nd" => "a\nb\nc\nd";
    clearing_the_screen_keeps_what_was_there: "one\ntwo\x1b[H\x1b[2J\x1b[3Jthree" => "one\ntwo\nthree";
    clearing_it_in_two_steps_does_so_too: "one\ntwo\x1b[H\x1b[Jthree" => "one\ntwo\nthree";
    only_what_was_just_written_is_repeated: "a\x1b[m\x1b[2bb\x1b[b" => "abb";
    erasing_below_takes_lines_away: "one\ntwo\nthree\x1b[1A\r\x1b[Jend\n" => "one\nend";
    the_cursor_comes_back_to_where_it_was_saved: "a\x1b7b\nc\x1b8B" => "aB\nc";
    lines_are_inserted_and_deleted: "1\n2\n3\n4\x1b[3A\x1b[Lnew\x1b[2B\r\x1b[M" => "new\n1\n3\n4";
    the_alternate_screen_leaves_what_was_drawn:
        "before\n\x1b[?1049h\x1b[H\x1b[2Jmenu\x1b[2;1Hchoice\x1b[?1049lafter" =>
        "before\nmenu\nchoice\nafter";
    moves_are_bounded: "\x1b[99999999999Bx\x1b[99999A\ry" =>
        format!("y{}{}x", "\n".repeat(HEIGHT - 1), "");
    the_right_edge_is_not_far: "\x1b[9999Cx\x1b[9999D\x1b[9999Gy" => format!("{}y", " ".repeat(500));
    of_rows_that_nobody_wrote_one_is_kept: "a\x1b[50;1Hb\x1b[2J\x1b[Hc" => "a\n\nb\nc";
    cargo_ends_with_its_last_word:
        "\x1b[1m\x1b[32m   Compiling\x1b[0m a v1\n\x1b[1m\x1b[36m    Building\x1b[0m [=>  ] 1/3: a\r\
         \x1b[K\x1b[1m\x1b[32m   Compiling\x1b[0m b v1\n\x1b[1m\x1b[36m    Building\x1b[0m [==> ] 2/3: b\r\
         \x1b[K\x1b[1m\x1b[32m    Finished\x1b[0m in 2s\n" =>
        "{green bold:    Compiling} a v1\n{green bold:    Compiling} b v1\n{green bold:     Finished} in 2s";
    pip_ends_with_a_full_bar:
        "  \x1b[90m━\x1b[0m 1/2\r\x1b[2K  \x1b[91m━━\x1b[0m 2/2\x1b[?25h\n" =>
        "  {bright-red: ━━} 2/2";
    docker_pulls_end_line_by_line:
        "a: Waiting\nb: Waiting\n\x1b[2A\x1b[2K\ra: Done\r\x1b[2B\x1b[1A\x1b[2K\rb: 50%\r\x1b[1B\
         \x1b[1A\x1b[2K\rb: Done\r\x1b[1BStatus: new\n" =>
        "a: Done\nb: Done\nStatus: new";
    npm_spins_on_one_line: "⠙ reify\x1b[1G\x1b[0K⠹ reify\x1b[1G\x1b[0K\nadded 3\n" => "\nadded 3";
}

#[test]
fn what_is_not_utf8_is_marked_and_nothing_else() {
    assert_eq!(
        bytes_shown(b"a\xff\xfeb \xef\xbf\xbd \xe2\x82\n\xe2\x82\xac\xc3"),
        "a{invalid: \u{fffd}\u{fffd}}b \u{fffd} {invalid: \u{fffd}}\n€{invalid: \u{fffd}}"
    );
    assert_eq!(bytes_shown(b"\x1b]0;\xff\x07x"), "x", "not in what is not shown");
}

#[test]
fn lines_that_are_too_long_are_cut() {
    let line = line_shown(&lines_of(&vec![b'x'; 100_000], 1000)[0]);
    assert!(line.ends_with("x…") && line.len() < 10_000, "{}", line.len());
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_harm(input in hostile(), piece in 1usize..50) {
        let lines = lines_of(&input, input.len().max(1));
        prop_assert_eq!(lines, lines_of(&input, piece));
    }
}

/// Text with many sequences that move the cursor, well formed and not.
pub(in crate::log) fn hostile() -> impl Strategy<Value = Vec<u8>> {
    let sequence =
        (0u16..120, 0u16..9, prop::sample::select(b"ABCDEFGHIJKLMPSTXZ@`abdefmsur".to_vec()))
            .prop_map(|(one, two, action)| {
                format!("\x1b[{one};{two}{}", char::from(action)).into_bytes()
            });
    let piece = prop_oneof![
        4 => "[a-c日\u{301}\t\n\r\x08]{0,9}".prop_map(String::into_bytes),
        4 => sequence,
        1 => prop::sample::select(vec!["\x1b7", "\x1b8", "\x1bM", "\x1bD", "\x1bE", "\x1bc", "\x1b[?1049h"])
            .prop_map(|text| text.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..9),
    ];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}
