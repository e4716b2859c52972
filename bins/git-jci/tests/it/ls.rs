//! `git jci ls`.

use insta::assert_snapshot;
use jci_testkit::{Facts, PlumbedRun, TestRepo};

use crate::fixture::{FACTS, FAILED, Fixture, PASSED, the_same_in_all_formats};
use crate::jci::{jci, jci_in, shown};
use crate::terminal::on_terminal;

#[test]
fn runs_of_jci_and_of_the_original_tool_are_listed_newest_first() {
    let listed = the_same_in_all_formats(|fixture| fixture.jci(&["ls"]));
    assert_snapshot!(listed, @"
    exit 0
    --- stdout
    STATUS  RUN              COMMIT        BRANCH  STARTED           TOOK        NOTE    SUBJECT
    ✓ ok    1767326645-00cc  [second....]  main    2026-01-02 04:04  1.2 s               add a report
    ✗ err   1767323100-00bb  [first.....]  main    2026-01-02 03:05  1 min 35 s  exit 2  first steps
    ✓ ok    1767323045-00aa  [first.....]          2026-01-02 03:04                      first steps
    ");
}

#[test]
fn runs_are_chosen_by_commit_status_and_branch() {
    let fixture = Fixture::new();
    let facts = Facts { branch: Some("topic"), ..FACTS };
    let topic = PlumbedRun::new("1767330000-00dd", "ok").facts(facts);
    fixture.repo.plumb_run(&fixture.second, &topic);
    assert_snapshot!(fixture.jci(&["ls", "HEAD~1"]), @"
    exit 0
    --- stdout
    STATUS  RUN              COMMIT        BRANCH  STARTED           TOOK        NOTE    SUBJECT
    ✗ err   1767323100-00bb  [first.....]  main    2026-01-02 03:05  1 min 35 s  exit 2  first steps
    ✓ ok    1767323045-00aa  [first.....]          2026-01-02 03:04                      first steps
    ");
    assert_snapshot!(fixture.jci(&["ls", "--status", "err"]), @"
    exit 0
    --- stdout
    STATUS  RUN              COMMIT        BRANCH  STARTED           TOOK        NOTE    SUBJECT
    ✗ err   1767323100-00bb  [first.....]  main    2026-01-02 03:05  1 min 35 s  exit 2  first steps
    ");
    assert_snapshot!(fixture.jci(&["ls", "--branch", "topic"]), @"
    exit 0
    --- stdout
    STATUS  RUN              COMMIT        BRANCH  STARTED           TOOK   SUBJECT
    ✓ ok    1767330000-00dd  [second....]  topic   2026-01-02 04:04  1.2 s  add a report
    ");
    assert_snapshot!(fixture.jci(&["ls", "--branch", "nowhere"]), @"
    exit 0
    --- stderr
    no run is like that; type `git jci ls` to see what there is
    ");
    assert_snapshot!(fixture.jci(&["ls", "--status", "broken"]), @"
    exit 2
    --- stderr
    error: invalid value 'broken' for '--status <STATUS>'
      [possible values: ok, err, running]

      tip: a similar value exists: 'ok'

    For more information, try '--help'.
    ");
}

#[test]
fn runs_of_changed_files_are_marked() {
    let fixture = Fixture::new();
    let run = |id: &str, status: &str| PlumbedRun::new(id, status).trailer("Jci-Dirty", "true");
    let timeout = Facts { exit_code: None, reason: Some("timeout"), ..FACTS };
    fixture.repo.plumb_run(&fixture.first, &run("1767330000-00dd", "ok").facts(FACTS));
    fixture.repo.plumb_run(&fixture.first, &run("1767330000-00ee", "err").facts(timeout));
    assert_snapshot!(fixture.jci(&["ls", "HEAD~1"]), @"
    exit 0
    --- stdout
    STATUS  RUN              COMMIT        BRANCH  STARTED           TOOK        NOTE            SUBJECT
    ✗ err   1767330000-00ee  [first.....]  main    2026-01-02 04:04  1.2 s       timeout, dirty  first steps
    ✓ ok    1767330000-00dd  [first.....]  main    2026-01-02 04:04  1.2 s       dirty           first steps
    ✗ err   1767323100-00bb  [first.....]  main    2026-01-02 03:05  1 min 35 s  exit 2          first steps
    ✓ ok    1767323045-00aa  [first.....]          2026-01-02 03:04                              first steps
    ");
    let listed = jci(&fixture.repo, &["ls", "HEAD~1", "--json"]).success().stdout();
    let listed: serde_json::Value = serde_json::from_str(&listed).unwrap();
    let dirty = listed["runs"].as_array().unwrap().iter().map(|run| run["dirty"].as_bool());
    assert_eq!(dirty.collect::<Vec<_>>(), [true, true, false, false].map(Some));
}

#[test]
fn what_is_not_listed_is_said() {
    let fixture = Fixture::new();
    assert_snapshot!(fixture.jci(&["ls", "-n", "1"]), @"
    exit 0
    --- stdout
    STATUS  RUN              COMMIT        BRANCH  STARTED           TOOK   SUBJECT
    ✓ ok    1767326645-00cc  [second....]  main    2026-01-02 04:04  1.2 s  add a report
    --- stderr
    … and 2 more; type `git jci ls --all` to see every run
    ");
    assert_snapshot!(fixture.jci(&["ls", "-n", "1", "--status", "ok"]), @"
    exit 0
    --- stdout
    STATUS  RUN              COMMIT        BRANCH  STARTED           TOOK   SUBJECT
    ✓ ok    1767326645-00cc  [second....]  main    2026-01-02 04:04  1.2 s  add a report
    --- stderr
    … 2 older runs not looked at; add `--all` to look at every run
    ");
    assert_eq!(fixture.jci(&["ls", "--all"]), fixture.jci(&["ls"]));
    assert_snapshot!(fixture.jci(&["ls", "-n", "0"]), @"
    exit 2
    --- stderr
    error: invalid value '0' for '--number <N>': number would be zero for non-zero type

    For more information, try '--help'.
    ");
    assert_snapshot!(fixture.jci(&["ls", "-n", "1", "--all"]), @"
    exit 2
    --- stderr
    error: the argument '--number <N>' cannot be used with '--all'

    Usage: git jci ls --number <N> [REV]

    For more information, try '--help'.
    ");
}

#[test]
fn since_counts_back_from_now() {
    let fixture = Fixture::new();
    let now = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs();
    let run = |ago: u64| {
        let id = format!("{}-0001", now - ago);
        fixture.repo.plumb_run(&fixture.second, &PlumbedRun::new(&id, "ok"));
        id
    };
    let (new, old) = (run(60), run(3 * 3600));
    let listed = |since: &str| jci(&fixture.repo, &["ls", "--since", since]).success().stdout();
    assert!(listed("2h").contains(&new) && !listed("2h").contains(&old));
    assert!(listed("24h").contains(&old) && !listed("24h").contains(PASSED));
    assert!(listed("1100m").contains(FAILED));
    assert_snapshot!(fixture.jci(&["ls", "--since", "1s"]), @"
    exit 0
    --- stderr
    no run is like that; type `git jci ls` to see what there is
    ");
    // As `prune --older-than` has it: months.
    assert!(listed("6m").contains(&old) && !listed("6m").contains(PASSED));
    assert_snapshot!(fixture.jci(&["ls", "--since", "yesterday"]), @"
    exit 2
    --- stderr
    error: invalid value 'yesterday' for '--since <AGE>': expected 30d, 2w, 6m (months of 30 days), 4h, or a Go duration such as 1h30m

    For more information, try '--help'.
    ");
    assert_snapshot!(fixture.jci(&["ls", "--since=-1h"]), @"
    exit 2
    --- stderr
    error: invalid value '-1h' for '--since <AGE>': it is a time that lies ahead

    For more information, try '--help'.
    ");
}

#[test]
fn where_there_is_no_run_it_says_how_to_make_one() {
    let repo = TestRepo::new();
    assert_snapshot!(shown(&repo, &jci(&repo, &["ls"])), @"
    exit 0
    --- stderr
    no runs yet; type `git jci run` to make one, or `git jci pull` to get those made elsewhere
    ");
    assert_snapshot!(shown(&repo, &jci(&repo, &["ls", "HEAD"])), @"
    exit 3
    --- stderr
    error: this repository has no commit yet
    hint: a run belongs to a commit: type `git commit` first
    ");
    repo.commit("first");
    let listed = shown(&repo, &jci(&repo, &["ls", "main"]));
    let listed = listed.replace(&repo.git(&["rev-parse", "--short=12", "HEAD"]), "[commit]");
    assert_snapshot!(listed, @"
    exit 0
    --- stderr
    no run of the commit [commit] yet; type `git jci run main`
    ");
    let outside = repo.environment.path("home");
    assert_snapshot!(shown(&repo, &jci_in(&repo, &outside, &["ls"])), @r#"
    exit 3
    --- stderr
    error: no git repository at [home]: Could not find a git repository in "[home]" or in any of its parents
    hint: type `git init` to make one, or go to a folder of one
    "#);
}

#[test]
fn a_bare_repository_is_listed_as_any_other() {
    let fixture = Fixture::new();
    let bare = fixture.repo.environment.path("bare.git");
    let all = "+refs/*:refs/*";
    fixture.repo.git(&["clone", "--quiet", "--bare", ".", bare.to_str().unwrap()]);
    fixture.repo.git(&["push", "--quiet", bare.to_str().unwrap(), all]);
    let listed = fixture.shown(&jci_in(&fixture.repo, &bare, &["ls"]));
    assert_eq!(listed, fixture.jci(&["ls"]));
}

#[test]
fn a_run_whose_commit_is_gone_is_listed() {
    let fixture = Fixture::new();
    let gone = "0123456789abcdef0123456789abcdef01234567";
    fixture.repo.plumb_run(gone, &PlumbedRun::new("1767330000-00dd", "ok").facts(FACTS));
    assert_snapshot!(fixture.jci(&["ls", "-n", "1"]), @"
    exit 0
    --- stdout
    STATUS  RUN              COMMIT        BRANCH  STARTED           TOOK   SUBJECT
    ✓ ok    1767330000-00dd  0123456789ab  main    2026-01-02 04:04  1.2 s  (commit is gone)
    --- stderr
    … and 3 more; type `git jci ls --all` to see every run
    ");
}

#[test]
fn a_damaged_run_hides_no_other() {
    let fixture = Fixture::new();
    fixture.repo.write("a", "not a commit");
    let blob = fixture.repo.git(&["hash-object", "-w", "a"]);
    let name = format!("refs/jci-runs/{}/1767330000-00dd", fixture.second);
    fixture.repo.git(&["update-ref", &name, &blob]);
    assert_snapshot!(fixture.jci(&["ls"]), @"
    exit 4
    --- stdout
    STATUS  RUN              COMMIT        BRANCH  STARTED           TOOK        NOTE    SUBJECT
    ✓ ok    1767326645-00cc  [second....]  main    2026-01-02 04:04  1.2 s               add a report
    ✗ err   1767323100-00bb  [first.....]  main    2026-01-02 03:05  1 min 35 s  exit 2  first steps
    ✓ ok    1767323045-00aa  [first.....]          2026-01-02 03:04                      first steps
    --- stderr
    warning: failed to read the run 1767330000-00dd of [second....]: expected a commit, found blob at refs/jci-runs/[second]/1767330000-00dd
    hint: it may be damaged or not fetched whole: type `git jci doctor`
    ");
}

#[test]
fn what_others_wrote_cannot_steer_the_terminal() {
    let fixture = Fixture::new();
    let commit = fixture.repo.commit("\u{1b}[2Jgone \u{202e}txt\u{7}");
    let facts = Facts { branch: Some("\u{1b}]0;x\u{7}"), ..FACTS };
    fixture.repo.plumb_run(&commit, &PlumbedRun::new("1767330000-00dd", "ok").facts(facts));
    let listed = fixture.jci(&["ls", "-n", "1"]).replace(&commit[..12], "[commit]    ");
    assert_snapshot!(listed, @"
    exit 0
    --- stdout
    STATUS  RUN              COMMIT        BRANCH  STARTED           TOOK   SUBJECT
    ✓ ok    1767330000-00dd  [commit]      �]0;x�  2026-01-02 04:04  1.2 s  �[2Jgone �txt�
    --- stderr
    … and 3 more; type `git jci ls --all` to see every run
    ");
}

#[test]
fn a_narrow_terminal_gets_fewer_columns_and_a_shorter_subject() {
    let mut fixture = Fixture::new();
    fixture.repo.environment.set("NO_COLOR", "1");
    fixture.repo.git(&[
        "commit",
        "--quiet",
        "--allow-empty",
        "--amend",
        "-m",
        &"wide 漢字 ".repeat(9),
    ]);
    let head = fixture.repo.git(&["rev-parse", "HEAD"]);
    fixture.repo.plumb_run(&head, &PlumbedRun::new(PASSED, "ok").facts(FACTS));
    let listed = |columns| {
        let listed = on_terminal(&fixture.repo, columns, &["ls", "HEAD"]);
        assert_eq!(listed.code(), Some(0));
        fixture.redact(&listed.stdout().replace('\r', "")).replace(&head[..12], "[commit]    ")
    };
    assert_snapshot!(listed(180), @"
    STATUS  RUN              COMMIT        BRANCH  STARTED           TOOK   SUBJECT
    ✓ ok    1767326645-00cc  [commit]      main    2026-01-02 04:04  1.2 s  wide 漢字 wide 漢字 wide 漢字 wide 漢字 wide 漢字 wide 漢字 wide 漢字 wide 漢字 wide 漢字
    ");
    // Not a column more: it depends on the day whether there is room for the age, too.
    assert_snapshot!(listed(78), @"
    STATUS  RUN              STARTED           TOOK   SUBJECT
    ✓ ok    1767326645-00cc  2026-01-02 04:04  1.2 s  wide 漢字 wide 漢字 wide 漢…
    ");
    assert_snapshot!(listed(60), @"
    STATUS  RUN              TOOK   SUBJECT
    ✓ ok    1767326645-00cc  1.2 s  wide 漢字 wide 漢字 wide 漢…
    ");
}

#[test]
fn json_is_as_documented() {
    let fixture = Fixture::new();
    let printed = jci(&fixture.repo, &["ls", "-n", "2", "--json"]).success().stdout();
    crate::documented::check("ls", &printed);
    let none = jci(&fixture.repo, &["ls", "--branch", "nowhere", "--json"]).success();
    assert_snapshot!(none.stdout(), @r#"
    {
      "schema": "jci.ls/1",
      "runs": [],
      "not_listed": 0
    }
    "#);
    assert_eq!(none.stderr(), "");
}
