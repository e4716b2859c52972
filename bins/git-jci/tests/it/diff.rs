//! `git jci diff`.

use insta::assert_snapshot;
use jci_testkit::{Formats, PlumbedRun};

use crate::fixture::{FACTS, FAILED, Fixture, ORIGINAL, PASSED, the_same_in_all_formats};
use crate::jci::{jci, jci_in};

#[test]
fn facts_files_and_texts_are_compared() {
    let told = the_same_in_all_formats(|fixture| fixture.jci(&["diff", "HEAD^", "HEAD", "--stat"]));
    assert_snapshot!(told, @"
    exit 0
    --- stdout
             1767323100-00bb   1767326645-00cc
    status   ✗ err             ✓ ok
    reason   exit 2            -
    commit   [first.....]      [second....]
    started  2026-01-02 03:05  2026-01-02 04:04
    took     1 min 35 s        1.2 s

    A  18 B         latest
    A  4 B          report/data.bin
    A  9 B          report/summary.txt
    M  12 B → 18 B  run.output.txt
    M  4 B → 3 B    status.txt
    A  20 B         tool

     latest             |   1 +
     report/data.bin    | Bin 0 -> 4 bytes
     report/summary.txt |   1 +
     run.output.txt     |   2 +-
     status.txt         |   2 +-
     tool               |   2 ++
     6 files changed, 6 insertions(+), 2 deletions(-)
    ");
    let fixture = Fixture::new();
    let told = fixture.jci(&["diff", FAILED, PASSED]);
    let (_, text) = told.split_once("diff --git").unwrap();
    assert_snapshot!(text, @r"
     a/latest b/latest
    new file mode 120000
    index 0000000..b44cbf2
    --- /dev/null
    +++ b/latest
    @@ -0,0 +1 @@
    +report/summary.txt
    \ No newline at end of file
    diff --git a/report/data.bin b/report/data.bin
    new file mode 100644
    index 0000000..e1bcee3
    Binary files /dev/null and b/report/data.bin differ
    diff --git a/report/summary.txt b/report/summary.txt
    new file mode 100644
    index 0000000..c7a74a5
    --- /dev/null
    +++ b/report/summary.txt
    @@ -0,0 +1 @@
    +3 passed
    diff --git a/run.output.txt b/run.output.txt
    index 25d6172..5a7780c 100644
    --- a/run.output.txt
    +++ b/run.output.txt
    @@ -1,2 +1,2 @@
     begin
    -oh no
    +all is well
    diff --git a/status.txt b/status.txt
    index 1419eb9..9766475 100644
    --- a/status.txt
    +++ b/status.txt
    @@ -1 +1 @@
    -err
    +ok
    diff --git a/tool b/tool
    new file mode 100755
    index 0000000..8488269
    --- /dev/null
    +++ b/tool
    @@ -0,0 +1,2 @@
    +#!/bin/sh
    +echo tool
    ");
    let names = fixture.jci(&["diff", "HEAD", "HEAD^", "--name-status"]);
    assert_snapshot!(names, @"
    exit 0
    --- stdout
             1767326645-00cc   1767323100-00bb
    status   ✓ ok              ✗ err
    reason   -                 exit 2
    commit   [second....]      [first.....]
    started  2026-01-02 04:04  2026-01-02 03:05
    took     1.2 s             1 min 35 s

    D  18 B         latest
    D  4 B          report/data.bin
    D  9 B          report/summary.txt
    M  18 B → 12 B  run.output.txt
    M  3 B → 4 B    status.txt
    D  20 B         tool
    ");
}

#[test]
fn a_run_of_changed_files_differs_in_that() {
    let fixture = Fixture::new();
    let dirty = PlumbedRun::new("1767330000-00dd", "err").trailer("Jci-Dirty", "true");
    fixture.repo.plumb_run(&fixture.first, &dirty);
    let told = fixture.jci(&["diff", FAILED, "1767330000-00dd", "--stat"]);
    assert!(told.contains("\ndirty    no                yes\n"), "{told}");
}

#[test]
fn files_that_always_differ_are_compared_when_asked_for() {
    let fixture = Fixture::new();
    for (id, page) in [("1767330000-00d1", "one\n"), ("1767330000-00d2", "two\n")] {
        let run = PlumbedRun::new(id, "ok").facts(FACTS).log("same\n").file("index.html", page);
        fixture.repo.plumb_run(&fixture.first, &run);
    }
    let diff = |options: &[&str]| {
        let runs = ["diff", "1767330000-00d1", "1767330000-00d2"];
        fixture.jci(&[&runs, options].concat())
    };
    assert_snapshot!(diff(&[]), @"
    exit 0
    --- stdout
            1767330000-00d1  1767330000-00d2
    status  ✓ ok             ✓ ok

    no file differs
    ");
    assert_snapshot!(diff(&["--all", "--name-status"]), @"
    exit 0
    --- stdout
            1767330000-00d1  1767330000-00d2
    status  ✓ ok             ✓ ok

    M  4 B → 4 B      index.html
    M  371 B → 371 B  run.json
    ");
    assert!(diff(&["--exit-code"]).starts_with("exit 0\n"));
    assert!(diff(&["--exit-code", "--all"]).starts_with("exit 1\n"));
}

#[test]
fn any_name_and_kind_is_compared() {
    let fixture = Fixture::new();
    let one = PlumbedRun::new("1767330000-00d1", "ok")
        .file("becomes-link", "x")
        .file("becomes-program", "x")
        .file(b"odd\n\xff", "x\n");
    let two = PlumbedRun::new("1767330000-00d2", "ok")
        .symlink("becomes-link", "x")
        .executable("becomes-program", "x")
        .file(b"odd\n\xff", "y\n");
    fixture.repo.plumb_run(&fixture.first, &one);
    fixture.repo.plumb_run(&fixture.first, &two);
    let names = ["diff", "1767330000-00d1", "1767330000-00d2", "--name-status"];
    assert_snapshot!(fixture.jci(&names), @r#"
    exit 0
    --- stdout
            1767330000-00d1  1767330000-00d2
    status  ✓ ok             ✓ ok

    T  1 B → 1 B  becomes-link
    M  1 B → 1 B  becomes-program
    M  2 B → 2 B  "odd\n\377"
    "#);
}

#[test]
fn where_it_is_typed_makes_no_difference() {
    for formats in [Formats::Git2, Formats::Git3] {
        let fixture = Fixture::with_formats(formats);
        let told = fixture.jci(&["diff", "HEAD^", "HEAD"]);
        let folder = fixture.repo.path().join("sub");
        std::fs::create_dir(&folder).unwrap();
        for place in [&folder, &fixture.repo.path().join(".git")] {
            let there = jci_in(&fixture.repo, place, &["diff", "HEAD^", "HEAD"]);
            assert_eq!(fixture.shown(&there), told, "in {}", place.display());
        }
    }
}

#[test]
fn a_diff_of_the_users_own_is_not_started() {
    let mut fixture = Fixture::new();
    fixture.repo.environment.set("GIT_EXTERNAL_DIFF", "false");
    let told = fixture.jci(&["diff", FAILED, PASSED]);
    assert!(told.contains("+all is well\n"), "{told}");
}

#[test]
fn both_runs_must_be_there() {
    let fixture = Fixture::new();
    assert_snapshot!(fixture.jci(&["diff", "HEAD", "nothing"]), @r#"
    exit 3
    --- stderr
    error: "nothing" names no commit and no run here
    hint: type `git jci ls` to see the runs, `git log` to see the commits
    "#);
    assert!(fixture.jci(&["diff", "HEAD"]).starts_with("exit 2\n"));
}

#[test]
fn json_is_as_documented() {
    let fixture = Fixture::new();
    let printed = jci(&fixture.repo, &["diff", ORIGINAL, PASSED, "--json"]).success().stdout();
    crate::documented::check("diff", &printed);
}
