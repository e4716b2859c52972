//! How it looks, for whom, and on what: with pictures of the main states for people to judge.

use super::library::{FAILED, Library, OLDER, PASSED};
use jci_testkit::browser::Page;

const ERROR: &str = ".line-row.marked:not(.waiting)";

#[test]
fn the_main_states_light_and_dark() {
    let library = Library::open();
    let Library { parser, broken, .. } = &library;
    let page = Page::open(&library.site.url(), "/");
    for scheme in ["light", "dark"] {
        page.prefer("", scheme);
        for (name, path, sign) in [
            ("list", "/".to_owned(), ".commit"),
            ("failed-log", format!("/commit/{broken}"), ERROR),
            ("files", library.file("notes.txt"), ".line-row"),
            ("junit", library.file("junit.xml"), "tr.test"),
            ("markdown", library.file("summary.md"), "iframe"),
            ("image", library.file("picture.svg"), ".picture img"),
            ("compare", format!("/compare/{parser}/{OLDER}/{parser}/{PASSED}"), ".hunk"),
        ] {
            page.goto(&path);
            page.until_there(sign);
            page.until_gone(".loading");
            page.picture(&format!("{name}-{scheme}"));
        }
    }
    let ground = page.text_of("getComputedStyle(document.body).backgroundColor");
    assert_eq!(ground, "rgb(21, 24, 29)");
}

#[test]
fn a_narrow_screen_shows_one_panel_and_a_way_back() {
    let library = Library::open();
    let page = Page::open(&library.site.url(), "/");
    page.resize(390, 780);
    page.until("document.querySelector('#commits').offsetWidth === 390");
    page.until_there(".commit");
    let seen = "['commits', 'runs', 'content'].filter((id) => document.getElementById(id).checkVisibility()).join()";
    assert_eq!(page.text_of(seen), "commits");
    page.picture("narrow-list");
    page.click(".commit");
    page.until(&format!("{seen} === 'runs'"));
    page.until_there(".row.run");
    page.picture("narrow-runs");
    page.click("a.file[href$=\"/log\"]");
    page.until(&format!("{seen} === 'content'"));
    page.until_there(ERROR);
    page.picture("narrow-log");
    let wide = "document.documentElement.scrollWidth";
    assert_eq!(page.number(wide), 390.0);
    page.click("#content .back");
    page.until(&format!("{seen} === 'runs'"));
    page.click("#runs .back");
    page.until(&format!("{seen} === 'commits'"));
}

#[test]
fn paper_shows_the_log_and_nothing_around_it() {
    let library = Library::open();
    let page = Page::open(&library.site.url(), &format!("/commit/{}", library.broken));
    page.until_there(ERROR);
    page.prefer("print", "light");
    page.run("dispatchEvent(new Event('beforeprint'))");
    let seen =
        "['#commits', '#runs', '.tools'].some((e) => document.querySelector(e).checkVisibility())";
    page.until(&format!("!{seen}"));
    let rows = page.number("document.querySelectorAll('.line-row:not(.waiting)').length");
    assert_eq!(rows, 224.0);
    let last = "document.querySelector('.line-row[data-line=\"223\"]').getBoundingClientRect().top";
    assert!(page.number(last) > 2000.0);
    page.run("document.querySelector('.line-row[data-line=\"150\"]').scrollIntoView()");
    page.picture("print");
    page.prefer("", "light");
    page.run("dispatchEvent(new Event('afterprint'))");
    page.until("document.querySelectorAll('.line-row').length < 224");
}

#[test]
fn everything_that_can_be_used_has_a_name_and_a_sign_of_focus() {
    let library = Library::open();
    let Library { parser, broken, .. } = &library;
    let page = Page::open(&library.site.url(), "/");
    for path in [
        "/".to_owned(),
        format!("/commit/{broken}/{FAILED}/log"),
        library.file("junit.xml"),
        format!("/compare/{parser}/{OLDER}/{parser}/{PASSED}"),
    ] {
        page.goto(&path);
        page.until_there(".commit");
        page.until_gone(".loading");
        let nameless = page.value(
            "[...document.querySelectorAll('a[href], button, input, select, iframe, img, [role=region], [role=listbox], [role=tree], [role=separator]')] \
             .filter((e) => e.checkVisibility() && !(e.ariaLabel || e.title || e.alt || e.innerText?.trim())) \
             .map((e) => e.outerHTML)",
        );
        assert_eq!(nameless, serde_json::json!([]), "{path}");
        let colours = page.value(
            "[...document.querySelectorAll('.mark, .status')].filter((e) => !e.textContent.trim() || !e.querySelector('svg')).length",
        );
        assert_eq!(colours, 0, "{path}: a status is a shape and a word, not only a colour");
    }
    assert_eq!(page.number("document.querySelectorAll('main').length"), 1.0);
    page.run("document.querySelector('.picker').focus()");
    page.keys("\u{e004}");
    let outline = page.text_of("getComputedStyle(document.activeElement).outlineStyle");
    assert_eq!(outline, "solid");
}

#[test]
fn motion_stops_for_whoever_asks_for_it() {
    let library = Library::open();
    let page = Page::open(&library.site.url(), "/");
    page.devtools(
        "Emulation.setEmulatedMedia",
        &serde_json::json!({ "features": [{ "name": "prefers-reduced-motion", "value": "reduce" }] }),
    );
    page.until_there(".commit");
    page.run("document.body.append(Object.assign(document.createElement('span'), { className: 'spinner' }))");
    let turns = page
        .text_of("getComputedStyle(document.querySelector('.spinner')).animationIterationCount");
    assert_eq!(turns, "1");
}

#[test]
fn help_and_choice_are_dialogs() {
    let library = Library::open();
    let page = Page::open(&library.site.url(), &format!("/commit/{}", library.parser));
    page.until_there(".row.run");
    page.keys("?");
    page.until_there("dialog[open]");
    page.picture("help");
    page.keys("\u{e00c}");
    page.click(".heading button");
    page.until_there("dialog .choice");
    page.picture("choose");
}

#[test]
fn all_modules_are_asked_for_at_once() {
    let library = Library::open();
    let page = Page::open(&library.site.url(), "/");
    page.until_there(".commit");
    let late = page.value(
        "(() => { const first = [...document.querySelectorAll('link[rel=modulepreload], script')].map((e) => e.href || e.src); \
         return performance.getEntriesByType('resource').map((e) => e.name) \
         .filter((name) => name.endsWith('.js') && !first.includes(name)); })()",
    );
    assert_eq!(late, serde_json::json!([]), "index.html names every module");
    let unused = page.value(
        "[...document.querySelectorAll('link[rel=modulepreload]')].map((e) => e.href) \
         .filter((name) => !performance.getEntriesByType('resource').some((e) => e.name === name))",
    );
    assert_eq!(unused, serde_json::json!([]));
}
