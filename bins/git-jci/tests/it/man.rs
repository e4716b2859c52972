//! The manual pages, rendered by man.

use insta::assert_snapshot;
use jci_testkit::{Finished, TestRepo, require};

use crate::jci::{install, jci, shown};

/// Renders a page with every warning that man has.
fn render(repo: &TestRepo, path: &std::path::Path) -> Finished {
    let man = require("man", "man-db groff");
    let path = path.to_str().unwrap();
    let finished =
        repo.environment.run(man, &["--warnings", "--local-file", path], repo.path()).success();
    assert_eq!(finished.stderr(), "", "{finished:?}");
    finished
}

#[test]
fn every_page_renders_without_a_warning() {
    let repo = TestRepo::new();
    let folder = repo.environment.path("man/man1");
    let written = jci(&repo, &["man", "--dir", folder.to_str().unwrap()]).success();
    let mut pages: Vec<_> =
        std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    pages.sort();
    assert_eq!(
        repo.redact(&written.stdout()),
        format!("wrote {} pages to [world]/man/man1\n", pages.len())
    );
    for name in ["git-jci.1", "git-jci-init.1", "git-jci-man.1"] {
        assert!(pages.contains(&folder.join(name)), "{name} is not written");
    }
    for page in &pages {
        let text = render(&repo, page).stdout();
        for section in ["NAME", "SYNOPSIS", "DESCRIPTION", "EXIT STATUS"] {
            assert!(text.contains(section), "{} lacks {section}", page.display());
        }
    }
}

#[test]
fn man_finds_the_pages_in_the_folder_they_were_written_to() {
    let mut repo = TestRepo::new();
    install(&repo);
    let folder = repo.environment.path("man/man1");
    let _ = jci(&repo, &["man", "--dir", folder.to_str().unwrap()]).success();
    repo.environment.set("MANPATH", repo.environment.path("man"));
    let _ = require("man", "man-db groff");
    let page = repo.run("man", &["git-jci"]).success().stdout();
    assert!(page.contains("Continuous integration that lives in git"), "{page}");
    // What git does for `git jci --help`.
    let page = repo.run("git", &["help", "jci"]).success().stdout();
    assert!(page.contains("Continuous integration that lives in git"), "{page}");
}

#[test]
fn one_page_goes_to_standard_output() {
    let repo = TestRepo::new();
    let page = jci(&repo, &["man", "man"]).success();
    assert!(page.stdout().contains(".TH git-jci-man 1"), "{page:?}");
    let refused = jci(&repo, &["man", "cron", "nothing"]);
    assert_snapshot!(shown(&repo, &refused), @r"
    exit 2
    --- stderr
    error: there is no command `cron nothing`
    hint: type `git jci -h` to see the commands
    ");
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let repo = TestRepo::new();
    repo.write("taken", "");
    let refused = jci(&repo, &["man", "--dir", "taken/man1"]);
    assert_snapshot!(shown(&repo, &refused), @r"
    exit 4
    --- stderr
    error: failed to write taken/man1: Not a directory (os error 20)
    hint: give --dir a folder that you may write to
    ");
}
