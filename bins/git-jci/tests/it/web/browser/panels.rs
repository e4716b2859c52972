//! Branches, commits, runs and files.

use jci_testkit::{Environment, Finished, Formats, PlumbedRun, TestRepo};

use super::library::{FAILED, Library, OLDER, PASSED};
use crate::web::server::Server;
use jci_testkit::browser::Page;

#[test]
fn commits_show_how_their_latest_run_went_and_how_many_there_are() {
    let library = Library::open();
    let page = Page::open(&library.site.url(), "/");
    page.until_text(".commit", "Break the fold");
    let rows = page.texts(".row.commit").join("\n");
    for text in ["failed", "passed", "× 2", "Grace Hopper", "Ada Lovelace", "main", "ago"] {
        assert!(rows.contains(text), "{text} in {rows}");
    }
    let labels = page.value("[...document.querySelectorAll('.commit')].map((e) => e.ariaLabel)");
    assert_eq!(labels[0], "Break the fold, by Grace Hopper, failed, 1 run");
    assert_eq!(labels[2], "Lay the ground, by Grace Hopper, not run, 0 runs");
    let absolute = page.text_of("document.querySelector('.commit time').title");
    assert!(absolute.contains("2026"), "{absolute}");
    assert_eq!(page.text_of("document.title"), "Commits · repo");
}

#[test]
fn a_commit_leads_to_its_runs_and_files_and_all_of_it_has_an_address() {
    let library = Library::open();
    let Library { parser, .. } = &library;
    let page = Page::open(&library.site.url(), "/");
    page.click(&format!("a.commit[href=\"/commit/{parser}\"]"));
    page.until_at(&format!("/commit/{parser}"));
    page.until_text(".lines", "the parser is right");
    assert_eq!(page.text_of("document.title"), "passed · Add the parser · repo");
    assert_eq!(page.texts(".row.run .status"), ["passed", "failed"]);

    page.click(&format!("a.run[href=\"/commit/{parser}/{OLDER}\"]"));
    page.until_text(".lines", "the parser is wrong");
    page.until_text("#content header", "exit 2");
    page.click("a.file[href$=\"gone.txt\"]");
    page.until_text(".lines", "gone later");
    page.until_at(&format!("/commit/{parser}/{OLDER}/file/gone.txt"));

    page.back();
    page.until_text(".lines", "the parser is wrong");
    page.back();
    page.until_text(".lines", "the parser is right");
    page.forward();
    page.forward();
    page.until_text(".lines", "gone later");
    page.reload();
    page.until_text(".lines", "gone later");
    assert_eq!(page.text_of("document.title"), "gone.txt · failed · Add the parser · repo");
    assert_eq!(page.text(".file.shown .name"), "gone.txt");
}

#[test]
fn folders_open_and_shut_and_files_show_their_size() {
    let library = Library::open();
    let page = Page::open(&library.site.url(), &format!("/commit/{}/{PASSED}", library.parser));
    page.until_text("#runs", "page.css");
    let files = page.texts(".row.file, .row.folder").join("\n");
    for text in ["Log", "report", "index.html", "junit.xml", "6 B", "bytes-\u{fffd}.txt"] {
        assert!(files.contains(text), "{text} in {files}");
    }
    page.click(".row.folder");
    page.until("!document.querySelector('#runs').innerText.includes('page.css')");
    assert_eq!(page.text_of("document.querySelector('.folder').ariaExpanded"), "false");
    page.click(".row.folder");
    page.until_text("#runs", "page.css");
    let archive = page.text_of("document.querySelector('.heading a[download]').href");
    assert!(archive.ends_with("/archive.tar"), "{archive}");
}

#[test]
fn the_message_of_a_commit_opens() {
    let library = Library::open();
    let page = Page::open(&library.site.url(), &format!("/commit/{}", library.parser));
    page.click("#runs summary");
    page.until_text("#runs .message pre", "It reads what was written.");
}

#[test]
fn all_runs_of_a_commit_can_be_reached() {
    let repo = TestRepo::in_environment(Environment::in_memory(), Formats::Git2);
    let commit = repo.commit("run often");
    for number in 10..22 {
        let run = PlumbedRun::new(&format!("17673266{number}-00cc"), "ok");
        repo.plumb_run(&commit, &run.log(format!("number {number}\n")));
    }
    let site = Server::start(&repo);
    let page = Page::open(&site.url(), &format!("/commit/{commit}"));
    page.until_text(".lines", "number 21");
    page.until_text(".commit", "× 12");
    assert_eq!(page.texts(".row.run").len(), 6);
    page.click(".row.more");
    page.until("document.querySelectorAll('.row.run').length === 12");
    page.click("a.run[href$=\"10-00cc\"]");
    page.until_text(".lines", "number 10");
    page.reload();
    page.until_text(".lines", "number 10");
    page.until_there("a.run.shown[href$=\"10-00cc\"]");
}

#[test]
fn thousands_of_commits_scroll_and_few_are_in_the_page() {
    let repo = long_history(1500);
    let site = Server::start(&repo);
    let page = Page::open(&site.url(), "/");
    page.until_text("#commit-list", "commit 1500");
    // Each time the end comes into sight, more is asked for.
    page.until(
        "(() => { const list = document.querySelector('#commit-list'); \
         list.scrollTop = list.scrollHeight; \
         return list.innerText.includes('commit 1\\n'); })()",
    );
    assert!(page.number("document.querySelectorAll('.row.commit').length") < 80.0);
    assert!(page.number("document.querySelector('#commit-list').scrollHeight") >= 1500.0 * 50.0);
    page.run("document.querySelector('#commit-list').scrollTop = 700 * 50");
    page.until_text("#commit-list", "commit 800\n");
}

#[test]
fn widths_of_panels_can_be_changed_and_are_remembered() {
    let library = Library::open();
    let page = Page::open(&library.site.url(), "/");
    page.until_there(".divider[data-of=commits]");
    let width = "document.querySelector('#commits').offsetWidth";
    let before = page.number(width);
    page.run("document.querySelector('.divider').focus()");
    page.keys("\u{e014}\u{e014}");
    assert_eq!(page.number(width), before + 40.0);
    page.reload();
    page.until_there(".commit");
    assert_eq!(page.number(width), before + 40.0);
}

#[test]
fn what_is_not_there_is_said_with_a_way_to_try_again() {
    let library = Library::open();
    let page = Page::open(&library.site.url(), "/commit/0123456789012345678901234567890123456789");
    page.until_there("#content [role=alert]");
    let said = page.text("#content [role=alert]");
    assert!(said.contains("0123456789") && said.contains("Try again"), "{said}");
    page.goto(&format!("/commit/{}/{FAILED}/file/none.txt", library.broken));
    page.until_text("#content", "This run has no file none.txt");
}

/// A repository with a line of empty commits.
fn long_history(commits: usize) -> TestRepo {
    let repo = TestRepo::in_environment(Environment::in_memory(), Formats::Git2);
    let mut script = String::new();
    for number in 1..=commits {
        let message = format!("commit {number}");
        script += &format!(
            "commit refs/heads/main\nmark :{number}\n\
             committer Ada <ada@example.com> {} +0000\ndata {}\n{message}\n",
            1_700_000_000 + number * 60,
            message.len()
        );
        if number > 1 {
            script += &format!("from :{}\n", number - 1);
        }
    }
    let mut import = repo.environment.command("git", repo.path());
    let _ = Finished::fed(import.args(["fast-import", "--quiet"]), script.as_bytes()).success();
    repo
}
