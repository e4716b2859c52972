//! Files of a run, each as what it is.

use super::library::Library;
use jci_testkit::browser::Page;

fn open(library: &Library, path: &str) -> Page {
    Page::open(&library.site.url(), &library.file(path))
}

#[test]
fn texts_have_numbers_and_links_to_lines() {
    let library = Library::open();
    let page = open(&library, "notes.txt#L200");
    page.until_there(".line-row.marked[data-line=\"199\"]");
    assert_eq!(page.text(".line-row.marked .text"), "note 200");
    assert_eq!(page.text(".title"), "notes.txt");
    assert!(!page.texts(".tools button:not([hidden])").contains(&"First error".to_owned()));
    let links = page.value("[...document.querySelectorAll('#content header .ways a')].map((e) => [e.textContent, e.getAttribute('href')])");
    assert!(links[0][1].as_str().unwrap().ends_with("/notes.txt/raw"), "{links}");
    assert!(links[1][1].as_str().unwrap().ends_with("/notes.txt/raw?download=1"), "{links}");
}

#[test]
fn names_that_are_no_text_or_hard_to_spell_work() {
    let library = Library::open();
    let page = open(&library, "bytes-%ff.txt");
    page.until_text(".lines", "named by bytes");
    assert_eq!(page.text(".file.shown .name"), "bytes-\u{fffd}.txt");
    page.click("a.file[href*=\"a%20name\"]");
    page.until_text(".lines", "well named");
    assert_eq!(page.text(".title"), "a name with spaces & 100%.txt");
    page.reload();
    page.until_text(".lines", "well named");
}

#[test]
fn pictures_are_shown() {
    let library = Library::open();
    let page = open(&library, "picture.svg");
    page.until("document.querySelector('.picture img')?.naturalWidth === 120");
    page.until_text(".tools", "120 × 80");
}

#[test]
fn markdown_is_rendered_without_its_scripts() {
    let library = Library::open();
    let page = open(&library, "summary.md");
    page.enter_frame();
    page.until_text("h1", "Summary");
    assert_eq!(page.text("strong"), "well");
    assert_eq!(page.texts("td"), ["1", "2"]);
    assert_ne!(page.text_of("document.title"), "run");
    page.leave_frame();
    assert_eq!(
        page.text_of(
            "document.querySelector('iframe').sandbox.contains('allow-scripts') ? 'yes' : 'no'"
        ),
        "no"
    );
    page.click("#content header .ways a");
    page.until_text(".lines", "All **well**");
    assert!(page.path().ends_with("summary.md?as=text"), "{}", page.path());
}

#[test]
fn a_page_of_a_run_works_with_its_own_files() {
    let library = Library::open();
    let page = open(&library, "report/index.html");
    page.enter_frame();
    page.until_text("#said", "its own script ran");
    page.until("getComputedStyle(document.querySelector('h1')).color === 'rgb(1, 2, 3)'");
    page.leave_frame();
    assert_eq!(page.text_of("document.querySelector('iframe').sandbox.value"), "allow-scripts");
}

#[test]
fn a_report_of_tests_is_a_table_with_what_failed_first() {
    let library = Library::open();
    let page = open(&library, "junit.xml");
    page.until_there("tr.test");
    let names = page.texts("tr.test th");
    assert!(names[0].contains("shuts") && names[1].contains("needs root"), "{names:?}");
    assert_eq!(page.texts("tr.test .result"), ["failed", "skipped", "passed"]);
    page.until_text(".details .message", "left is not right");
    page.until_text(".details pre", "right: 4");
    page.click("tr.is-failed .expand");
    page.until("!document.querySelector('.details pre')?.checkVisibility()");
    page.click(".tools button[data-name=passed]");
    page.until("document.querySelectorAll('tr.test').length === 1");
    page.until_text("tr.test", "opens");
    page.click(".tools button[data-name=all]");
    page.click(".tools input");
    page.keys("walk root");
    page.until("document.querySelectorAll('tr.test').length === 1");
    page.until_text("tr.test", "needs root");
}

#[test]
fn other_xml_is_text() {
    let library = Library::open();
    let page = open(&library, "other.xml");
    page.until_text(".lines", "<thing/>");
}

#[test]
fn bytes_and_links_say_what_they_are() {
    let library = Library::open();
    let page = open(&library, "data.bin");
    page.until_text("#content .state", "6 B of bytes");
    assert!(page.texts("#content .state a").contains(&"Download it".to_owned()));
    page.click("a.file[href$=\"/latest\"]");
    page.until_text("#content .state", "report/index.html");
}
