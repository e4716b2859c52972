//! `git jci prune`.

use std::path::Path;

use insta::assert_snapshot;
use jci_testkit::{Finished, PlumbedRun, TestRepo};
use serde_json::Value;

use crate::clones::Clones;
use crate::documented;
use crate::jci::{BINARY, jci, shown};
use crate::terminal::on_terminal;

/// A moment long ago, and one that no test will live to see pass.
const OLD: &str = "1500000000-0001";
const OLDER: &str = "1400000000-0002";
const NEW: &str = "4000000000-0003";
/// A commit that is nowhere.
const GONE: &str = "5555555555555555555555555555555555555555";

/// A repository with four runs: two of a commit that is gone, an old and a new one of `HEAD`.
fn repository() -> (TestRepo, String) {
    let repo = TestRepo::new();
    let commit = repo.commit("first");
    repo.plumb_run(&commit, &PlumbedRun::new(OLD, "ok"));
    repo.plumb_run(&commit, &PlumbedRun::new(NEW, "ok"));
    for id in [OLDER, NEW] {
        // What does not shrink and is not shared.
        let waste: Vec<u8> =
            (0..50_000_u64).map(|n| (n.pow(3) >> 7) as u8 ^ id.as_bytes()[1]).collect();
        repo.plumb_run(GONE, &PlumbedRun::new(id, "ok").file("waste", waste));
    }
    (repo, commit)
}

fn prune(repo: &TestRepo, commit: &str, arguments: &[&str]) -> String {
    let finished = jci(repo, &[&["prune"], arguments].concat());
    shown(repo, &finished).replace(&commit[..12], "[commit....]")
}

fn ids(repo: &TestRepo) -> Vec<String> {
    let mut ids: Vec<_> =
        repo.run_refs().iter().map(|it| it.rsplit('/').next().unwrap().to_owned()).collect();
    ids.sort();
    ids
}

fn size_of_objects(repo: &TestRepo) -> u64 {
    let counted = repo.git(&["count-objects", "-v"]);
    let value = |name: &str| -> u64 {
        let line = counted.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.trim().parse().unwrap()
    };
    value("size:") + value("size-pack:")
}

#[test]
fn it_shows_and_then_it_deletes() {
    let (repo, commit) = repository();
    let before = (ids(&repo), size_of_objects(&repo));
    let text = prune(&repo, &commit, &[]);
    assert_snapshot!(without_sizes(&text), @r"
    exit 0
    --- stdout
    RUN              COMMIT        STARTED           WHY
    4000000000-0003  555555555555  2096-10-02 07:06  its commit is gone
    1400000000-0002  555555555555  2014-05-13 16:53  its commit is gone
    2 of 4 runs would go, about [size] KiB would be freed
    nothing is deleted yet: type `git jci prune --commit` to do it
    ");
    assert_eq!((ids(&repo), size_of_objects(&repo)), before, "nothing is deleted yet");
    assert_snapshot!(without_sizes(&prune(&repo, &commit, &["--commit"])), @r"
    exit 0
    --- stdout
    RUN              COMMIT        STARTED           WHY
    4000000000-0003  555555555555  2096-10-02 07:06  its commit is gone
    1400000000-0002  555555555555  2014-05-13 16:53  its commit is gone
    deleted 2 of 4 runs, [size] KiB freed
    ");
    assert_eq!(ids(&repo), [OLD, NEW]);
    assert!(size_of_objects(&repo) + 80 < before.1, "the space is free");
    assert_snapshot!(prune(&repo, &commit, &["--commit"]), @r"
    exit 0
    --- stdout
    nothing to prune: no run belongs to a commit that is gone; 2 runs stay
    ");
    repo.fsck();
}

/// The size depends on how git deflates.
fn without_sizes(text: &str) -> String {
    let words = text.split_inclusive([' ', '\n']);
    let mut out = String::new();
    let mut words = words.peekable();
    while let Some(word) = words.next() {
        let is_number = word.trim().parse::<f64>().is_ok();
        if is_number && words.peek().is_some_and(|unit| unit.trim() == "KiB") {
            out.push_str("[size] ");
        } else {
            out.push_str(word);
        }
    }
    out
}

#[test]
fn old_runs_go_when_asked_for() {
    let (repo, commit) = repository();
    assert_snapshot!(without_sizes(&prune(&repo, &commit, &["--older-than=6m"])), @r"
    exit 0
    --- stdout
    RUN              COMMIT        STARTED           WHY
    4000000000-0003  555555555555  2096-10-02 07:06  its commit is gone
    1500000000-0001  [commit....]  2017-07-14 02:40  older than 6m
    1400000000-0002  555555555555  2014-05-13 16:53  its commit is gone
    3 of 4 runs would go, about [size] KiB would be freed
    nothing is deleted yet: type `git jci prune --commit --older-than=6m` to do it
    ");
    assert_snapshot!(without_sizes(&prune(&repo, &commit, &["--older-than", "36h30m", "--commit"])), @r"
    exit 0
    --- stdout
    RUN              COMMIT        STARTED           WHY
    4000000000-0003  555555555555  2096-10-02 07:06  its commit is gone
    1500000000-0001  [commit....]  2017-07-14 02:40  older than 36h30m
    1400000000-0002  555555555555  2014-05-13 16:53  its commit is gone
    deleted 3 of 4 runs, [size] KiB freed
    ");
    assert_eq!(ids(&repo), [NEW]);
    let nothing = prune(&repo, &commit, &["--older-than=2000w"]);
    let said = "exit 0\n--- stdout\nnothing to prune: no run belongs to a commit that is gone or is older \
                than 2000w, from before 19";
    assert!(nothing.starts_with(said), "{nothing}");
    assert!(nothing.trim_end().ends_with("; 1 run stays"), "{nothing}");
    for (age, code) in [("30d", 0), ("2w", 0), ("4h", 0), ("90m0s", 0), ("soon", 2), ("-1h", 2)] {
        let finished = jci(&repo, &["prune", &format!("--older-than={age}")]);
        assert_eq!(finished.code(), Some(code), "{age}: {finished:?}");
    }
    assert_snapshot!(prune(&repo, &commit, &["--older-than=1d12h"]), @r"
    exit 2
    --- stderr
    error: invalid value '1d12h' for '--older-than <AGE>': expected 30d, 2w, 6m (months of 30 days), 4h, or a Go duration such as 1h30m

    For more information, try '--help'.
    ");
}

#[test]
fn programs_get_json() {
    let (repo, _) = repository();
    let print = |arguments: &[&str]| {
        jci(&repo, &[&["prune", "--json"], arguments].concat()).success().stdout()
    };
    let json = |arguments: &[&str]| serde_json::from_str::<Value>(&print(arguments)).unwrap();
    let printed = print(&["--older-than=30d"]);
    let bytes = serde_json::from_str::<Value>(&printed).unwrap()["bytes"].clone();
    assert!(bytes.as_u64().is_some_and(|bytes| bytes > 80_000), "{printed}");
    // The size depends on how git deflates.
    documented::check("prune", &printed.replace(&bytes.to_string(), "100712"));
    let deleted = json(&["--commit"]);
    assert_eq!((&deleted["deleted"], &deleted["staying"]), (&true.into(), &2.into()));
    assert_eq!(json(&[])["runs"], Value::Array(Vec::new()));
}

#[test]
fn a_repository_without_runs_has_nothing_to_prune() {
    let repo = TestRepo::new();
    assert_snapshot!(prune(&repo, GONE, &[]), @r"
    exit 0
    --- stdout
    nothing to prune: there are no runs
    ");
    assert_snapshot!(prune(&repo, GONE, &["--commit", "--older-than=1h"]), @r"
    exit 0
    --- stdout
    nothing to prune: there are no runs
    ");
}

#[test]
fn every_format_of_repository_is_pruned() {
    for formats in jci_testkit::Formats::ALL {
        let repo = TestRepo::with_formats(formats);
        let commit = repo.commit("first");
        repo.plumb_run(&commit, &PlumbedRun::new(NEW, "ok"));
        repo.plumb_run(&"5".repeat(commit.len()), &PlumbedRun::new(OLD, "ok"));
        repo.git(&["pack-refs", "--all"]);
        repo.plumb_run(&"6".repeat(commit.len()), &PlumbedRun::new(OLDER, "ok"));
        let _ = jci(&repo, &["prune", "--commit"]).success();
        assert_eq!(ids(&repo), [NEW], "{formats:?}");
        repo.fsck();
    }
}

/// There, a commit that is missing may only not have been fetched.
#[test]
fn in_shallow_and_partial_clones_no_commit_counts_as_gone() {
    let (repo, _) = repository();
    repo.git(&["config", "uploadpack.allowFilter", "true"]);
    let url = format!("file://{}", repo.path().display());
    let said =
        [("partial", "--filter=blob:none"), ("shallow", "--depth=1")].map(|(kind, option)| {
            let path = repo.environment.path(kind);
            repo.git(&["clone", "--quiet", option, &url, path.to_str().unwrap()]);
            let jci = |arguments: &[&str]| crate::jci::jci_in(&repo, &path, arguments);
            let _ = jci(&["pull"]).success();
            let said = shown(&repo, &jci(&["prune", "--commit"]));
            let by_age = jci(&["prune", "--older-than=1h", "--commit"]).success().stdout();
            assert!(by_age.contains("deleted 2 of 4 runs"), "{by_age}");
            said.replace(kind, "[kind]")
        });
    assert_eq!(said[0], said[1]);
    assert_snapshot!(said[0], @r"
    exit 0
    --- stdout
    nothing to prune: 4 runs stay
    --- stderr
    note: this is a [kind] clone: a commit that is not here may only not have been fetched, so none counts as gone
    ");
}

#[test]
fn a_run_that_goes_on_is_not_touched() {
    let repo = TestRepo::with_script(
        "#!/bin/sh\necho begun > kept\ngit jci prune --older-than=0h --commit\n",
    );
    crate::jci::install(&repo);
    let before = repo.plumb_run(&repo.git(&["rev-parse", "HEAD"]), &PlumbedRun::new(OLD, "ok"));
    let finished = jci(&repo, &["run"]).success();
    assert!(finished.stdout().contains("deleted 1 of 1 run"), "{finished:?}");
    let refs = repo.run_refs();
    assert!(refs.len() == 1 && refs[0] != before, "{refs:?}");
    assert_eq!(repo.git(&["show", &format!("{}:kept", refs[0])]), "begun");
    repo.fsck();
}

#[test]
fn a_repository_that_collects_garbage_already_is_an_error_that_says_so() {
    let (repo, _) = repository();
    // As git writes it: the id of a process that is there, and the name of this machine.
    let host = repo.run("uname", &["-n"]).success().stdout();
    repo.write(".git/gc.pid", format!("{} {host}", std::process::id()));
    let finished = jci(&repo, &["prune", "--commit"]).exits(4);
    let said = finished.stderr();
    assert!(said.contains("gc is already running"), "{said}");
    assert!(said.contains("the runs are deleted, but git could not free their space"), "{said}");
    assert_eq!(ids(&repo), [OLD, NEW]);
}

#[test]
fn refs_that_another_process_locks_are_an_error_and_nothing_is_deleted() {
    let (repo, commit) = repository();
    repo.git(&["pack-refs", "--all"]);
    repo.write(".git/packed-refs.lock", "");
    repo.git(&["config", "core.packedRefsTimeout", "1"]);
    let finished = jci(&repo, &["prune", "--commit"]).exits(4);
    let said = finished.stderr();
    assert!(said.contains("packed-refs.lock"), "{said}");
    assert!(said.contains("nothing was deleted"), "{said}");
    std::fs::remove_file(repo.path().join(".git/packed-refs.lock")).unwrap();
    assert_eq!(ids(&repo).len(), 4);
    assert!(prune(&repo, &commit, &["--commit"]).contains("deleted 2 of 4 runs"));
}

#[test]
fn five_thousand_runs_go_in_one_transaction() {
    const RUNS: usize = 5000;
    let clones = Clones::new();
    clones.many(clones.here(), RUNS);
    clones.repo.git(&["pack-refs", "--all"]);
    let said = clones.jci(clones.here(), &["prune", "--commit"]).success().stdout();
    assert!(said.contains("deleted 4999 of 5000 runs"), "{}", said.lines().last().unwrap());
    assert_eq!(clones.runs(clones.here()), ["1767323000-0000"]);
}

/// Prunes the runs of the remote and shows what its caller sees.
fn on_remote(clones: &Clones, arguments: &[&str]) -> String {
    clones.shown(&[&["prune", "--on-remote=origin"], arguments].concat())
}

/// Runs of a commit that is gone, and of one that all have, on the remote.
fn remote_runs(clones: &Clones) {
    clones.plumb(&clones.remote, NEW);
    clones.plumb(&clones.remote, OLD);
    let gone = PlumbedRun::new(OLDER, "ok");
    clones.repo.environment.plumb_run(&clones.remote, GONE, &gone);
}

#[test]
fn runs_on_a_remote_go_and_those_here_stay() {
    let clones = Clones::new();
    remote_runs(&clones);
    clones.plumb(clones.here(), "1500000000-0009");
    assert_snapshot!(on_remote(&clones, &[]), @r"
    exit 0
    --- stdout
    RUN              COMMIT        STARTED           WHY
    1400000000-0002  555555555555  2014-05-13 16:53  its commit is gone
    1 of 3 runs on origin would go
    nothing is deleted yet: type `git jci prune --commit --on-remote=origin` to do it
    ");
    assert_snapshot!(on_remote(&clones, &["--commit"]), @r"
    exit 0
    --- stdout
    RUN              COMMIT        STARTED           WHY
    1400000000-0002  555555555555  2014-05-13 16:53  its commit is gone
    deleted 1 of 3 runs on origin
    the space is freed when that repository next collects garbage
    ");
    assert_eq!(clones.runs(&clones.remote), [OLD, NEW]);
    assert_snapshot!(on_remote(&clones, &["--commit"]), @r"
    exit 0
    --- stdout
    nothing to prune: no run belongs to a commit that is gone; 2 runs on origin stay
    ");
    assert_snapshot!(on_remote(&clones, &["--older-than=30d", "--commit"]), @r"
    exit 0
    --- stdout
    RUN              COMMIT        STARTED           WHY
    1500000000-0001  [commit....]  2017-07-14 02:40  older than 30d
    deleted 1 of 2 runs on origin
    the space is freed when that repository next collects garbage
    ");
    assert_eq!(clones.runs(&clones.remote), [NEW]);
    assert_eq!(clones.runs(clones.here()), ["1500000000-0009"]);
    assert_snapshot!(on_remote(&clones, &["--json", "--older-than=30d"]), @r#"
    exit 0
    --- stdout
    {
      "schema": "jci.prune/1",
      "remote": "origin",
      "deleted": false,
      "runs": [],
      "staying": 1,
      "bytes": null,
      "not_judged": null
    }
    "#);
    clones.fsck(&clones.remote);
}

fn commit_in(clones: &Clones, directory: &Path, message: &str) -> String {
    clones.git(directory, &["commit", "--quiet", "--allow-empty", "-m", message]);
    clones.git(directory, &["rev-parse", "HEAD"])
}

/// Somebody else may have pushed the commit, to a branch or, at a forge, to refs/pull/.
#[test]
fn where_the_history_of_the_remote_is_not_here_no_commit_counts_as_gone_there() {
    let clones = Clones::new();
    remote_runs(&clones);
    let commit = commit_in(&clones, &clones.other, "second");
    commit_in(&clones, &clones.other, "third");
    clones.git(&clones.other, &["push", "--quiet", "origin", "main:new", "main:refs/pull/1/head"]);
    let run = PlumbedRun::new("1500000000-0004", "ok");
    clones.repo.environment.plumb_run(&clones.remote, &commit, &run);
    let before = clones.runs(&clones.remote);
    assert_snapshot!(on_remote(&clones, &["--commit"]), @r"
    exit 0
    --- stdout
    nothing to prune: 4 runs on origin stay
    --- stderr
    note: the commits of 2 refs of origin are not here (refs/heads/new, refs/pull/1/head), so no commit counts as gone there: type `git fetch origin '+refs/heads/*:refs/remotes/origin/*' '+refs/pull/*:refs/remotes/origin/pull/*'` first
    ");
    assert_eq!(clones.runs(&clones.remote), before);
    let wanted = ["heads/*:refs/remotes/origin/*", "pull/*:refs/remotes/origin/pull/*"];
    let wanted = wanted.map(|refspec| format!("+refs/{refspec}"));
    clones.repo.git(&["fetch", "--quiet", "origin", &wanted[0], &wanted[1]]);
    let _ = clones.jci(clones.here(), &["prune", "--on-remote=origin", "--commit"]).success();
    assert_eq!(clones.runs(&clones.remote), [OLD, "1500000000-0004", NEW]);
}

/// A commit that is nowhere there but here may be pushed yet.
#[test]
fn runs_of_a_commit_that_is_here_stay_on_the_remote() {
    let clones = Clones::new();
    let commit = clones.repo.commit("not pushed");
    let run = PlumbedRun::new(OLD, "ok");
    clones.repo.environment.plumb_run(&clones.remote, &commit, &run);
    assert_snapshot!(on_remote(&clones, &["--commit"]), @r"
    exit 0
    --- stdout
    nothing to prune: no run belongs to a commit that is gone; 1 run on origin stays
    ");
    assert_eq!(clones.runs(&clones.remote), [OLD]);
}

#[test]
fn a_repository_of_results_alone_says_nothing_of_commits() {
    let clones = Clones::new();
    remote_runs(&clones);
    clones.git(&clones.remote, &["update-ref", "-d", "refs/heads/main"]);
    assert_snapshot!(on_remote(&clones, &["--commit"]), @r"
    exit 0
    --- stdout
    nothing to prune: 3 runs on origin stay
    --- stderr
    note: origin has nothing but runs, so no commit counts as gone there
    ");
    assert_eq!(clones.runs(&clones.remote).len(), 3);
}

#[test]
fn a_history_that_is_here_in_part_is_not_relied_on() {
    let clones = Clones::new();
    remote_runs(&clones);
    let second = commit_in(&clones, &clones.other, "second");
    commit_in(&clones, &clones.other, "third");
    clones.git(&clones.other, &["push", "--quiet", "origin", "main:new"]);
    // By its path, so that no ref here follows.
    clones.repo.git(&["fetch", "--quiet", "../remote.git", "new"]);
    // What nothing refers to, git deletes by age, and not all at once.
    let object = clones.here().join(".git/objects").join(&second[..2]).join(&second[2..]);
    std::fs::remove_file(object).unwrap();
    assert_snapshot!(on_remote(&clones, &["--commit"]), @r"
    exit 0
    --- stdout
    nothing to prune: 3 runs on origin stay
    --- stderr
    note: the history of origin is not whole here, so no commit counts as gone there
    ");
    assert_eq!(clones.runs(&clones.remote).len(), 3);
}

#[test]
fn a_remote_that_refuses_deletions_is_an_error_with_its_words() {
    let clones = Clones::new();
    remote_runs(&clones);
    clones.hook(&clones.remote, "update", "#!/bin/sh\necho \"never $1\"\nexit 1\n");
    let finished = clones.jci(clones.here(), &["prune", "--on-remote=origin", "--commit"]).exits(4);
    let said = finished.stderr();
    assert!(said.contains("error: origin did not delete 1 run: [remote rejected]"), "{said}");
    assert!(said.contains("0 of 1 were deleted"), "{said}");
    assert_eq!(clones.runs(&clones.remote).len(), 3);
}

#[test]
fn a_remote_without_atomic_pushes_is_pruned_too() {
    let clones = Clones::new();
    remote_runs(&clones);
    clones.git(&clones.remote, &["config", "receive.advertiseAtomic", "false"]);
    let _ = clones.jci(clones.here(), &["prune", "--on-remote=origin", "--commit"]).success();
    assert_eq!(clones.runs(&clones.remote), [OLD, NEW]);
}

#[test]
fn a_remote_that_is_gone_is_an_error() {
    let clones = Clones::new();
    std::fs::remove_dir_all(&clones.remote).unwrap();
    assert_snapshot!(on_remote(&clones, &[]), @r"
    exit 4
    --- stderr
    fatal: '../remote.git' does not appear to be a git repository
    fatal: Could not read from remote repository.

    Please make sure you have the correct access rights
    and the repository exists.
    error: git could not list the refs of origin; it says why above
    hint: type `git ls-remote origin` to see whether it can be reached
    ");
    assert_snapshot!(clones.shown(&["prune", "--on-remote=orign"]), @r#"
    exit 3
    --- stderr
    error: there is no remote "orign" here
    hint: there are these remotes: origin
    "#);
}

/// So many that their names do not fit on one command line.
#[test]
fn five_thousand_runs_go_from_a_remote() {
    const RUNS: usize = 5000;
    let clones = Clones::new();
    clones.many(&clones.remote, RUNS);
    clones.plumb(&clones.remote, NEW);
    clones.git(&clones.remote, &["pack-refs", "--all"]);
    let arguments = ["prune", "--on-remote=origin", "--older-than=1d", "--commit"];
    let said = clones.jci(clones.here(), &arguments).success().stdout();
    assert!(said.contains("deleted 5000 of 5001 runs on origin"), "{said}");
    assert_eq!(clones.runs(&clones.remote), [NEW]);
}

#[test]
fn a_terminal_is_not_flooded() {
    let clones = Clones::new();
    clones.many(clones.here(), 150);
    let rows = |said: &str| said.lines().filter(|line| line.contains("commit is gone")).count();
    let shown = on_terminal(&clones.repo, 80, &["prune"]).success().stdout();
    assert_eq!(rows(&shown), 100);
    assert!(shown.contains("… and 49 more, older ones"), "{shown}");
    let piped = clones.jci(clones.here(), &["prune"]).success().stdout();
    assert_eq!(rows(&piped), 149);
}

#[test]
fn what_has_begun_is_done_even_if_nobody_reads_of_it() {
    let (repo, _) = repository();
    let before = size_of_objects(&repo);
    let mut command = repo.environment.command("sh", repo.path());
    command.args(["-c", "\"$0\" prune --commit | true", BINARY]);
    let _ = Finished::of(&mut command).success();
    assert_eq!(ids(&repo), [OLD, NEW]);
    assert!(size_of_objects(&repo) + 80 < before, "the space is free");
}
