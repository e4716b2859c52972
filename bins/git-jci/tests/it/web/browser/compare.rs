//! Two runs side by side.

use super::library::{FAILED, Library, OLDER, PASSED};
use jci_testkit::browser::Page;

#[test]
fn the_run_before_is_proposed_and_differences_are_shown() {
    let library = Library::open();
    let Library { parser, broken, .. } = &library;
    let page = Page::open(&library.site.url(), &format!("/commit/{parser}/{PASSED}"));
    page.click(".heading button");
    page.until_there("dialog .choice");
    page.until("document.activeElement.matches('dialog .choice')");
    page.keys("\u{e007}");
    page.until_at(&format!("/compare/{parser}/{OLDER}/{parser}/{PASSED}"));
    page.until_there(".file-changes tr");
    let files = page.texts(".file-changes tr").join("\n");
    for text in ["removed\tgone.txt", "changed\tsummary.md", "added\tjunit.xml"] {
        assert!(files.contains(text), "{text:?} in {files:?}");
    }
    page.until_there(".hunk");
    assert_eq!(page.texts(".difference.is-removed .text"), ["the parser is wrong"]);
    assert_eq!(page.texts(".difference.is-added .text"), ["the parser is right"]);
    let sign = "document.querySelector('.difference.is-added .sign').dataset.sign";
    assert_eq!(page.text_of(sign), "+");
    assert!(page.text_of("document.title").starts_with("Compare"));
    page.reload();
    page.until_there(".hunk");
    page.back();
    page.until_text(".lines", "the parser is right");

    page.goto(&format!("/commit/{broken}/{FAILED}"));
    page.click(".heading button");
    page.until_text("dialog", "Add the parser");
}
