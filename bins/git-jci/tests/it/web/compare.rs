//! Views of files, and of two runs.

use insta::assert_snapshot;
use jci_proto::{Comparison, JunitReport, LogDifference};
use jci_testkit::PlumbedRun;

use super::server::Server;
use crate::fixture::{FACTS, FAILED, Fixture, PASSED};

const RUN: &str = "1767330000-00dd";

#[test]
fn two_runs_are_compared_file_by_file() {
    let fixture = Fixture::new();
    let run = PlumbedRun::new(RUN, "err")
        .facts(FACTS)
        .log("begin\nall is well\n")
        .file("report/summary.txt", "2 passed\n")
        .executable("tool", "#!/bin/sh\necho tool\n")
        .file("latest", "report/summary.txt");
    fixture.repo.plumb_run(&fixture.second, &run);
    let server = Server::start(&fixture.repo);
    let Fixture { second, .. } = &fixture;
    let comparison: Comparison =
        server.json(&format!("/api/compare/{second}/{PASSED}/{second}/{RUN}"));
    assert_eq!((comparison.from.run.as_str(), comparison.to.run.as_str()), (PASSED, RUN));
    let mut text = format!("{} unchanged\n", comparison.unchanged);
    for change in &comparison.files {
        let side = |file: &Option<jci_proto::File>| file.as_ref().map(|it| (it.kind, it.size));
        let (from, to) = (side(&change.from), side(&change.to));
        text += &format!("{:?} {} {from:?} {to:?}\n", change.change, change.path.path);
    }
    assert_snapshot!(text, @"
    2 unchanged
    Changed latest Some((Symlink, 18)) Some((File, 18))
    Removed report/data.bin Some((File, 4)) None
    Changed report/summary.txt Some((File, 9)) Some((File, 9))
    Changed status.txt Some((File, 3)) Some((File, 4))
    ");
}

#[test]
fn logs_are_compared_with_times_and_ids_evened_out() {
    let fixture = Fixture::new();
    let log = |time: &str, id: &str, last: &str| {
        let same: String = (0..50).map(|number| format!("step {number} took {time}\n")).collect();
        format!("at {time} of {id}\n{same}{last}\n")
    };
    for (id, text) in [
        ("1767330000-0001", log("12.5 ms", "0826c9ea5a45", "3 passed")),
        ("1767330000-0002", log("1m 2s", "deadbeef0123", "2 passed, 1 failed")),
    ] {
        fixture.repo.plumb_run(&fixture.first, &PlumbedRun::new(id, "ok").log(text));
    }
    let server = Server::start(&fixture.repo);
    let first = &fixture.first;
    let path = format!("/api/compare/{first}/1767330000-0001/{first}/1767330000-0002/log");
    let difference: LogDifference = server.json(&path);
    let mut text = format!("cut: {}\n", difference.cut);
    for hunk in difference.hunks {
        for line in hunk.lines {
            text += &format!("{:?} {:?} {:?} {}\n", line.change, line.from, line.to, line.text);
        }
        text += "--\n";
    }
    assert_snapshot!(text, @"
    cut: false
    Same Some(48) Some(48) step 47 took 1m 2s
    Same Some(49) Some(49) step 48 took 1m 2s
    Same Some(50) Some(50) step 49 took 1m 2s
    Removed Some(51) None 3 passed
    Added None Some(51) 2 passed, 1 failed
    --
    ");
    let same: LogDifference =
        server.json(&format!("/api/compare/{first}/{FAILED}/{first}/{FAILED}/log"));
    assert_eq!((same.hunks.len(), same.cut), (0, false));
}

#[test]
fn a_report_of_tests_is_read_and_what_is_none_says_so() {
    let fixture = Fixture::new();
    let report = "<testsuite name='s'><testcase name='a'/><testcase name='b'>\
                  <failure message='no'/></testcase></testsuite>";
    let run =
        PlumbedRun::new(RUN, "err").file("out/junit.xml", report).file("pom.xml", "<project/>");
    fixture.repo.plumb_run(&fixture.second, &run);
    let server = Server::start(&fixture.repo);
    let path = format!("/api/commit/{}/{RUN}/junit?file=", fixture.second);
    let found: JunitReport = server.json(&format!("{path}out%2Fjunit.xml"));
    assert_eq!((found.tests, found.failed, found.suites[0].cases.len()), (2, 1, 2));
    assert_snapshot!(server.problem(&format!("{path}pom.xml")), @r#"422 not of this kind: "pom.xml" is no JUnit report: it begins with <project>; it can be looked at as text"#);
    assert_snapshot!(server.problem(&format!("{path}status.txt")), @r#"422 not of this kind: "status.txt" is no JUnit report: there is no tag in it; it can be looked at as text"#);
}

#[test]
fn markdown_stands_alone_and_runs_nothing() {
    let fixture = Fixture::new();
    let text = "# Report\n\n![shot](shot.png)\n\n<script>alert(1)</script>\n";
    let run = PlumbedRun::new(RUN, "ok").file("docs/r.md", text).file("docs/shot.png", "png");
    fixture.repo.plumb_run(&fixture.second, &run);
    let server = Server::start(&fixture.repo);
    let page = server.get(&format!("/api/commit/{}/{RUN}/markdown?file=docs/r.md", fixture.second));
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    let html = page.text();
    assert!(html.contains("<h1>Report</h1>") && !html.contains("<script"), "{html}");
    let picture = html.split("<img src=\"").nth(1).unwrap().split('"').next().unwrap();
    assert_eq!(server.get(picture).text(), "png");
    let folder = picture.strip_suffix("docs/shot.png").unwrap();
    let policy = page.header("content-security-policy").unwrap();
    let host = server.address.to_string();
    let hash = policy.split("sha256-").nth(1).unwrap().split('\'').next().unwrap();
    let policy =
        policy.replace(folder, "[folder]").replace(&host, "[host]").replace(hash, "[hash]");
    assert_snapshot!(policy, @"default-src 'none'; style-src 'sha256-[hash]'; img-src http://[host][folder] https://[host][folder] data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox");
}
