//! `git jci push`.

use std::net::TcpListener;

use insta::assert_snapshot;
use jci_testkit::{Formats, PlumbedRun};

use crate::clones::Clones;
use crate::jci::{install, jci};

const FIRST: &str = "1767323000-0001";
const SECOND: &str = "1767323000-0002";

#[test]
fn runs_that_are_not_there_yet_are_sent() {
    let clones = Clones::new();
    assert_snapshot!(clones.shown(&["push"]), @r"
    exit 0
    --- stdout
    there are no runs here yet: type `git jci run` to make one
    ");
    clones.plumb(clones.here(), FIRST);
    clones.plumb(clones.here(), SECOND);
    assert_snapshot!(clones.shown(&["push"]), @r"
    exit 0
    --- stdout
    pushed 2 new runs to origin
    ");
    assert_eq!(clones.runs(&clones.remote), [FIRST, SECOND]);
    assert_snapshot!(clones.shown(&["push"]), @r"
    exit 0
    --- stdout
    nothing to do: origin has every run already
    ");
    clones.plumb(clones.here(), "1767323000-0003");
    assert_snapshot!(clones.shown(&["push", "origin"]), @r"
    exit 0
    --- stdout
    pushed 1 new run to origin
    ");
    clones.fsck(&clones.remote);
}

#[test]
fn nothing_but_runs_is_sent_whatever_is_configured() {
    let clones = Clones::new();
    let repo = &clones.repo;
    clones.plumb(clones.here(), FIRST);
    repo.commit("not pushed");
    repo.git(&["tag", "-a", "-m", "a tag", "v1", "origin/main"]);
    repo.git(&["config", "push.followTags", "true"]);
    repo.git(&["config", "push.recurseSubmodules", "only"]);
    repo.git(&["config", "push.default", "matching"]);
    let before = clones.git(&clones.remote, &["for-each-ref", "refs/heads", "refs/tags"]);
    let _ = clones.jci(clones.here(), &["push"]).success();
    assert_eq!(clones.git(&clones.remote, &["for-each-ref", "refs/heads", "refs/tags"]), before);
    assert_eq!(clones.runs(&clones.remote), [FIRST]);
}

/// git refuses to push anything in particular to a mirror.
#[test]
fn runs_are_sent_to_and_pruned_on_a_mirror_and_no_branch_goes() {
    let clones = Clones::new();
    clones.plumb(clones.here(), FIRST);
    clones.repo.git(&["config", "remote.origin.mirror", "true"]);
    clones.repo.git(&["branch", "not-pushed"]);
    let before = clones.git(&clones.remote, &["for-each-ref", "refs/heads"]);
    let _ = clones.jci(clones.here(), &["push"]).success();
    assert_eq!(clones.runs(&clones.remote), [FIRST]);
    let prune = ["prune", "--on-remote=origin", "--older-than=0h", "--commit"];
    let _ = clones.jci(clones.here(), &prune).success();
    assert!(clones.runs(&clones.remote).is_empty());
    assert_eq!(clones.git(&clones.remote, &["for-each-ref", "refs/heads"]), before);
}

#[test]
fn only_the_runs_that_are_named_are_sent() {
    let clones = Clones::new();
    for id in [FIRST, SECOND, "1767324000-0003"] {
        clones.plumb(clones.here(), id);
    }
    assert_snapshot!(clones.shown(&["push", "origin", "HEAD", FIRST, FIRST]), @r"
    exit 0
    --- stdout
    pushed 2 new runs to origin
    ");
    assert_eq!(clones.runs(&clones.remote), [FIRST, "1767324000-0003"]);
    assert_snapshot!(clones.shown(&["push", "origin", FIRST]), @r"
    exit 0
    --- stdout
    nothing to do: origin has what was named already
    ");
    assert_snapshot!(clones.shown(&["push", "origin", "1767323000"]), @r"
    exit 3
    --- stderr
    error: 2 runs begin with 1767323000: 1767323000-0002 of [commit....], 1767323000-0001 of [commit....]
    hint: type more of the id, or <full commit id>/<run id>
    ");
    assert_snapshot!(clones.shown(&["push", "origin", "nothing"]), @r#"
    exit 3
    --- stderr
    error: "nothing" names no commit and no run here
    hint: type `git jci ls` to see the runs, `git log` to see the commits
    "#);
    assert_eq!(clones.runs(&clones.remote), [FIRST, "1767324000-0003"]);
}

#[test]
fn a_run_that_another_tool_has_yet_to_end_stays() {
    let clones = Clones::new();
    clones.plumb(clones.here(), FIRST);
    for run in [
        PlumbedRun::new("1767323000-0003", "running").original(),
        PlumbedRun::new("1767323000-0004", "running"),
    ] {
        clones.repo.plumb_run(&clones.commit, &run);
    }
    assert_snapshot!(clones.shown(&["push"]), @r"
    exit 0
    --- stdout
    pushed 1 new run to origin
    --- stderr
    note: not pushed until they have ended: 2 runs that another tool began
    ");
    assert_eq!(clones.runs(&clones.remote), [FIRST]);
    assert_snapshot!(clones.shown(&["push", "origin", "1767323000-0003"]), @r"
    exit 3
    --- stderr
    error: the run 1767323000-0003 is still going on
    hint: a run is pushed once it has ended, since it never changes after that
    ");
}

#[test]
fn the_remote_is_chosen_as_git_chooses_it() {
    let clones = Clones::new();
    let repo = &clones.repo;
    clones.plumb(clones.here(), FIRST);
    for name in ["a", "b"] {
        let path = repo.environment.path(name);
        repo.git(&["init", "--quiet", "--bare", path.to_str().unwrap()]);
        repo.git(&["remote", "add", name, &format!("../{name}")]);
    }
    let chosen = || {
        let said = clones.jci(clones.here(), &["push"]).success().stdout();
        let said = said.trim_end().replace("nothing to do: ", "");
        let name = said.strip_prefix("pushed 1 new run to ");
        name.or_else(|| said.strip_suffix(" has every run already")).unwrap().to_owned()
    };
    assert_eq!(chosen(), "origin", "the upstream of the branch");
    repo.git(&["config", "remote.pushDefault", "a"]);
    assert_eq!(chosen(), "a", "remote.pushDefault");
    repo.git(&["config", "branch.main.pushRemote", "b"]);
    assert_eq!(chosen(), "b", "branch.main.pushRemote");
    repo.git(&["checkout", "--quiet", "--detach"]);
    assert_eq!(chosen(), "a", "remote.pushDefault on no branch");
    repo.git(&["config", "--unset", "remote.pushDefault"]);
    assert_eq!(chosen(), "origin", "by its name");
    repo.git(&["remote", "remove", "origin"]);
    assert_snapshot!(clones.shown(&["push"]), @r"
    exit 3
    --- stderr
    error: it is not clear which remote is meant
    hint: there are these remotes: a, b
    hint: name one: `git jci push a`
    ");
    repo.git(&["remote", "remove", "a"]);
    assert_eq!(chosen(), "b", "the only one");
    repo.git(&["remote", "remove", "b"]);
    assert_snapshot!(clones.shown(&["push"]), @r"
    exit 3
    --- stderr
    error: there is no remote here
    hint: type `git remote add origin URL` to add one
    hint: or give a URL or a path: `git jci push URL`
    ");
}

#[test]
fn paths_and_urls_are_remotes_too() {
    let clones = Clones::new();
    clones.plumb(clones.here(), FIRST);
    let url = format!("file://{}", clones.remote.display());
    assert_snapshot!(clones.shown(&["push", "../remote.git"]), @r"
    exit 0
    --- stdout
    pushed 1 new run to ../remote.git
    ");
    assert_snapshot!(clones.shown(&["push", &url]), @r"
    exit 0
    --- stdout
    nothing to do: file://[world]/remote.git has every run already
    ");
    assert_snapshot!(clones.shown(&["push", "orign"]), @r#"
    exit 3
    --- stderr
    error: there is no remote "orign" here
    hint: there are these remotes: origin
    "#);
    assert_snapshot!(clones.shown(&["push", "--", "--exec=touch"]), @r#"
    exit 2
    --- stderr
    error: "--exec=touch" is no name of a remote, URL or path
    "#);
    assert_snapshot!(clones.shown(&["push", "--", ""]), @r#"
    exit 2
    --- stderr
    error: "" is no name of a remote, URL or path
    "#);
}

#[test]
fn a_remote_that_is_gone_is_an_error_with_the_words_of_git() {
    let clones = Clones::new();
    clones.plumb(clones.here(), FIRST);
    std::fs::remove_dir_all(&clones.remote).unwrap();
    assert_snapshot!(clones.shown(&["push"]), @r"
    exit 4
    --- stderr
    fatal: '../remote.git' does not appear to be a git repository
    fatal: Could not read from remote repository.

    Please make sure you have the correct access rights
    and the repository exists.
    error: git could not push to origin; it says why above
    hint: type `git ls-remote origin` to see whether it can be reached
    ");
}

#[test]
fn a_remote_that_refuses_is_an_error_with_its_words() {
    let clones = Clones::new();
    clones.plumb(clones.here(), FIRST);
    clones.plumb(clones.here(), SECOND);
    clones.refuse_pushes("no runs here, please");
    assert_snapshot!(clones.shown(&["push"]), @r"
    exit 4
    --- stderr
    remote: no runs here, please
    error: failed to push some refs to '../remote.git'
    error: origin did not take 2 runs: [remote rejected] (pre-receive hook declined)
    hint: not pushed: 1767323000-0001 of [commit....], 1767323000-0002 of [commit....]
    ");
    assert!(clones.runs(&clones.remote).is_empty());
}

#[test]
fn a_remote_that_hides_runs_does_not_take_them() {
    let clones = Clones::new();
    clones.plumb(clones.here(), FIRST);
    clones.git(&clones.remote, &["config", "transfer.hideRefs", "refs/jci-runs"]);
    assert_snapshot!(clones.shown(&["push"]), @r"
    exit 4
    --- stderr
    error: failed to push some refs to '../remote.git'
    error: origin did not take 1 run: [remote rejected] (deny updating a hidden ref)
    hint: not pushed: 1767323000-0001 of [commit....]
    ");
}

#[test]
fn a_run_is_never_replaced_and_others_are_still_sent() {
    let clones = Clones::new();
    clones.plumb(clones.here(), FIRST);
    clones.plumb(clones.here(), SECOND);
    let other = PlumbedRun::new(FIRST, "err");
    clones.repo.environment.plumb_run(&clones.remote, &clones.commit, &other);
    let before = clones.git(&clones.remote, &["for-each-ref", "refs/jci-runs"]);
    assert_snapshot!(clones.shown(&["push"]), @r"
    exit 4
    --- stdout
    pushed 1 new run to origin
    --- stderr
    error: failed to push some refs to '../remote.git'
    error: origin has other content under the name of 1 run: 1767323000-0001 of [commit....]
    hint: nothing was replaced; to see theirs: git fetch origin refs/jci-runs/[commit]/1767323000-0001
    ");
    let after = clones.git(&clones.remote, &["for-each-ref", "refs/jci-runs"]);
    assert!(after.starts_with(&before), "{before} became {after}");
    assert_eq!(clones.runs(&clones.remote), [FIRST, SECOND]);
}

#[test]
fn passwords_in_urls_are_not_shown() {
    let clones = Clones::new();
    clones.plumb(clones.here(), FIRST);
    // Nobody listens there any more.
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("http://ada:s3cret@{address}/x.git");
    let by_url = clones.jci(clones.here(), &["push", &url]).exits(4);
    clones.repo.git(&["remote", "set-url", "origin", &url]);
    let by_name = clones.jci(clones.here(), &["push"]).exits(4);
    for finished in [by_url, by_name] {
        let said = finished.stdout() + &finished.stderr();
        assert!(!said.contains("s3cret"), "{said}");
        assert!(said.contains("error: git could not push to"), "{said}");
    }
}

#[test]
fn the_hooks_of_the_user_are_called_and_may_refuse() {
    let clones = Clones::new();
    clones.plumb(clones.here(), FIRST);
    clones.hook(clones.here(), "pre-push", "#!/bin/sh\necho \"I see $1\"\nexit 1\n");
    let said = clones.shown(&["push"]);
    // git does not wait for what its hook says: either may come first.
    let mut lines: Vec<_> = said.lines().collect();
    lines.sort_unstable();
    assert_snapshot!(lines.join("\n"), @r"
    --- stderr
    I see origin
    error: failed to push some refs to '../remote.git'
    error: git could not push to origin; it says why above
    exit 4
    hint: type `git ls-remote origin` to see whether it can be reached
    ");
    assert!(clones.runs(&clones.remote).is_empty());
}

#[test]
fn our_own_hook_does_not_run_anything_for_a_push_of_runs() {
    let clones = Clones::new();
    let repo = &clones.repo;
    install(repo);
    repo.script("#!/bin/sh\necho ran\n");
    repo.commit("a script");
    let _ = jci(repo, &["hooks", "install", "pre-push"]).success();
    clones.plumb(clones.here(), FIRST);
    assert_snapshot!(clones.shown(&["push"]), @r"
    exit 0
    --- stdout
    pushed 1 new run to origin
    ");
    assert_eq!(clones.runs(clones.here()), [FIRST], "nothing was run");
}

#[test]
fn every_format_of_repository_is_pushed_and_pulled() {
    for formats in Formats::ALL {
        let clones = Clones::with_formats(formats);
        clones.plumb(clones.here(), FIRST);
        let pushed = clones.jci(clones.here(), &["push"]).success().stdout();
        assert_eq!(pushed, "pushed 1 new run to origin\n", "{formats:?}");
        clones.plumb(&clones.remote, SECOND);
        for directory in [clones.here(), &clones.other] {
            let _ = clones.jci(directory, &["pull"]).success();
            assert_eq!(clones.runs(directory), [FIRST, SECOND], "{formats:?}");
            let log = clones.jci(directory, &["cat", SECOND, "run.output.txt"]).success();
            assert_eq!(log.stdout(), format!("the log of {SECOND}\n"), "{formats:?}");
            clones.fsck(directory);
        }
    }
}

#[test]
fn a_bare_repository_and_a_linked_work_tree_push_too() {
    let clones = Clones::new();
    let linked = clones.repo.environment.path("linked");
    clones.repo.git(&["worktree", "add", "--quiet", "--detach", linked.to_str().unwrap()]);
    clones.plumb(&linked, FIRST);
    let _ = clones.jci(&linked, &["push", "origin"]).success();
    assert_eq!(clones.runs(&clones.remote), [FIRST]);
    let other = clones.other.to_str().unwrap();
    let pushed = clones.jci(&clones.remote, &["push", other]).success();
    assert!(pushed.stdout().starts_with("pushed 1 new run to "), "{pushed:?}");
    assert_eq!(clones.runs(&clones.other), [FIRST]);
}
