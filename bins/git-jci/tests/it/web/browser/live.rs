//! Looking on while a run goes on.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::process::Child;

use jci_testkit::{TestRepo, require};
use serde_json::json;

use crate::running::{finish, spawn};
use crate::web::server::Server;
use jci_testkit::browser::Page;

/// A run that prints what it is told to.
struct Talking {
    run: Option<Child>,
    pipe: Option<File>,
}

impl Talking {
    fn start(repo: &TestRepo) -> Self {
        let path = repo.environment.path("tell");
        let _ = repo.environment.run(require("mkfifo", "coreutils"), &[&path], repo.path());
        repo.script(&format!(
            "#!/bin/sh\necho kept >kept.txt\n\
             while read -r from to; do seq -f 'line %.0f' \"$from\" \"$to\"; done <'{}'\nexit 3\n",
            path.display()
        ));
        repo.commit("talk");
        let run = spawn(repo, &["run"]);
        // Both ways, so that opening it waits for nobody.
        let pipe = OpenOptions::new().read(true).write(true).open(&path).unwrap();
        Self { run: Some(run), pipe: Some(pipe) }
    }

    /// Lets the run print lines that name these numbers.
    fn print(&mut self, from: u32, to: u32) {
        writeln!(self.pipe.as_mut().unwrap(), "{from} {to}").unwrap();
    }
}

impl Talking {
    /// Lets the run come to its end and waits for it.
    fn end(mut self) {
        drop(self.pipe.take());
        let _ = finish(self.run.take().unwrap());
    }
}

impl Drop for Talking {
    fn drop(&mut self) {
        drop(self.pipe.take());
        if let Some(mut run) = self.run.take() {
            let _ = run.kill();
            let _ = run.wait();
        }
    }
}

const AT_END: &str = "(() => { const e = document.querySelector('.lines'); \
    return e.scrollHeight - e.scrollTop - e.clientHeight < 3; })()";
const FOLLOWS: &str = "document.querySelector('.tools .toggle[title*=\"(f)\"]').ariaPressed";

/// The lines that are in the page, one after another without a gap.
#[track_caller]
fn assert_lines_in_order(page: &Page) {
    let rows = "[...document.querySelectorAll('.line-row:not(.waiting)')].map((e) => [Number(e.dataset.line), e.querySelector('.text').textContent])";
    let rows = page.value(rows);
    for row in rows.as_array().unwrap() {
        assert_eq!(row[1], json!(format!("line {}", row[0].as_u64().unwrap() + 1)));
    }
}

#[test]
fn a_run_appears_by_itself_its_log_follows_and_it_ends_by_itself() {
    let repo = TestRepo::new();
    repo.commit("before");
    let site = Server::start(&repo);
    let page = Page::open(&site.url(), "/");
    page.until_text("#commits", "before");
    let mut talking = Talking::start(&repo);
    page.until_text(".commit", "running");
    assert_eq!(page.texts(".commit .subject"), ["talk", "before"]);
    page.click(".commit");
    page.until_text("#runs", "Files are stored when the run ends.");
    talking.print(1, 400);
    page.until_text(".lines", "line 400");
    page.until(AT_END);
    assert_eq!(page.text_of(FOLLOWS), "true");
    assert!(page.text_of("document.title").starts_with("running"));

    // Who scrolls up is left where they are.
    page.run("document.querySelector('.lines').scrollTop -= 2000");
    page.until(&format!("{FOLLOWS} === 'false'"));
    let top = page.number("document.querySelector('.lines').scrollTop");
    talking.print(401, 500);
    page.until("document.querySelector('.lines').scrollHeight >= 500 * 20");
    assert_eq!(page.number("document.querySelector('.lines').scrollTop"), top);
    page.click(".tools .toggle[title*=\"(f)\"]");
    page.until_text(".lines", "line 500");
    page.until(AT_END);
    talking.print(501, 900);
    page.until_text(".lines", "line 900");
    page.until(AT_END);
    assert_lines_in_order(&page);
    page.picture("live");

    talking.end();
    page.until_text(".row.run", "failed");
    page.until_text(".commit", "failed");
    page.until_text("#content header", "exit 3");
    page.until_text("#runs", "kept.txt");
    assert!(page.text_of("document.title").starts_with("failed"));
    assert_lines_in_order(&page);
}

#[test]
fn a_lost_connection_is_said_and_made_up_for() {
    let repo = TestRepo::new();
    let site = Server::start(&repo);
    let port = site.address.port();
    let page = Page::open(&site.url(), "/");
    page.until_text("#content", "Nothing here yet");
    let mut talking = Talking::start(&repo);
    page.until_text(".commit", "running");
    page.click(".commit");
    talking.print(1, 300);
    page.until_text(".lines", "line 300");
    drop(site);
    page.until_text("#connection", "Connection lost");
    talking.print(301, 900);
    let _site = Server::start_at(&repo, port);
    page.until_text(".lines", "line 900");
    page.until("document.querySelector('#connection').hidden");
    page.until(AT_END);
    assert_lines_in_order(&page);
    talking.end();
    page.until_text(".commit", "failed");
    page.until_text(".row.run", "failed");
}

#[test]
fn a_run_that_was_removed_disappears_by_itself() {
    let repo = TestRepo::new();
    let commit = repo.commit("only");
    let run = jci_testkit::PlumbedRun::new("1767326645-00cc", "ok").log("hello\n");
    let name = repo.plumb_run(&commit, &run);
    let site = Server::start(&repo);
    let page = Page::open(&site.url(), &format!("/commit/{commit}"));
    page.until_text(".lines", "hello");
    repo.git(&["update-ref", "-d", &name]);
    page.until_text("#runs", "No run of this commit yet");
    page.until("document.querySelector('.commit').ariaLabel.includes('not run')");
}

#[test]
fn new_commits_come_in_above_and_nothing_moves_below_the_eye() {
    let repo = TestRepo::new();
    for number in 1..=40 {
        repo.commit(&format!("commit {number}"));
    }
    let site = Server::start(&repo);
    let page = Page::open(&site.url(), "/");
    page.until_text("#commit-list", "commit 40");
    page.run("document.querySelector('#commit-list').scrollTop = 500");
    repo.commit("newest");
    page.until("document.querySelector('#commit-list .space').offsetHeight === 41 * 50");
    assert_eq!(page.number("document.querySelector('#commit-list').scrollTop"), 550.0);
    page.run("document.querySelector('#commit-list').scrollTop = 0");
    page.until_text("#commit-list", "newest");
    repo.git(&["commit", "--quiet", "--amend", "--allow-empty", "--message", "amended"]);
    page.until_text("#commit-list", "amended");
    page.until("!document.querySelector('#commit-list').innerText.includes('newest')");
    page.until("document.querySelector('#commit-list .space').offsetHeight === 41 * 50");
}

#[test]
fn what_could_not_be_asked_for_can_be_asked_for_again() {
    let repo = TestRepo::new();
    let commit = repo.commit("only");
    let run = jci_testkit::PlumbedRun::new("1767326645-00cc", "ok").log("hello\n");
    repo.plumb_run(&commit, &run);
    let site = Server::start(&repo);
    let port = site.address.port();
    let page = Page::open(&site.url(), "/");
    page.until_there(".commit");
    drop(site);
    page.click(".commit");
    page.until_text("#content [role=alert]", "Is it still running?");
    let _site = Server::start_at(&repo, port);
    page.click("#content [role=alert] button");
    page.until_text(".lines", "hello");
}
