//! `git jci show`.

use insta::assert_snapshot;
use jci_testkit::{Facts, PlumbedRun};

use crate::fixture::{FACTS, FAILED, Fixture, ORIGINAL, PASSED, the_same_in_all_formats};
use crate::jci::{jci, jci_in};
use crate::running::Running;
use crate::terminal::on_terminal;

#[test]
fn the_latest_run_of_head_is_shown_with_its_files() {
    let shown = the_same_in_all_formats(|fixture| {
        // The size of run.json depends on how long the ids of commits are.
        let size = |line: &&str| !line.ends_with(" run.json\n") && !line.starts_with("8 files, ");
        fixture.jci(&["show"]).split_inclusive('\n').filter(size).collect()
    });
    assert_snapshot!(shown, @"
    exit 0
    --- stdout
    ✓ ok  1767326645-00cc
    commit     [second] add a report
    branch     main
    trigger    manual
    started    2026-01-02 04:04:05 +00:00 ([age] ago)
    took       1.2 s
    host       linux x86_64
    tool       git-jci 0.1.0
    ref        refs/jci-runs/[second]/1767326645-00cc

            16 B  index.html
            18 B  latest@
             4 B  report/data.bin
             9 B  report/summary.txt
            18 B  run.output.txt
             3 B  status.txt
            20 B  tool*
    ");
}

#[test]
fn a_run_of_the_original_tool_tells_less() {
    let shown = the_same_in_all_formats(|fixture| fixture.jci(&["show", ORIGINAL]));
    assert_snapshot!(shown, @"
    exit 0
    --- stdout
    ✓ ok  1767323045-00aa
    commit     [first] first steps
    started    2026-01-02 03:04:05 +00:00 ([age] ago)
    ref        refs/jci-runs/[first]/1767323045-00aa

    3 files, 43 B:
            16 B  index.html
            24 B  run.output.txt
             3 B  status.txt
    ");
}

#[test]
fn a_run_is_named_by_its_id_its_ref_or_a_commit() {
    let fixture = Fixture::new();
    let failed = fixture.jci(&["show", FAILED]);
    assert!(failed.contains(&format!("✗ err  {FAILED}")), "{failed}");
    let by_ref = format!("refs/jci-runs/{}/{FAILED}", fixture.first);
    let short_ref = format!("{}/{FAILED}", fixture.first);
    for name in ["1767323100-", "17673231", "HEAD^", &fixture.first[..9], &by_ref, &short_ref] {
        assert_eq!(fixture.jci(&["show", name]), failed, "{name}");
    }
    for name in ["main", "@", PASSED] {
        assert_eq!(fixture.jci(&["show", name]), fixture.jci(&["show"]), "{name}");
    }
}

#[test]
fn what_names_no_run_is_said_with_a_way_out() {
    let fixture = Fixture::new();
    assert_snapshot!(fixture.jci(&["show", "1767323"]), @"
    exit 3
    --- stderr
    error: 2 runs begin with 1767323: 1767323100-00bb of [first.....], 1767323045-00aa of [first.....]
    hint: type more of the id, or <full commit id>/<run id>
    ");
    assert_snapshot!(fixture.jci(&["show", "nothing"]), @r#"
    exit 3
    --- stderr
    error: "nothing" names no commit and no run here
    hint: type `git jci ls` to see the runs, `git log` to see the commits
    "#);
    assert_snapshot!(fixture.jci(&["show", "1999999999-0000"]), @r#"
    exit 3
    --- stderr
    error: "1999999999-0000" names no commit and no run here
    hint: type `git jci ls` to see the runs, `git log` to see the commits
    "#);
    assert_snapshot!(fixture.jci(&["show", "--", "-x"]), @r#"
    exit 3
    --- stderr
    error: "-x" names no commit and no run here
    hint: type `git jci ls` to see the runs, `git log` to see the commits
    "#);
    assert_snapshot!(fixture.jci(&["show", "-x"]), @"
    exit 2
    --- stderr
    error: unexpected argument '-x' found

      tip: to pass '-x' as a value, use '-- -x'

    Usage: git jci show [OPTIONS] [RUN]

    For more information, try '--help'.
    ");
    let third = fixture.repo.commit("third");
    let shown = |name| fixture.jci(&["show", name]).replace(&third[..12], "[third]");
    assert_snapshot!(shown("main"), @"
    exit 3
    --- stderr
    error: main ([third]) has no run here
    hint: type `git jci run main` to make one, or `git jci pull` to get those made elsewhere
    hint: type `git jci ls` to see the runs of other commits
    ");
    let shown = fixture.jci(&["show"]).replace(&third[..12], "[third]");
    assert_snapshot!(shown, @"
    exit 3
    --- stderr
    error: HEAD ([third]) has no run here
    hint: type `git jci run` to make one, or `git jci pull` to get those made elsewhere
    hint: type `git jci ls` to see the runs of other commits
    ");
}

#[test]
fn every_fact_of_a_run_is_shown() {
    let fixture = Fixture::new();
    let facts = Facts { reason: Some("timeout"), exit_code: None, ..FACTS };
    let record = r#"{"schema":"jci.run/1","run":"1767330000-00dd","commit":"00","dirty":true,
        "status":"err","started":"2026-01-02T05:00:00Z","trigger":"cron",
        "host":{"os":"plan9","arch":"mips"},"tool":{"name":"other","version":"9"},
        "left_out":[{"path":"a\u001b/sock","why":"a socket"}]}"#;
    let run = PlumbedRun::new("1767330000-00dd", "err").facts(facts).file("run.json", record);
    let run = run.trailer("Jci-Dirty", "true");
    fixture.repo.plumb_run(&fixture.second, &run);
    assert_snapshot!(fixture.jci(&["show"]), @r#"
    exit 0
    --- stdout
    ✗ err  1767330000-00dd
    reason     timeout
    commit     [second] add a report
    branch     main
    dirty      the work tree differed from the commit
    trigger    cron
    started    2026-01-02 04:04:05 +00:00 ([age] ago)
    took       1.2 s
    host       plan9 mips
    tool       other 9
    ref        refs/jci-runs/[second]/1767330000-00dd
    left out   "a\u{1b}/sock": a socket

    4 files, 313 B:
            16 B  index.html
           293 B  run.json
             0 B  run.output.txt
             4 B  status.txt
    "#);
}

#[test]
fn a_record_that_makes_no_sense_hides_nothing_else() {
    let fixture = Fixture::new();
    let run = PlumbedRun::new("1767330000-00dd", "ok").facts(FACTS).file("run.json", "{");
    fixture.repo.plumb_run(&fixture.second, &run);
    let shown = fixture.jci(&["show"]);
    assert!(shown.contains("4 files"), "{shown}");
    assert_snapshot!(shown.split("--- stderr").nth(1).unwrap(), @"

    warning: failed to read the run 1767330000-00dd of [second....]: expected a record of schema jci.run/1, found EOF while parsing an object at line 1 column 1 at refs/jci-runs/[second]/1767330000-00dd:run.json
    hint: it may be damaged or not fetched whole: type `git jci doctor`
    ");
}

#[test]
fn odd_names_are_quoted_and_many_files_are_cut_short() {
    let fixture = Fixture::new();
    let odd = PlumbedRun::new("1767330000-00dd", "ok")
        .file(b"a\nb\xff\x1b.txt", "odd")
        .file("\"q\"", "")
        .file("ü b", "");
    fixture.repo.plumb_run(&fixture.second, &odd);
    let shown = fixture.jci(&["show"]);
    assert_snapshot!(shown.split("files").nth(1).unwrap(), @r#"
    , 22 B:
             0 B  "\"q\""
             3 B  "a\nb\377\033.txt"
            16 B  index.html
             0 B  run.output.txt
             3 B  status.txt
             0 B  ü b
    "#);
    let json = jci(&fixture.repo, &["show", "--json"]).success().stdout();
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let odd = json["files"].as_array().unwrap().iter().find(|file| file["path_hex"].is_string());
    assert_eq!(odd.unwrap()["path_hex"], "610a62ff1b2e747874");

    let many = PlumbedRun::new("1767330000-00ee", "ok");
    let many = (0..60).fold(many, |run, i| run.file(format!("many/{i:03}"), "same"));
    fixture.repo.plumb_run(&fixture.second, &many);
    let shown = jci(&fixture.repo, &["show", "1767330000-00ee"]).success();
    assert!(shown.stdout().contains("many/048\n") && !shown.stdout().contains("many/049\n"));
    assert_snapshot!(shown.stderr(), @"… and 13 more; type `git jci show --all 1767330000-00ee` to see every file");
    let all = jci(&fixture.repo, &["show", "1767330000-00ee", "--all"]).success();
    assert!(all.stdout().contains("many/059\n") && all.stderr().is_empty(), "{all:?}");
}

#[test]
fn a_run_that_goes_on_is_shown() {
    let fixture = Fixture::new();
    let running = Running::start(&fixture.repo);
    let listed = jci(&fixture.repo, &["ls", "--status", "running", "--json"]).success().stdout();
    let listed: serde_json::Value = serde_json::from_str(&listed).unwrap();
    let id = listed["runs"][0]["run"].as_str().unwrap().to_owned();
    let shown = jci(&fixture.repo, &["show"]).success().stdout();
    let first = shown.lines().next().unwrap();
    assert_eq!(first, format!("● running  {id}"));
    assert!(shown.ends_with(&format!("\ntype `git jci log -f {id}` to follow it\n")), "{shown}");
    assert!(shown.contains("trigger    manual\n"), "{shown}");
    running.tell("pass");
    let shown = jci(&fixture.repo, &["show", &id]).success().stdout();
    assert!(shown.starts_with(&format!("✓ ok  {id}\n")), "{shown}");
    assert!(shown.contains("  kept.txt\n"), "{shown}");
}

#[test]
fn a_bare_repository_needs_no_work_tree() {
    let fixture = Fixture::new();
    let git = fixture.repo.path().join(".git");
    fixture.repo.git(&["config", "core.bare", "true"]);
    let shown = fixture.shown(&jci_in(&fixture.repo, &git, &["show", "main"]));
    assert!(shown.contains(&format!("✓ ok  {PASSED}")), "{shown}");
}

#[test]
fn colours_are_for_terminals_whose_owner_wants_them() {
    let mut fixture = Fixture::new();
    let coloured = on_terminal(&fixture.repo, 80, &["show", FAILED]).success().stdout();
    assert!(coloured.starts_with("\u{1b}[31m✗ err\u{1b}[0m  "), "{coloured:?}");
    fixture.repo.environment.set("NO_COLOR", "1");
    let plain = on_terminal(&fixture.repo, 80, &["show", FAILED]).success().stdout();
    assert!(plain.starts_with("✗ err  "), "{plain:?}");
}

#[test]
fn json_is_as_documented() {
    let fixture = Fixture::new();
    let printed = jci(&fixture.repo, &["show", PASSED, "--json"]).success().stdout();
    crate::documented::check("show", &printed);
    let original = jci(&fixture.repo, &["show", ORIGINAL, "--json"]).success().stdout();
    let original: serde_json::Value = serde_json::from_str(&original).unwrap();
    assert_eq!(original["host"], serde_json::Value::Null);
    assert_eq!(original["files"].as_array().unwrap().len(), 3);
}
