//! Runs by the clock, with a crontab of the test's own.

use insta::assert_snapshot;
use jci_testkit::{FakeCrontab, TestRepo};
use proptest::prelude::*;

use crate::jci::{jci, jci_in, shown};

/// Two lines of `.jci/crontab`.
const ASKED: &str = "# when\n0 0 * * * branch:main name:nightly\n*/15 8-18 * * mon-fri\n";

/// A line above all others that lets cron find a git-jci.
fn path_line(repo: &TestRepo) -> String {
    repo.environment.install("git-jci", "#!/bin/sh\n");
    format!("PATH={}\n", repo.environment.path("bin").display())
}

fn world(asked: &str) -> (TestRepo, FakeCrontab) {
    let repo = TestRepo::new();
    repo.write(".jci/crontab", asked);
    let crontab = FakeCrontab::install(&repo.environment);
    crontab.set(path_line(&repo));
    (repo, crontab)
}

/// Shows a table with the mark of the repository made short.
fn table(repo: &TestRepo, crontab: &FakeCrontab) -> String {
    let table = String::from_utf8(crontab.table().unwrap()).unwrap();
    hide_mark(repo, &repo.redact(&table))
}

fn mark(repo: &TestRepo) -> String {
    let path = repo.path().canonicalize().unwrap();
    let sum = repo.run("sh", &["-c", "printf %s \"$1\" | sha256sum", "sh", path.to_str().unwrap()]);
    sum.success().stdout().split_whitespace().next().unwrap().to_owned()
}

fn hide_mark(repo: &TestRepo, text: &str) -> String {
    text.replace(&mark(repo), "[sha256]")
}

#[test]
fn sync_brings_the_lines_and_a_second_one_writes_nothing() {
    let (repo, crontab) = world(ASKED);
    assert_snapshot!(shown(&repo, &jci(&repo, &["cron", "sync"])), @r"
    exit 0
    --- stdout
    the crontab now has 2 lines of this repository: 2 added, 0 removed
    ");
    assert_snapshot!(table(&repo, &crontab), @r"
    PATH=[world]/bin
    0 0 * * * cd '[repo]' && git fetch --quiet 2>/dev/null; git checkout --quiet main 2>/dev/null && git pull --quiet 2>/dev/null; git-jci run # JCI:[sha256] [nightly]
    */15 8-18 * * mon-fri cd '[repo]' && git fetch --quiet 2>/dev/null; git pull --quiet 2>/dev/null; git-jci run # JCI:[sha256]
    ");
    assert!(crontab.calls().lines().any(|call| call == "-"));

    assert_snapshot!(shown(&repo, &jci(&repo, &["cron", "sync"])), @r"
    exit 0
    --- stdout
    nothing to do: the crontab has 2 lines of this repository
    ");
    assert!(crontab.calls().lines().all(|call| call == "-l"));
}

#[test]
fn what_changes_in_the_file_changes_in_the_crontab_in_its_place() {
    let (repo, crontab) = world(ASKED);
    let _ = jci(&repo, &["cron", "sync"]).success();
    let mut table_now = crontab.table().unwrap();
    table_now.extend(b"5 5 * * * mine\n");
    crontab.set(table_now);
    repo.write(".jci/crontab", "@weekly\n0 0 * * * branch:main name:nightly\n");
    assert_snapshot!(shown(&repo, &jci(&repo, &["cron", "sync"])), @r"
    exit 0
    --- stdout
    the crontab now has 2 lines of this repository: 1 added, 1 removed
    ");
    assert_snapshot!(table(&repo, &crontab), @r"
    PATH=[world]/bin
    @weekly cd '[repo]' && git fetch --quiet 2>/dev/null; git pull --quiet 2>/dev/null; git-jci run # JCI:[sha256]
    0 0 * * * cd '[repo]' && git fetch --quiet 2>/dev/null; git checkout --quiet main 2>/dev/null && git pull --quiet 2>/dev/null; git-jci run # JCI:[sha256] [nightly]
    5 5 * * * mine
    ");

    assert_snapshot!(shown(&repo, &jci(&repo, &["cron", "rm"])), @r"
    exit 0
    --- stdout
    removed 2 lines of this repository from the crontab
    ");
    assert_snapshot!(table(&repo, &crontab), @r"
    PATH=[world]/bin
    5 5 * * * mine
    ");
    assert_snapshot!(shown(&repo, &jci(&repo, &["cron", "rm"])), @r"
    exit 0
    --- stdout
    nothing to do: the crontab has no line of this repository
    ");
}

#[test]
fn two_repositories_and_two_work_trees_keep_out_of_each_others_way() {
    let (repo, crontab) = world("@daily\n");
    repo.commit("first");
    let linked = repo.environment.path("linked");
    repo.git(&["worktree", "add", "--quiet", linked.to_str().unwrap()]);
    let _ = jci(&repo, &["cron", "sync"]).success();
    let _ = jci_in(&repo, &linked.join(".jci"), &["cron", "sync"]).success();
    let both = String::from_utf8(crontab.table().unwrap()).unwrap();
    assert_eq!(both.lines().filter(|line| line.starts_with("@daily cd ")).count(), 2);
    let _ = jci(&repo, &["cron", "rm"]).success();
    assert!(table(&repo, &crontab).contains("@daily cd '[world]/linked'"));
}

#[test]
fn many_repositories_at_once_lose_no_line() {
    let repo = TestRepo::new();
    let crontab = FakeCrontab::install(&repo.environment);
    let repos: Vec<_> = (0..8)
        .map(|number| {
            let path = repo.environment.path(&format!("many{number}"));
            repo.git(&["init", "--quiet", path.to_str().unwrap()]);
            std::fs::create_dir(path.join(".jci")).unwrap();
            std::fs::write(path.join(".jci/crontab"), "@daily\n").unwrap();
            path
        })
        .collect();
    std::thread::scope(|scope| {
        for path in &repos {
            scope.spawn(|| jci_in(&repo, path, &["cron", "sync"]).success());
        }
    });
    let lines = crontab.table().unwrap();
    assert_eq!(lines.split(|byte| *byte == b'\n').count(), 9);
}

#[test]
fn a_crontab_that_changed_meanwhile_is_read_again() {
    let (repo, crontab) = world("@daily\n");
    let mut changed = crontab.table().unwrap();
    changed.extend(b"7 7 * * * new\n");
    crontab.set_after_next_listing(changed);
    let _ = jci(&repo, &["cron", "sync"]).success();
    assert_snapshot!(table(&repo, &crontab), @r"
    PATH=[world]/bin
    7 7 * * * new
    @daily cd '[repo]' && git fetch --quiet 2>/dev/null; git pull --quiet 2>/dev/null; git-jci run # JCI:[sha256]
    ");
}

#[test]
fn a_bad_line_stops_everything() {
    let (repo, crontab) = world("@daily\n\n0 25 * * * name:late\n");
    assert_snapshot!(shown(&repo, &jci(&repo, &["cron", "sync"])), @r#"
    exit 3
    --- stderr
    error: [repo]/.jci/crontab:3: the hour "25" is not right: value must be in range 0 to 23; found 25
    hint: a line looks like this: 30 2 * * 1-5 branch:main name:nightly
    hint: nothing was changed; correct the line and type the command again
    "#);
    assert_eq!(crontab.calls(), "");
    let _ = jci(&repo, &["cron", "ls"]).exits(3);
}

#[test]
fn a_crontab_that_refuses_is_quoted_and_the_old_one_stays() {
    let (repo, crontab) = world("@daily\n");
    crontab.refuse("\"-\":2: bad minute\nerrors in crontab file, can't install.\n");
    assert_snapshot!(shown(&repo, &jci(&repo, &["cron", "sync"])), @r#"
    exit 4
    --- stderr
    error: `crontab -` would not take the new crontab: "-":2: bad minute
    errors in crontab file, can't install.
    hint: the old crontab is still there: `crontab -l` shows it
    "#);
    assert_eq!(crontab.table().unwrap(), path_line(&repo).as_bytes());

    repo.environment
        .install("crontab", "#!/bin/sh\necho 'You (ada) are not allowed' >&2; exit 1\n");
    assert_snapshot!(shown(&repo, &jci(&repo, &["cron", "sync"])), @r"
    exit 4
    --- stderr
    error: `crontab -l` would not show your crontab: You (ada) are not allowed
    hint: who may use crontab stands in /etc/cron.allow and /etc/cron.deny
    ");
}

#[test]
fn a_sync_that_is_killed_leaves_no_half_crontab() {
    let (repo, crontab) = world("@daily\n");
    let mut foreign = path_line(&repo);
    foreign += &"1 2 3 4 5 something that fills more than one pipe\n".repeat(4000);
    crontab.set(&foreign);
    // The crontab kills who called it before it reads what it is given.
    let programs = repo.environment.path("bin");
    std::fs::rename(programs.join("crontab"), programs.join("crontab.real")).unwrap();
    repo.environment.install(
        "crontab",
        "#!/bin/sh\n[ \"$1\" = - ] || exec \"$0.real\" \"$@\"\n\
         kill -KILL $PPID\n\"$0.real\" -\necho > \"${0%/bin/*}/done\"\n",
    );
    let done = repo.environment.path("done");
    let _ = repo.run("mkfifo", &[done.to_str().unwrap()]).success();
    assert_eq!(jci(&repo, &["cron", "sync"]).code(), None);
    std::fs::read(done).unwrap();
    let table = String::from_utf8(crontab.table().unwrap()).unwrap();
    let ours = table.strip_prefix(&foreign).expect("the foreign lines are there");
    assert!(ours.starts_with("@daily cd ") && ours.ends_with('\n'), "{ours}");
}

#[test]
fn without_a_crontab_program_the_package_is_named() {
    let mut repo = TestRepo::new();
    repo.write(".jci/crontab", "@daily\n");
    repo.environment.set("PATH", repo.environment.path("bin"));
    assert_snapshot!(shown(&repo, &jci(&repo, &["cron", "sync"])), @r"
    exit 3
    --- stderr
    error: the program `crontab` is not installed
    hint: install it: the package is called cron (Debian, Ubuntu), cronie (Fedora, Arch) or dcron (Alpine)
    ");
}

#[test]
fn the_crontab_of_before_is_kept() {
    let (repo, crontab) = world("@daily\n");
    crontab.set(b"# \xff mine\n");
    let _ = jci(&repo, &["cron", "sync"]);
    let backup = std::fs::read(repo.path().join(".git/jci/crontab.backup")).unwrap();
    assert_eq!(backup, b"# \xff mine\n");
}

#[test]
fn a_user_without_a_crontab_gets_one() {
    let repo = TestRepo::new();
    repo.write(".jci/crontab", "@daily\n");
    let crontab = FakeCrontab::install(&repo.environment);
    let _ = jci(&repo, &["cron", "rm"]).success();
    assert_eq!(crontab.table(), None);
    let _ = jci(&repo, &["cron", "sync"]).success();
    assert!(crontab.table().is_some());
}

#[test]
fn a_git_jci_that_cron_would_not_find_is_warned_of() {
    let (repo, crontab) = world("@daily\n");
    crontab.set("PATH=/nowhere\n");
    let warned = jci(&repo, &["cron", "sync"]).success();
    let own = std::path::Path::new(crate::jci::BINARY).parent().unwrap();
    let said = repo.redact(&warned.stderr()).replace(own.to_str().unwrap(), "[target]");
    assert_snapshot!(said, @"warning: cron looks for programs in /nowhere, and git-jci is not there: type `crontab -e` and make `PATH=[target]:/nowhere` the first line");
}

#[test]
fn odd_paths_are_quoted_and_a_newline_is_refused() {
    let (repo, crontab) = world("@daily\n");
    let make = |name: &str| {
        let path = repo.environment.path(name);
        repo.git(&["init", "--quiet", path.to_str().unwrap()]);
        std::fs::create_dir(path.join(".jci")).unwrap();
        std::fs::write(path.join(".jci/crontab"), "@daily\n").unwrap();
        path
    };
    let odd = make("it's 100% \"$odd\"");
    let _ = jci_in(&repo, &odd, &["cron", "sync"]).success();
    let lines = table(&repo, &crontab);
    assert!(lines.contains(r#"cd '[world]/it'\''s 100\% "$odd"' &&"#), "{lines}");

    let broken = make("two\nlines");
    let refused = jci_in(&repo, &broken, &["cron", "sync"]);
    assert_snapshot!(shown(&repo, &refused), @r#"
    exit 3
    --- stderr
    error: the path "[world]/two\nlines" has a newline in it, which no crontab can hold
    hint: move the repository to a path without one
    "#);
}

/// Hides the times, which no two test runs share.
fn hide_times(text: &str) -> String {
    let words: Vec<_> = text.split_whitespace().collect();
    let dated = words.windows(3).filter(|words| words[1].parse::<jiff::civil::Date>().is_ok());
    dated.fold(text.to_owned(), |text, words| text.replace(&words.join(" "), "[day and time]"))
}

#[test]
fn ls_shows_both_sides_and_how_they_differ() {
    let (repo, crontab) = world(ASKED);
    let ls = || hide_times(&hide_mark(&repo, &shown(&repo, &jci(&repo, &["cron", "ls"]))));
    assert_snapshot!(ls(), @r"
    exit 0
    --- stdout
    WHEN                   BRANCH  NAME     CRONTAB  NEXT
    0 0 * * *              main    nightly  missing  [day and time]
    */15 8-18 * * mon-fri                   missing  [day and time]
    other lines in the crontab: 1
    the crontab differs: type `git jci cron sync` to bring it in line
    ");
    let _ = jci(&repo, &["cron", "sync"]).success();
    assert_snapshot!(ls(), @r"
    exit 0
    --- stdout
    WHEN                   BRANCH  NAME     CRONTAB    NEXT
    0 0 * * *              main    nightly  installed  [day and time]
    */15 8-18 * * mon-fri                   installed  [day and time]
    other lines in the crontab: 1
    ");
    repo.write(".jci/crontab", "0 0 * * * branch:main name:nightly\n@reboot\n");
    assert_snapshot!(ls(), @r"
    exit 0
    --- stdout
    WHEN       BRANCH  NAME     CRONTAB    NEXT
    0 0 * * *  main    nightly  installed  [day and time]
    @reboot                     missing    at boot
    stale, in the crontab but not in .jci/crontab:
      */15 8-18 * * mon-fri cd '[repo]' && git fetch --quiet 2>/dev/null; git pull --quiet 2>/dev/null; git-jci run # JCI:[sha256]
    other lines in the crontab: 1
    the crontab differs: type `git jci cron sync` to bring it in line
    ");
    std::fs::remove_file(repo.path().join(".jci/crontab")).unwrap();
    crontab.set("");
    assert_snapshot!(ls(), @r"
    exit 0
    --- stdout
    .jci/crontab asks for nothing
    other lines in the crontab: 0
    ");
    assert_snapshot!(shown(&repo, &jci(&repo, &["cron", "sync"])), @r"
    exit 3
    --- stderr
    error: there is no .jci/crontab in [repo]
    hint: make one: echo '30 2 * * * name:nightly' > .jci/crontab
    hint: or type `git jci cron rm` to take this repository's lines out of the crontab
    ");
}

#[test]
fn ls_speaks_json() {
    let (repo, _crontab) = world("0 12 1 1 * name:noon\n@reboot branch:main\n");
    let mut printed = jci(&repo, &["cron", "ls", "--json"]).success().stdout();
    let json: serde_json::Value = serde_json::from_str(&printed).unwrap();
    let times: Vec<_> = json["entries"][0]["next"]
        .as_array()
        .unwrap()
        .iter()
        .map(|time| time.as_str().unwrap().parse::<jiff::Timestamp>().unwrap())
        .collect();
    assert_eq!(times.len(), 3);
    assert!(times.is_sorted() && times[0] > jiff::Timestamp::now());
    for (time, year) in times.iter().zip(2027..) {
        let time = time.strftime("%Y-01-01T12:00:00+00:00").to_string();
        assert!(printed.contains(&time), "{printed}");
        printed = printed.replace(&time, &format!("{year}{}", &time[4..]));
    }
    let printed = printed
        .replace(repo.path().canonicalize().unwrap().to_str().unwrap(), "/home/ada/project")
        .replace(&mark(&repo), &"0123456789abcdef".repeat(4));
    let page = include_str!("../../../../docs/json/cron.md");
    assert!(page.contains(&format!("```json\n{printed}```")), "docs/json/cron.md: {printed}");
}

#[test]
fn a_line_does_in_a_shell_what_it_says() {
    let (repo, crontab) = world("@daily branch:side name:n\n");
    repo.commit("first");
    let remote = repo.environment.path("remote.git");
    repo.git(&["clone", "--quiet", "--bare", ".", remote.to_str().unwrap()]);
    repo.git(&["remote", "add", "origin", remote.to_str().unwrap()]);
    repo.git(&["push", "--quiet", "origin", "main:side"]);
    repo.environment
        .install("git-jci", "#!/bin/sh\nprintf '%s ' \"$@\"\ngit branch --show-current\n");
    let _ = jci(&repo, &["cron", "sync"]).success();
    let lines = String::from_utf8(crontab.table().unwrap()).unwrap();
    let line = lines.lines().last().unwrap();
    let command = line.strip_prefix("@daily ").unwrap();
    let elsewhere = repo.environment.path("home");
    let ran = repo.environment.run("sh", &["-c", command], &elsewhere).success();
    assert_eq!(ran.stdout(), "run side\n");
}

#[test]
fn a_bare_repository_has_nothing_to_run_by_the_clock() {
    let (repo, _crontab) = world("@daily\n");
    let bare = repo.environment.path("bare.git");
    repo.git(&["init", "--quiet", "--bare", bare.to_str().unwrap()]);
    assert_snapshot!(shown(&repo, &jci_in(&repo, &bare, &["cron", "sync"])), @r"
    exit 3
    --- stderr
    error: [world]/bare.git is a bare repository, without files to work on
    hint: type the command in a clone that has a work tree
    ");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..Default::default() })]
    #[test]
    fn foreign_lines_survive_ten_syncs_byte_for_byte(
        foreign in prop::collection::vec(
            prop_oneof![4 => any::<u8>(), 1 => Just(b'\n'), 1 => Just(b'\r'), 1 => Just(b'%')],
            0..200,
        ),
    ) {
        let (repo, crontab) = world(ASKED);
        crontab.set(&foreign);
        let _ = jci(&repo, &["cron", "sync"]).success();
        let once = crontab.table().unwrap();
        for _ in 1..10 {
            let _ = jci(&repo, &["cron", "sync"]).success();
        }
        prop_assert_eq!(crontab.table().unwrap(), once);
        prop_assert_eq!(crontab.calls().lines().filter(|call| *call == "-").count(), 1);

        let _ = jci(&repo, &["cron", "rm"]).success();
        let mut expected = foreign.clone();
        if !foreign.is_empty() && !foreign.ends_with(b"\n") {
            expected.push(b'\n');
        }
        prop_assert_eq!(crontab.table().unwrap(), expected);
    }
}
