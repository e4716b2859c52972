//! Branches, commits, and how their runs stand.

use insta::assert_snapshot;
use jci_proto::{Branches, CommitPage, CommitRuns, Repository, RunDetail};
use jci_testkit::{Finished, PlumbedRun, TestRepo};

use super::server::Server;
use crate::fixture::{FAILED, Fixture, ORIGINAL, the_same_in_all_formats};

/// Shows JSON in lines.
fn pretty(value: &impl serde::Serialize) -> String {
    serde_json::to_string_pretty(value).unwrap() + "\n"
}

/// A line for each commit: how its latest run stands, how many it has, and its subject.
fn shown(page: &CommitPage) -> Vec<String> {
    let line = |commit: &jci_proto::Commit| {
        let status = commit.runs.first().map_or("none", |run| run.status.as_str());
        format!("{status} {} {}", commit.run_count, commit.subject)
    };
    page.commits.iter().map(line).collect()
}

#[test]
fn a_list_tells_of_commits_and_runs() {
    let shown = the_same_in_all_formats(|fixture| {
        let server = Server::start(&fixture.repo);
        let page: CommitPage = server.json("/api/commits");
        let branches: Branches = server.json("/api/branches");
        fixture.redact(
            &(pretty(&page.commits[0]) + &shown(&page).join("\n") + "\n" + &pretty(&branches)),
        )
    });
    assert_snapshot!(shown, @r#"
    {
      "commit": "[second]",
      "subject": "add a report",
      "author": "Ada Tester",
      "email": "ada@example.com",
      "time": "2026-01-02T03:04:05Z",
      "branches": [
        "main"
      ],
      "runs": [
        {
          "run": "1767326645-00cc",
          "commit": "[second]",
          "subject": "add a report",
          "branch": "main",
          "dirty": false,
          "ref": "refs/jci-runs/[second]/1767326645-00cc",
          "status": "ok",
          "reason": null,
          "exit_code": 0,
          "signal": null,
          "started": "2026-01-02T04:04:05Z",
          "duration_ms": 1234
        }
      ],
      "run_count": 1
    }
    ok 1 add a report
    err 2 first steps
    {
      "branches": [
        {
          "name": "main",
          "remote": false,
          "current": true,
          "commit": "[second]",
          "subject": "add a report",
          "time": "2026-01-02T03:04:05Z"
        }
      ]
    }
    "#);
}

#[test]
fn a_commit_tells_of_all_its_runs_and_a_run_of_its_files() {
    let shown = the_same_in_all_formats(|fixture| {
        let server = Server::start(&fixture.repo);
        let commit: CommitRuns = server.json(&format!("/api/commit/{}", fixture.first));
        let runs: Vec<_> = commit.runs.iter().map(|run| (&run.run, &run.status)).collect();
        assert_eq!(
            runs,
            [(&FAILED.to_owned(), &"err".to_owned()), (&ORIGINAL.to_owned(), &"ok".to_owned())]
        );
        let latest: RunDetail = server.json(&format!("/api/commit/{}/latest", fixture.second));
        let mut text = format!("{:?} {:?} {:?}\n", latest.trigger, latest.host, latest.archive);
        for file in latest.files.iter().filter(|file| file.path.path != "run.json") {
            text += &format!(
                "{} {:?} {} {:?} {}\n",
                file.path.path, file.kind, file.size, file.view, file.raw
            );
        }
        fixture.redact(&text)
    });
    assert_snapshot!(shown, @r#"
    Some("manual") Some("linux x86_64") Some("/jci/[second]/1767326645-00cc/archive.tar")
    index.html File 16 Html /jci/[second]/1767326645-00cc/index.html/raw
    latest Symlink 18 Text /jci/[second]/1767326645-00cc/latest/raw
    report/data.bin File 4 Binary /jci/[second]/1767326645-00cc/report/data.bin/raw
    report/summary.txt File 9 Text /jci/[second]/1767326645-00cc/report/summary.txt/raw
    run.output.txt File 18 Log /jci/[second]/1767326645-00cc/run.output.txt/raw
    status.txt File 3 Text /jci/[second]/1767326645-00cc/status.txt/raw
    tool Executable 20 Text /jci/[second]/1767326645-00cc/tool/raw
    "#);
}

/// A repository with so many commits by two authors; every tenth passed, every twentieth failed
/// afterwards.
fn long_history(count: usize) -> TestRepo {
    let repo = TestRepo::new();
    let mut stream = String::new();
    for number in 1..=count {
        let author = if number % 2 == 0 { "Grace <g@example.org>" } else { "Ada <a@example.com>" };
        let time = 1_700_000_000 + number;
        stream += &format!(
            "commit refs/heads/main\nmark :{number}\nauthor {author} {time} +0000\n\
             committer {author} {time} +0000\ndata <<END\ncommit {number}\nEND\n\n"
        );
    }
    let mut command = repo.environment.command("git", repo.path());
    let _ = Finished::fed(command.args(["fast-import", "--quiet"]), stream.as_bytes()).success();
    let commits = repo.git(&["rev-list", "--reverse", "main"]);
    let first = commits.lines().next().unwrap();
    let run = |id: &str, status: &str| {
        let name = repo.plumb_run(first, &PlumbedRun::new(id, status));
        let target = repo.git(&["rev-parse", &name]);
        repo.git(&["update-ref", "-d", &name]);
        target
    };
    let (passed, failed) = (run("1767323000-0001", "ok"), run("1767323000-0002", "err"));
    let mut refs = String::new();
    for (number, commit) in (1..).zip(commits.lines()) {
        if number % 10 == 0 {
            refs += &format!("create refs/jci-runs/{commit}/1767323000-0001 {passed}\n");
        }
        if number % 20 == 0 {
            refs += &format!("create refs/jci-runs/{commit}/1767323001-0002 {failed}\n");
        }
    }
    let mut command = repo.environment.command("git", repo.path());
    let _ = Finished::fed(command.args(["update-ref", "--stdin"]), refs.as_bytes()).success();
    repo.git(&["pack-refs", "--all"]);
    repo
}

/// Follows pages to their end.
fn all_pages(server: &Server, query: &str) -> (Vec<String>, usize) {
    let (mut lines, mut pages, mut next) = (Vec::new(), 0, String::new());
    loop {
        let page: CommitPage = server.json(&format!("/api/commits?{query}{next}"));
        assert!(page.commits.len() <= 100);
        lines.extend(shown(&page));
        pages += 1;
        match page.next {
            Some(token) => next = format!("&page={token}"),
            None => return (lines, pages),
        }
    }
}

#[test]
fn pages_follow_each_other_to_the_first_commit() {
    let repo = long_history(250);
    let server = Server::start(&repo);
    let (lines, pages) = all_pages(&server, "branch=main");
    assert_eq!((lines.len(), pages), (250, 3));
    assert_eq!(lines[0], "ok 1 commit 250");
    assert_eq!(lines[9..12], ["none 0 commit 241", "err 2 commit 240", "none 0 commit 239"]);
    assert_eq!(lines[249], "none 0 commit 1");
    // What comes meanwhile moves no page.
    let first: CommitPage = server.json("/api/commits");
    repo.git(&["commit-tree", "HEAD^{tree}", "-m", "x"]);
    let new = repo.git(&["commit-tree", "HEAD^{tree}", "-p", "main", "-m", "new"]);
    repo.git(&["update-ref", "refs/heads/main", &new]);
    let second: CommitPage = server.json(&format!("/api/commits?page={}", first.next.unwrap()));
    assert_eq!(second.commits[0].subject, "commit 150");
    let again: CommitPage = server.json("/api/commits");
    assert_eq!(again.commits[0].subject, "new");
    assert_eq!(again.commits[0].branches, ["main"]);
}

#[test]
fn filters_let_through_what_they_say() {
    let repo = long_history(250);
    let server = Server::start(&repo);
    let count = |query: &str| all_pages(&server, query).0.len();
    assert_eq!(count("status=err"), 12);
    assert_eq!(count("status=ok"), 13);
    assert_eq!(count("status=none"), 225);
    assert_eq!(count("status=running"), 0);
    assert_eq!(count("author=GRACE"), 125);
    assert_eq!(count("author=example.com"), 125);
    assert_eq!(count("author=ada&status=err"), 0);
    assert_eq!(count("text=Commit+24"), 11);
    assert_eq!(count("text=commit%2024&status=err"), 1);
    let id = repo.git(&["rev-parse", "main~7"]);
    assert_eq!(all_pages(&server, &format!("text={}", &id[..12])).0, ["none 0 commit 243"]);
    assert_eq!(all_pages(&server, "branch=main~249").0, ["none 0 commit 1"]);
}

#[test]
fn an_answer_that_is_as_it_was_is_not_sent_again() {
    let fixture = Fixture::new();
    let server = Server::start(&fixture.repo);
    for path in [
        "/api/repository",
        "/api/branches",
        "/api/commits",
        &format!("/api/commit/{}", fixture.first),
        &format!("/api/commit/{}/latest", fixture.first),
        &format!("/api/commit/{}/latest/log", fixture.first),
    ] {
        let first = server.get(path);
        assert_eq!(first.header("cache-control"), Some("no-cache"));
        let tag = first.header("etag").unwrap();
        let again = server.get_with(path, &[("If-None-Match", tag)]);
        assert_eq!((again.status, again.body.len()), (304, 0), "{path}");
    }
    let tag = server.get("/api/commits").header("etag").unwrap().to_owned();
    fixture.repo.commit("another");
    let changed = server.get_with("/api/commits", &[("If-None-Match", &tag)]);
    assert_eq!(changed.status, 200);
    let repository: Repository = server.json("/api/repository");
    assert!(repository.has_commits && repository.has_runs && !repository.has_script);
}

#[test]
fn a_commit_with_many_runs_lists_the_newest() {
    let repo = TestRepo::new();
    let commit = repo.commit("first");
    let run = repo.plumb_run(&commit, &PlumbedRun::new("1767323000-0000", "ok"));
    let target = repo.git(&["rev-parse", &run]);
    let refs: String = (1..25)
        .map(|number| {
            format!("create refs/jci-runs/{commit}/{}-0000 {target}\n", 1_767_323_000 + number)
        })
        .collect();
    let mut command = repo.environment.command("git", repo.path());
    let _ = Finished::fed(command.args(["update-ref", "--stdin"]), refs.as_bytes()).success();
    let server = Server::start(&repo);
    let page: CommitPage = server.json("/api/commits");
    assert_eq!((page.commits[0].run_count, page.commits[0].runs.len()), (25, 10));
    assert_eq!(page.commits[0].runs[0].run, "1767323024-0000");
    let all: CommitRuns = server.json(&format!("/api/commit/{commit}"));
    assert_eq!(all.runs.len(), 25);
}
