//! Hands that stay on the keyboard.

use super::library::{Library, PASSED};
use jci_testkit::browser::Page;

const ENTER: &str = "\u{e007}";
const ESCAPE: &str = "\u{e00c}";
const RIGHT: &str = "\u{e014}";

#[test]
fn lists_are_walked_and_opened_by_keys() {
    let library = Library::open();
    let page = Page::open(&library.site.url(), "/");
    page.until_there(".commit");
    page.keys("j");
    page.until_text(".commit.cursor", "Break the fold");
    page.keys("j");
    page.until_text(".commit.cursor", "Add the parser");
    page.keys("G");
    page.until_text(".commit.cursor", "Lay the ground");
    page.keys("k");
    page.run("document.querySelector('#commit-list').focus()");
    page.keys(ENTER);
    page.until_at(&format!("/commit/{}", library.parser));
    page.until_there(".row.run");

    page.keys("l");
    page.until("document.activeElement.id === 'run-list'");
    page.keys("G");
    page.until_text(".file.cursor", "summary.md");
    page.keys(ENTER);
    page.until_at(&format!("/commit/{}/{PASSED}/file/summary.md", library.parser));
    page.keys("h");
    page.until("document.activeElement.id === 'commit-list'");
}

#[test]
fn a_folder_shuts_and_opens_by_arrows() {
    let library = Library::open();
    let page = Page::open(&library.site.url(), &format!("/commit/{}/{PASSED}", library.parser));
    page.until_text("#runs", "page.css");
    page.run("document.querySelector('#run-list').focus()");
    page.keys("g");
    page.until_there(".run.cursor");
    page.until(
        "(() => { const down = new KeyboardEvent('keydown', { key: 'j', bubbles: true }); \
         if (!document.querySelector('.folder.cursor')) document.activeElement.dispatchEvent(down); \
         return document.querySelector('.folder.cursor'); })()",
    );
    page.keys("\u{e012}");
    page.until("!document.querySelector('#runs').innerText.includes('page.css')");
    page.keys(RIGHT);
    page.until_text("#runs", "page.css");
}

#[test]
fn help_tells_of_the_keys_and_escape_closes_it() {
    let library = Library::open();
    let page = Page::open(&library.site.url(), "/");
    page.until_there(".commit");
    page.keys("?");
    page.until_text("dialog[open]", "next, previous match");
    page.keys(ESCAPE);
    page.until_gone("dialog");
}

#[test]
fn a_slash_searches_where_one_is() {
    let library = Library::open();
    let page = Page::open(&library.site.url(), &format!("/commit/{}", library.broken));
    page.until_there(".line-row");
    page.keys("/");
    page.until("document.activeElement.name === 'text'");
    page.keys(ESCAPE);
    page.until("document.activeElement.id === 'commit-list'");
    page.run("document.querySelector('.lines').focus()");
    page.keys("/");
    page.until("document.activeElement.matches('.find input')");
}
