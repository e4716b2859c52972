//! Which commits are listed.

use super::library::Library;
use jci_testkit::browser::Page;

const SUBJECTS: &str = ".commit .subject";

#[test]
fn commits_are_filtered_by_text_author_and_status_and_the_address_says_so() {
    let library = Library::open();
    let page = Page::open(&library.site.url(), "/");
    page.until_there(".commit");
    page.click("input[name=author]");
    page.keys("grace");
    page.until_at("/?author=grace");
    page.until("document.querySelectorAll('.commit').length === 2");
    page.run("const s = document.querySelector('select'); s.value = 'err'; s.dispatchEvent(new Event('change'))");
    page.until("document.querySelectorAll('.commit').length === 1");
    assert_eq!(page.path(), "/?status=err&author=grace");
    assert_eq!(page.texts(SUBJECTS), ["Break the fold"]);

    page.reload();
    page.until("document.querySelectorAll('.commit').length === 1");
    assert_eq!(page.text_of("document.querySelector('input[name=author]').value"), "grace");
    page.click(".commit");
    page.until_at(&format!("/commit/{}?status=err&author=grace", library.broken));
    assert_eq!(page.texts(SUBJECTS), ["Break the fold"]);
}

#[test]
fn no_match_says_so_and_how_to_see_all_again() {
    let library = Library::open();
    let page = Page::open(&library.site.url(), "/?text=nowhere");
    page.until_text("#commits", "No commit matches");
    page.click("#commits .state button");
    page.until("document.querySelectorAll('.commit').length === 3");
    assert_eq!(page.path(), "/");
}

#[test]
fn a_branch_is_found_and_picked() {
    let library = Library::open();
    let page = Page::open(&library.site.url(), "/");
    page.until_text(".picker", "main");
    page.click(".picker");
    page.until("document.querySelectorAll('.branch-row').length === 2");
    assert_eq!(page.text(".branch-row.shown .name"), "main");
    page.keys("OL");
    page.until("document.querySelectorAll('.branch-row').length === 1");
    page.keys("\u{e007}");
    page.until_at("/?branch=old");
    page.until("document.querySelectorAll('.commit').length === 1");
    assert_eq!(page.texts(SUBJECTS), ["Lay the ground"]);
    assert_eq!(page.text_of("document.title"), "branch old · repo");
    assert_eq!(page.text(".picker"), "old");
}
