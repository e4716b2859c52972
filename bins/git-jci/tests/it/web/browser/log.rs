//! Reading a log.

use jci_testkit::{Environment, Formats, PlumbedRun, TestRepo};
use serde_json::json;

use super::library::{ERROR_LINE, FAILED, Library};
use crate::web::server::Server;
use jci_testkit::browser::Page;

const TOP: &str = "document.querySelector('.lines').scrollTop";

fn failed_log(library: &Library) -> Page {
    let page = Page::open(&library.site.url(), &format!("/commit/{}/{FAILED}/log", library.broken));
    page.until_there(".line-row");
    page
}

/// A run with this log in a repository of its own, and the page that shows it.
fn log_of(log: impl AsRef<[u8]>, query: &str) -> (TestRepo, Server, Page) {
    let repo = TestRepo::in_environment(Environment::in_memory(), Formats::Git2);
    let commit = repo.commit("only");
    repo.plumb_run(&commit, &PlumbedRun::new("1767326645-00cc", "ok").log(log));
    let site = Server::start(&repo);
    let page = Page::open(&site.url(), &format!("/commit/{commit}/1767326645-00cc/log{query}"));
    page.until_there(".lines-view");
    (repo, site, page)
}

/// The text of a line, counted from 1.
fn line(page: &Page, number: u64) -> String {
    let row = format!(".line-row[data-line=\"{}\"]:not(.waiting) .text", number - 1);
    page.text(&row)
}

/// Whether a line, counted from 1, is on the screen as a whole.
fn is_seen(number: u64) -> String {
    format!(
        "(() => {{ const row = document.querySelector('.line-row[data-line=\"{}\"]:not(.waiting)'); \
         const view = document.querySelector('.lines').getBoundingClientRect(); \
         const box = row?.getBoundingClientRect(); \
         return row && box.top >= view.top - 1 && box.bottom <= view.bottom + 1; }})()",
        number - 1
    )
}

#[test]
fn a_failed_run_opens_at_its_first_error_and_one_that_passed_at_its_begin() {
    let library = Library::open();
    let page = Page::open(&library.site.url(), &format!("/commit/{}", library.broken));
    page.until(&is_seen(ERROR_LINE.into()));
    assert!(line(&page, ERROR_LINE.into()).contains("error[E0308]"));
    page.until_there(&format!(".marked[data-line=\"{}\"]", ERROR_LINE - 1));
    page.click(".tools button[title*=\"(g)\"]");
    page.until(&is_seen(1));
    page.keys("e");
    page.until(&is_seen(ERROR_LINE.into()));
    page.keys("G");
    page.until(&is_seen(224));
    page.click(&format!("a.commit[href=\"/commit/{}\"]", library.parser));
    page.until_text(".lines", "the parser is right");
    page.until(&format!("{TOP} === 0"));
}

#[test]
fn colours_of_a_terminal_are_kept() {
    let library = Library::open();
    let page = failed_log(&library);
    page.until(&is_seen(163));
    let style = |text: &str, property: &str| {
        page.text_of(&format!(
            "getComputedStyle([...document.querySelectorAll('.sgr')].find((e) => e.textContent.includes('{text}'))).{property}"
        ))
    };
    assert_eq!(style("error[E0308]", "color"), "rgb(179, 42, 28)");
    assert!(style("underlined", "textDecorationLine").contains("underline"));
    assert_ne!(style("on red", "backgroundColor"), "rgba(0, 0, 0, 0)");
    assert_eq!(style("exchanged", "color"), "rgb(255, 255, 255)");
    assert_eq!(style("exchanged", "backgroundColor"), "rgb(29, 32, 38)");
    let orange = style("orange", "color");
    page.prefer("", "dark");
    assert_eq!(style("error[E0308]", "color"), "rgb(255, 123, 107)");
    assert_ne!(style("orange", "color"), orange, "an exact colour is fitted to its ground");
    assert_eq!(page.text(".lines .invalid"), "\u{fffd}\u{fffd}");
}

#[test]
fn a_progress_bar_is_the_line_as_which_it_ended() {
    let (_repo, _site, page) = log_of("10 %\r50 %\r100 %\ndone\n", "");
    assert_eq!(line(&page, 1), "100 %");
    assert_eq!(line(&page, 2), "done");
    assert_eq!(page.number("document.querySelectorAll('.line-row').length"), 2.0);
}

#[test]
fn times_are_shown_in_the_way_that_is_chosen() {
    let library = Library::open();
    let page = failed_log(&library);
    page.until_there(".tools select");
    page.click(".tools button[title*=\"(g)\"]");
    let choose = |way: &str| {
        page.run(&format!(
            "const s = document.querySelector('.tools select'); s.value = '{way}'; s.dispatchEvent(new Event('change'))"
        ));
    };
    let time = "document.querySelector('.line-row[data-line=\"9\"] .time')?.dataset.time";
    assert_eq!(page.value(time), json!(null));
    choose("run");
    page.until(&format!("{time} === '00:01.0'"));
    choose("line");
    page.until(&format!("{time} === '+0.10s'"));
    choose("clock");
    page.until(&format!("/^\\d\\d:04:06.000$/.test({time})"));
    page.reload();
    page.until_there(".line-row .time");
    choose("off");
    page.until_gone(".line-row .time");
}

#[test]
fn lines_and_ranges_have_links() {
    let library = Library::open();
    let page = failed_log(&library);
    page.until(&is_seen(ERROR_LINE.into()));
    page.click(".line-row[data-line=\"162\"] .number");
    let log = format!("/commit/{}/{FAILED}/log", library.broken);
    page.until_at(&format!("{log}#L163"));
    page.run(
        "document.querySelector('.line-row[data-line=\"164\"] .number').dispatchEvent(\
         new MouseEvent('click', { shiftKey: true, bubbles: true, cancelable: true }))",
    );
    page.until_at(&format!("{log}#L163-L165"));
    assert_eq!(page.texts(".line-row.marked").len(), 3);
    page.goto("/");
    page.until_there(".commit");
    page.goto(&format!("{log}#L20-L22"));
    page.until(&is_seen(20));
    assert_eq!(page.texts(".line-row.marked").len(), 3);
}

#[test]
fn text_is_found_in_the_whole_log() {
    let mut log: String = (1..=3000).map(|n| format!("line {n}\n")).collect();
    log += "a needle here\n";
    log += &(1..=3000).map(|n| format!("later {n}\n")).collect::<String>();
    log += "another Needle, needle\n";
    let (_repo, _site, page) = log_of(log, "");
    page.until_there(".line-row");
    page.run("document.querySelector('.lines').focus()");
    page.keys("/");
    page.keys("needle");
    page.until_text(".told", "1 of 2 lines");
    page.until(&is_seen(3001));
    assert_eq!(page.texts(".line-row.current mark"), ["needle"]);
    page.keys("\u{e007}");
    page.until_text(".told", "2 of 2 lines");
    page.until(&is_seen(6002));
    assert_eq!(page.texts(".line-row.current mark"), ["Needle", "needle"]);
    page.run("document.querySelector('.lines').focus()");
    page.keys("n");
    page.until_text(".told", "1 of 2 lines");
    page.keys("N");
    page.until_text(".told", "2 of 2 lines");
    assert!(page.path().contains("find=needle"), "{}", page.path());
    page.click(".find .toggle");
    page.until("document.querySelectorAll('.line-row.current mark').length === 1");

    page.reload();
    page.until_text(".told", "2 lines");
    page.click(".find input");
    page.keys("\u{e00c}");
    page.until_gone(".lines mark");
}

#[test]
fn what_is_not_there_is_not_found() {
    let (_repo, _site, page) = log_of("one\ntwo\n", "?find=three");
    page.until_text(".told", "No match");
}

#[test]
fn sections_fold_and_what_is_looked_for_in_them_opens_them() {
    let log = "before\n::group::Set up\none\ntwo\n::endgroup::\nafter\n";
    let (_repo, _site, page) = log_of(log, "");
    page.until_text(".lines", "Set up");
    page.until("!document.querySelector('.lines').innerText.includes('two')");
    assert_eq!(page.text_of("document.querySelector('.fold').ariaExpanded"), "false");
    page.click(".fold");
    page.until_text(".lines", "two");
    page.click(".fold");
    page.until("!document.querySelector('.lines').innerText.includes('two')");
    page.run("document.querySelector('.lines').focus()");
    page.keys("/two");
    page.until_text(".line-row.current", "two");
    page.until_text(".tools", "Fold all");
}

#[test]
fn long_lines_break_when_asked_to() {
    let long = "word ".repeat(600);
    let log = format!("begin\n{long}\n{}end\n", "between\n".repeat(400));
    let (_repo, _site, page) = log_of(log, "");
    page.until_text(".lines", "begin");
    let wide = "(() => { const e = document.querySelector('.lines'); return e.scrollWidth > e.clientWidth + 1; })()";
    page.until(wide);
    page.click(".tools button[title*=\"(w)\"]");
    page.until(&format!("!{wide}"));
    page.until("document.querySelector('.line-row[data-line=\"1\"]').offsetHeight > 100");
    page.run("document.querySelector('.lines').focus()");
    page.keys("G");
    page.until(&is_seen(403));
    page.keys("g");
    page.until(&is_seen(1));
    page.keys("w");
    page.until(wide);
}

/// Scrolls by little and by leaps, faster than lines come, and notes whatever is out of order.
const SCROLL_WILDLY: &str = "(async () => {
  const view = document.querySelector('.lines');
  const wrong = [];
  const frame = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  const moves = [90, -40, 0.5, 300, 'end', -500, 0.9, 'top', -90, 0.3, 1200, -1200, 'end', 0.1, 'top', 700, 0.99, 800, 0.01, -800];
  for (const move of [...moves, ...moves]) {
    if (move === 'top') view.scrollTop = 0;
    else if (move === 'end') view.scrollTop = view.scrollHeight;
    else if (Math.abs(move) < 1) view.scrollTop = move * view.scrollHeight;
    else view.scrollTop += move;
    await frame();
    const rows = [...document.querySelectorAll('.line-row')];
    const numbers = rows.map((row) => Number(row.dataset.line));
    const { top } = view.getBoundingClientRect();
    const first = rows[0].getBoundingClientRect().top - top;
    const last = rows.at(-1).getBoundingClientRect().bottom - top - view.clientHeight;
    if (numbers.some((number, index) => index && number !== numbers[index - 1] + 1)) wrong.push([move, 'order']);
    if (first > 1 || last < -1) wrong.push([move, 'a hole', first, last]);
    if (rows.length > 600) wrong.push([move, 'rows', rows.length]);
  }
  return wrong;
})()";

#[test]
fn no_hole_and_no_heap_of_rows_comes_of_scrolling_wildly() {
    let line = |n: usize| format!("{n} {}\n", "word ".repeat(n * 7919 % 300));
    let log: String = (0..9000).map(line).collect();
    let (_repo, _site, page) = log_of(log, "");
    page.until(&is_seen(1));
    assert_eq!(page.promised(SCROLL_WILDLY), json!([]));
    page.click(".tools button[title*=\"(w)\"]");
    page.until_there(".wraps .line-row");
    assert_eq!(page.promised(SCROLL_WILDLY), json!([]), "with lines that wrap");
    page.run("document.querySelector('.lines').focus()");
    page.keys("G");
    page.until(&is_seen(9000));
}

#[test]
fn copies_hold_the_text_and_neither_numbers_nor_times() {
    let library = Library::open();
    let page = failed_log(&library);
    page.until(&is_seen(ERROR_LINE.into()));
    page.run(
        "const s = document.querySelector('.tools select'); s.value = 'run'; s.dispatchEvent(new Event('change'))",
    );
    page.until_there(".time");
    let copied = page.text_of(
        "(() => { const text = (n) => document.querySelector(`.line-row[data-line=\"${n}\"] .text`); \
         const range = document.createRange(); range.setStart(text(160).firstChild.firstChild, 5); \
         range.setEndAfter(text(161).lastChild); \
         getSelection().removeAllRanges(); getSelection().addRange(range); \
         const data = new DataTransfer(); \
         text(161).dispatchEvent(new ClipboardEvent('copy', { clipboardData: data, bubbles: true, cancelable: true })); \
         return data.getData('text/plain'); })()",
    );
    assert_eq!(copied, "[E0308]: mismatched types\n  --> src/fold.rs:41:9");

    let rights = json!({ "origin": library.site.url(), "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"] });
    page.devtools("Browser.grantPermissions", &rights);
    page.click(".line-row[data-line=\"161\"] .number");
    page.click(".tools button[title^=Copy]");
    page.until_text(".tools", "Copied");
    assert_eq!(page.promised("navigator.clipboard.readText()"), json!("  --> src/fold.rs:41:9\n"));
}

#[test]
fn a_million_lines_scroll() {
    use std::fmt::Write as _;
    let mut log = String::new();
    for number in 1..=1_000_000 {
        let _ = writeln!(log, "line {number}");
    }
    let (_repo, _site, page) = log_of(log, "");
    page.until("document.querySelector('.lines')?.scrollHeight > 1e6");
    page.until(&is_seen(1));
    page.run("document.querySelector('.lines').focus()");
    page.keys("G");
    page.until(&is_seen(1_000_000));
    assert_eq!(line(&page, 1_000_000), "line 1000000");
    // A leap by the bar, and from there on by little and little, in both directions.
    page.run("const e = document.querySelector('.lines'); e.scrollTop = e.scrollHeight / 2");
    page.until("Math.abs(Number(document.querySelector('.line-row')?.dataset.line) - 500000) < 1000 && !document.querySelector('.line-row.waiting')");
    for step in [300, -300] {
        let first = "(() => { const top = document.querySelector('.lines').getBoundingClientRect().top; \
            return [...document.querySelectorAll('.line-row')].find((e) => e.getBoundingClientRect().bottom > top + 1).dataset.line; })()";
        let before: f64 = page.text_of(first).parse().unwrap();
        for _ in 0..10 {
            page.run(&format!("document.querySelector('.lines').scrollTop += {step}"));
            page.promised(
                "new Promise((r) => requestAnimationFrame(() => requestAnimationFrame(r)))",
            );
        }
        let after: f64 = page.text_of(first).parse().unwrap();
        assert!((after - before - f64::from(step) / 2.0).abs() <= 2.0, "{before} to {after}");
    }
    let numbers = page
        .value("[...document.querySelectorAll('.line-row')].map((e) => Number(e.dataset.line))");
    let numbers: Vec<_> = numbers.as_array().unwrap().iter().map(|n| n.as_u64().unwrap()).collect();
    assert!(
        numbers.windows(2).all(|two| two[1] == two[0] + 1) && numbers.len() < 400,
        "{numbers:?}"
    );
    page.goto(&format!("{}#L777777", page.path()));
    page.until(&is_seen(777_777));
    page.keys("g");
    page.until(&is_seen(1));
    page.until(&format!("{TOP} === 0"));
}

#[test]
fn who_comes_back_finds_the_place_again() {
    let log: String = (1..=2000).map(|n| format!("line {n}\n")).collect();
    let (_repo, _site, page) = log_of(log, "");
    page.until(&is_seen(1));
    page.run("document.querySelector('.lines').scrollTop = 20000");
    page.until("history.state?.line === 1000");
    page.reload();
    page.until(&is_seen(1001));
    page.click("a.file[href$=\"status.txt\"]");
    page.until_text(".lines", "ok");
    page.back();
    page.until(&is_seen(1001));
}
