//! `git jci pull`.

use insta::assert_snapshot;
use jci_testkit::PlumbedRun;

use crate::clones::Clones;

const FIRST: &str = "1767323000-0001";
const SECOND: &str = "1767323000-0002";

#[test]
fn runs_that_are_not_here_yet_come() {
    let clones = Clones::new();
    assert_snapshot!(clones.shown(&["pull"]), @r"
    exit 0
    --- stdout
    nothing to do: origin has no run that is not here
    ");
    clones.plumb(&clones.remote, FIRST);
    clones.plumb(&clones.remote, SECOND);
    assert_snapshot!(clones.shown(&["pull"]), @r"
    exit 0
    --- stdout
    pulled 2 new runs from origin
    ");
    assert_eq!(clones.runs(clones.here()), [FIRST, SECOND]);
    assert_snapshot!(clones.shown(&["pull", "origin"]), @r"
    exit 0
    --- stdout
    nothing to do: origin has no run that is not here
    ");
    clones.fsck(clones.here());
}

/// A user's `fetch.prune` is about branches; applied to runs it would delete all that are not
/// pushed yet.
#[test]
fn nothing_is_deleted_and_nothing_else_is_fetched_whatever_is_configured() {
    let clones = Clones::new();
    let repo = &clones.repo;
    clones.plumb(clones.here(), FIRST);
    clones.plumb(&clones.remote, SECOND);
    clones.git(&clones.remote, &["tag", "-a", "-m", "a tag", "v1", "main"]);
    clones.git(&clones.remote, &["branch", "new", "main"]);
    for (key, value) in [
        ("fetch.prune", "true"),
        ("fetch.pruneTags", "true"),
        ("remote.origin.prune", "true"),
        ("remote.origin.tagOpt", "--tags"),
        ("remote.origin.fetch", "+refs/*:refs/*"),
        ("fetch.writeCommitGraph", "true"),
        ("fetch.recurseSubmodules", "on-demand"),
    ] {
        repo.git(&["config", key, value]);
    }
    let before = repo.git(&["for-each-ref", "refs/heads", "refs/tags", "refs/remotes"]);
    let _ = clones.jci(clones.here(), &["pull"]).success();
    assert_eq!(clones.runs(clones.here()), [FIRST, SECOND]);
    assert_eq!(repo.git(&["for-each-ref", "refs/heads", "refs/tags", "refs/remotes"]), before);
    assert!(
        !repo.path().join(".git/FETCH_HEAD").exists() || {
            let fetched = std::fs::read_to_string(repo.path().join(".git/FETCH_HEAD")).unwrap();
            !fetched.contains("jci-runs")
        }
    );
}

#[test]
fn runs_come_whole_into_partial_and_shallow_clones() {
    let clones = Clones::new();
    clones.git(&clones.remote, &["config", "uploadpack.allowFilter", "true"]);
    clones.plumb(&clones.remote, FIRST);
    let url = format!("file://{}", clones.remote.display());
    for (name, option) in [("partial", "--filter=blob:none"), ("shallow", "--depth=1")] {
        let path = clones.repo.environment.path(name);
        clones.repo.git(&["clone", "--quiet", option, &url, path.to_str().unwrap()]);
        let _ = clones.jci(&path, &["pull"]).success();
        // So that git cannot get what is missing when it is asked for it.
        clones.git(&path, &["remote", "set-url", "origin", "/nowhere"]);
        let log = clones.jci(&path, &["cat", FIRST, "run.output.txt"]).success();
        assert_eq!(log.stdout(), format!("the log of {FIRST}\n"), "{name}");
    }
}

#[test]
fn a_remote_that_is_gone_is_an_error_with_the_words_of_git() {
    let clones = Clones::new();
    std::fs::remove_dir_all(&clones.remote).unwrap();
    assert_snapshot!(clones.shown(&["pull"]), @r"
    exit 4
    --- stderr
    fatal: '../remote.git' does not appear to be a git repository
    fatal: Could not read from remote repository.

    Please make sure you have the correct access rights
    and the repository exists.
    error: git could not fetch from origin; it says why above
    hint: type `git ls-remote origin` to see whether it can be reached
    ");
}

#[test]
fn a_run_is_never_replaced_and_others_still_come() {
    let clones = Clones::new();
    clones.plumb(clones.here(), FIRST);
    clones.plumb(&clones.remote, SECOND);
    let other = PlumbedRun::new(FIRST, "err");
    clones.repo.environment.plumb_run(&clones.remote, &clones.commit, &other);
    let before = clones.repo.git(&["for-each-ref", "refs/jci-runs"]);
    assert_snapshot!(clones.shown(&["pull"]), @r"
    exit 4
    --- stdout
    pulled 1 new run from origin
    --- stderr
    error: origin has other content under the name of 1 run: 1767323000-0001 of [commit....], for one
    hint: nothing was replaced; to see theirs: git fetch origin refs/jci-runs/[commit]/1767323000-0001
    ");
    let after = clones.repo.git(&["for-each-ref", "refs/jci-runs"]);
    assert!(after.starts_with(&before), "{before} became {after}");
    assert_eq!(clones.runs(clones.here()), [FIRST, SECOND]);
}

#[test]
fn the_remote_is_the_one_that_the_branch_follows() {
    let clones = Clones::new();
    let repo = &clones.repo;
    repo.git(&["remote", "add", "fork", clones.other.to_str().unwrap()]);
    repo.git(&["config", "remote.pushDefault", "fork"]);
    assert_snapshot!(clones.shown(&["pull"]), @r"
    exit 0
    --- stdout
    nothing to do: origin has no run that is not here
    ");
    repo.git(&["branch", "--unset-upstream"]);
    assert_snapshot!(clones.shown(&["pull"]), @r"
    exit 0
    --- stdout
    nothing to do: fork has no run that is not here
    ");
    repo.git(&["config", "branch.main.remote", "."]);
    repo.git(&["config", "--unset", "remote.pushDefault"]);
    assert_snapshot!(clones.shown(&["pull"]), @r"
    exit 0
    --- stdout
    nothing to do: origin has no run that is not here
    ");
    assert_snapshot!(clones.shown(&["pull", "fokr"]), @r#"
    exit 3
    --- stderr
    error: there is no remote "fokr" here
    hint: there are these remotes: fork, origin
    "#);
}

/// An ordinary `git fetch` tells of every run that is here, a line each.
#[test]
fn many_runs_are_negotiated_in_few_words() {
    const RUNS: usize = 5000;
    let mut clones = Clones::new();
    clones.many(clones.here(), RUNS);
    let pushed = clones.jci(clones.here(), &["push"]).success();
    assert_eq!(pushed.stdout(), format!("pushed {RUNS} new runs to origin\n"));
    let pulled = clones.jci(&clones.other, &["pull"]).success();
    assert_eq!(pulled.stdout(), format!("pulled {RUNS} new runs from origin\n"));
    assert_eq!(clones.runs(&clones.other).len(), RUNS);
    let loose = clones.other.join(".git/refs/jci-runs");
    let loose = std::fs::read_dir(loose).map_or(0, Iterator::count);
    assert_eq!(loose, 0, "so many runs are folded together at once");

    let trace = clones.repo.environment.path("trace");
    let haves = |clones: &mut Clones, id: &str, directory: &std::path::Path| {
        clones.plumb(&clones.remote.clone(), id);
        clones.repo.environment.set("GIT_TRACE_PACKET", &trace);
        let _ = clones.jci(directory, &["pull"]).success();
        clones.repo.environment.set("GIT_TRACE_PACKET", "0");
        let packets = std::fs::read_to_string(&trace).unwrap();
        std::fs::remove_file(&trace).unwrap();
        assert!(packets.contains("fetch> want"), "something is asked for");
        packets.lines().filter(|line| line.contains("fetch> have")).count()
    };
    let here = clones.here().to_owned();
    let shared = haves(&mut clones, "1767323000-0001", &here);
    assert!(shared < 1000, "{shared} of {RUNS} runs that both have are told of");
    // Runs that only we have are of no use to the other side.
    let refs = clones.git(&clones.remote, &["for-each-ref", "--format=delete %(refname)"]);
    let mut git = clones.repo.environment.command("git", &clones.remote);
    let refs: String =
        refs.lines().filter(|it| it.contains("jci-runs")).map(|it| it.to_owned() + "\n").collect();
    let _ =
        jci_testkit::Finished::fed(git.args(["update-ref", "--stdin"]), refs.as_bytes()).success();
    let ours = haves(&mut clones, "1767323000-0002", &here);
    assert!(ours <= 16, "{ours} of {RUNS} runs that only we have are told of");
}
