//! `git jci doctor`.

use std::path::Path;

use insta::assert_snapshot;
use jci_testkit::{FakeCrontab, Formats, OrdinaryUser, PlumbedRun, TestRepo, require};

use crate::clones::Clones;
use crate::documented;
use crate::jci::{BINARY, install, jci, jci_in, shown};

const SCRIPT: &str = "#!/bin/sh\necho well\n";
const RUN: &str = "1767323000-0001";

/// A repository that nothing is wrong with.
fn healthy() -> TestRepo {
    let repo = TestRepo::with_script(SCRIPT);
    let _ = FakeCrontab::install(&repo.environment);
    install(&repo);
    repo
}

/// Runs the doctor and shows what its caller sees, less what differs from one git to the next.
fn doctor(repo: &TestRepo, arguments: &[&str]) -> String {
    doctor_in(repo, repo.path(), arguments)
}

fn doctor_in(repo: &TestRepo, directory: &Path, arguments: &[&str]) -> String {
    let text = shown(repo, &jci_in(repo, directory, &[&["doctor"], arguments].concat()));
    let version = repo.git(&["version"]);
    text.replace(&version, "git version 2.x")
}

/// Shows the findings that are not ok, and the last line.
fn not_ok(text: &str) -> String {
    text.lines()
        .filter(|line| !line.starts_with("ok "))
        .map(|line| line.to_owned() + "\n")
        .collect()
}

#[test]
fn a_healthy_repository_is_well() {
    let repo = healthy();
    assert_snapshot!(doctor(&repo, &[]), @r"
    exit 0
    --- stdout
    LEVEL  ABOUT       FINDING
    ok     git         git version 2.x
    ok     git jci     [world]/bin/git-jci
    ok     repository  [repo]: sha1 objects, refs in files
    ok     writing     [repo]/.git can be written
    ok     identity    runs are signed by Ada Tester <ada@example.com>
    ok     settings    none are made
    ok     script      .jci/run.sh: /bin/sh runs it
    ok     hooks       none starts runs
    ok     cron        nothing is run by the clock
    ok     runs        there are none yet
    ok     remotes     there are none: runs stay here
    all is well
    ");
}

#[test]
fn programs_get_json() {
    let repo = TestRepo::new();
    let _ = FakeCrontab::install(&repo.environment);
    install(&repo);
    let printed = doctor(&repo, &["--json"]).replace("exit 0\n--- stdout\n", "");
    documented::check("doctor", &printed);
}

#[test]
fn what_is_said_of_a_script_that_cannot_start() {
    let repo = healthy();
    repo.script("#!/bin/sh\r\necho\r\n");
    assert_snapshot!(not_ok(&doctor(&repo, &[])), @r"
    exit 1
    --- stdout
    LEVEL    ABOUT       FINDING
    problem  script      the first line of '[repo]/.jci/run.sh' (`#!/bin/sh`) ends in a carriage return, so its interpreter is not found; to remove them, type: sed -i 's/\r$//' '[repo]/.jci/run.sh'
    1 problem
    ");
    repo.script("#!/no/such/interpreter\n");
    assert_snapshot!(not_ok(&doctor(&repo, &[])), @r"
    exit 1
    --- stdout
    LEVEL    ABOUT       FINDING
    problem  script      /no/such/interpreter, which the first line of .jci/run.sh names, is missing
                         → install it, or name another one there
    1 problem
    ");
    repo.write(".jci/run.sh", "echo one\r\necho two\r\n");
    assert_snapshot!(not_ok(&doctor(&repo, &[])), @r"
    exit 0
    --- stdout
    LEVEL  ABOUT       FINDING
    warn   script      .jci/run.sh has line ends of Windows, which shells take for a part of words
                       → sed -i 's/\r$//' .jci/run.sh
    1 warning
    ");
    std::fs::remove_file(repo.path().join(".jci/run.sh")).unwrap();
    assert_snapshot!(not_ok(&doctor(&repo, &[])), @r"
    exit 0
    --- stdout
    LEVEL  ABOUT       FINDING
    note   script      there is no .jci/run.sh
                       → to have one made, type: git jci init
    1 note
    ");
    repo.script(SCRIPT);
    repo.git(&["rm", "--quiet", "--cached", ".jci/run.sh"]);
    assert_snapshot!(not_ok(&doctor(&repo, &[])), @r"
    exit 0
    --- stdout
    LEVEL  ABOUT       FINDING
    note   script      .jci/run.sh is not in git: others do not have it, nor does `git jci run --clean`
                       → git add .jci/run.sh
    1 note
    ");
}

#[test]
fn settings_that_nobody_reads_are_named() {
    let repo = healthy();
    repo.git(&["config", "jci.timeout", "5m"]);
    repo.git(&["config", "jci.maxoutputsize", "1m"]);
    let said = doctor(&repo, &[]);
    assert!(said.contains("settings    jci.maxoutputsize=1m, jci.timeout=5m"), "{said}");
    repo.git(&["config", "jci.timeuot", "5m"]);
    repo.git(&["config", "jci.timeout", "soon"]);
    assert_snapshot!(not_ok(&doctor(&repo, &[])), @r#"
    exit 1
    --- stdout
    LEVEL    ABOUT       FINDING
    warn     settings    the setting jci.timeuot is not one that jci knows
                         → known are jci.timeout, jci.maxOutputSize, jci.maskEnv
                         → git config --unset-all jci.timeuot
    problem  settings    the setting jci.timeout is "soon": expected a time such as 90s, 10m or 1h30m
                         → type for example `git config jci.timeout 30m`
    1 problem, 1 warning
    "#);
}

#[test]
fn who_is_not_known_signs_as_jci() {
    let mut repo = healthy();
    for variable in ["GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL"] {
        repo.environment.set(variable, "");
    }
    assert_snapshot!(not_ok(&doctor(&repo, &[])), @r"
    exit 0
    --- stdout
    LEVEL  ABOUT       FINDING
    note   identity    git does not know who you are: runs are signed by jci <jci@localhost>
                       → git config user.name 'Your Name'
                       → git config user.email you@example.com
    1 note
    ");
}

#[test]
fn every_kind_of_repository_is_described() {
    let repo = TestRepo::with_formats(Formats::Git3);
    install(&repo);
    repo.commit("first");
    let said = doctor(&repo, &[]);
    assert!(said.contains("[repo]: sha256 objects, refs in reftable"), "{said}");
    repo.git(&["config", "uploadpack.allowFilter", "true"]);
    let url = format!("file://{}", repo.path().display());
    let kind = |name: &str, option: &str| {
        let path = repo.environment.path(name);
        repo.git(&["clone", "--quiet", option, &url, path.to_str().unwrap()]);
        let said = not_ok(&doctor_in(&repo, &path, &[]));
        said.lines()
            .filter(|line| line.contains("repository") || line.contains("→"))
            .fold(String::new(), |text, line| text + line + "\n")
    };
    assert_snapshot!(kind("bare", "--bare"), @r"
    note   repository  it is bare
                       → name the commit to run: git jci run main
    ");
    assert_snapshot!(kind("shallow", "--depth=1"), @r"
    note   repository  its history is shallow: prune counts no commit as gone, since it may only not have been fetched
                       → to get all of it: git fetch --unshallow
                       → to have one made, type: git jci init
    ");
    assert_snapshot!(kind("partial", "--filter=blob:none"), @r"
    note   repository  it is a partial clone: prune counts no commit as gone, and small runs are not folded into packs
                       → to have one made, type: git jci init
    ");
    let linked = repo.environment.path("linked");
    repo.git(&["worktree", "add", "--quiet", "--detach", linked.to_str().unwrap()]);
    let said = doctor_in(&repo, &linked, &[]);
    assert!(said.contains("it has 1 linked work tree; all share the runs"), "{said}");
    repo.git(&["config", "transfer.hideRefs", "refs/jci-runs"]);
    let said = doctor(&repo, &[]);
    assert!(said.contains("it hides runs from others"), "{said}");
}

#[test]
fn a_git_folder_that_cannot_be_written_is_a_problem() {
    let repo = TestRepo::with_script(SCRIPT);
    let _ = FakeCrontab::install(&repo.environment);
    repo.git(&["config", "--global", "safe.directory", "*"]);
    let user = OrdinaryUser::of(&repo);
    let binary = user.copy_of(Path::new(BINARY));
    let objects = repo.path().join(".git/objects");
    let _ = repo.run("chmod", &["a-w", objects.to_str().unwrap()]).success();
    let said = shown(&repo, &user.run(binary, &["doctor"]));
    assert_snapshot!(not_ok(&said), @r"
    exit 1
    --- stdout
    LEVEL    ABOUT       FINDING
    problem  writing     [repo]/.git/objects cannot be written: Permission denied (os error 13)
                         → see who owns it: ls -ld [repo]/.git/objects
    1 problem
    ");
}

#[test]
fn what_dead_runs_left_is_named() {
    let repo = healthy();
    repo.write(".jci/runs/1767323000-0001/file", "");
    repo.write(".jci/runs/mine/file", "");
    let commit = repo.git(&["rev-parse", "HEAD"]);
    let lock = format!(".git/refs/jci-runs/{commit}/{RUN}.lock");
    repo.write(&lock, "");
    let fresh = not_ok(&doctor(&repo, &[]));
    assert!(!fresh.contains(".lock"), "somebody may hold it: {fresh}");
    let _ = repo.run("touch", &["-d", "2026-01-01", &lock]).success();
    assert_snapshot!(not_ok(&doctor(&repo, &[])).replace(&commit, "[commit]"), @r"
    exit 1
    --- stdout
    LEVEL    ABOUT       FINDING
    warn     runs        [repo]/.jci/runs/1767323000-0001 is left of a run that is not going on
                         → rm -r '[repo]/.jci/runs/1767323000-0001'
    problem  runs        refs have been locked for over a minute by [repo]/.git/refs/jci-runs/[commit]/1767323000-0001.lock
                         → if no git is at work: rm '[repo]/.git/refs/jci-runs/[commit]/1767323000-0001.lock'
    1 problem, 1 warning
    ");
}

#[test]
fn remotes_that_harm_runs_are_named() {
    let repo = healthy();
    repo.git(&["remote", "add", "origin", "https://ada:s3cret@example.com/a.git"]);
    repo.git(&["remote", "add", "--mirror=push", "backup", "/backup.git"]);
    repo.git(&["config", "remote.all.url", "/all.git"]);
    repo.git(&["config", "remote.all.fetch", "+refs/*:refs/*"]);
    let said = doctor(&repo, &[]);
    assert!(!said.contains("s3cret"), "{said}");
    assert_snapshot!(not_ok(&said), @r"
    exit 0
    --- stdout
    LEVEL  ABOUT       FINDING
    note   remotes     an ordinary git fetch from all brings runs, too
    warn   remotes     backup is a mirror: an ordinary git push deletes every run there that is not here
                       → git config --unset remote.backup.mirror
    warn   remotes     origin: a password stands in the configuration
                       → keep it in a credential helper: see `git help credentials`
                       → git remote set-url origin https://example.com/a.git
    2 warnings, 1 note
    ");
    repo.git(&["config", "fetch.prune", "true"]);
    let said = doctor(&repo, &[]);
    assert!(said.starts_with("exit 1\n"), "{said}");
    assert!(
        said.contains("problem  remotes     an ordinary git fetch from all deletes every run"),
        "{said}"
    );
}

#[test]
fn hooks_and_crontab_are_looked_at() {
    let repo = healthy();
    let _ = jci(&repo, &["hooks", "install"]).success();
    let said = doctor(&repo, &[]);
    assert!(said.contains("hooks       post-commit starts runs"), "{said}");
    let hook = repo.path().join(".git/hooks/post-commit");
    let _ = repo.run("chmod", &["a-x", hook.to_str().unwrap()]).success();
    repo.write(".jci/crontab", "0 3 * * * name:nightly\n");
    repo.git(&["add", ".jci"]);
    assert_snapshot!(not_ok(&doctor(&repo, &[])), @r"
    exit 0
    --- stdout
    LEVEL  ABOUT       FINDING
    warn   hooks       post-commit: not executable, so git ignores it
                       → chmod +x '[repo]/.git/hooks/post-commit'
    warn   cron        .jci/crontab asks for 1 line, and the crontab differs
                       → git jci cron sync
    2 warnings
    ");
    let _ = jci(&repo, &["cron", "sync"]).success();
    let said = doctor(&repo, &[]);
    assert!(said.contains("cron        the crontab has the 1 line asked for"), "{said}");
    repo.write(".jci/crontab", "61 3 * * *\n");
    let said = doctor(&repo, &[]);
    assert!(said.starts_with("exit 1\n") && said.contains("problem  cron"), "{said}");
}

#[test]
fn a_git_that_is_too_old_is_a_problem() {
    let repo = healthy();
    let git = require("git", "git");
    repo.environment.install(
        "git",
        &format!(
            "#!/bin/sh\n[ \"$1\" = version ] && echo 'git version 2.30.2' && exit\nexec {} \"$@\"\n",
            git.display()
        ),
    );
    let said = shown(&repo, &jci(&repo, &["doctor"]));
    assert_snapshot!(not_ok(&said), @r"
    exit 1
    --- stdout
    LEVEL    ABOUT       FINDING
    problem  git         git version 2.30.2 is too old: git jci pull does not work
                         → install git 2.41 or newer
    1 problem
    ");
}

#[test]
fn every_run_is_read_to_its_last_byte() {
    let repo = healthy();
    let commit = repo.git(&["rev-parse", "HEAD"]);
    repo.plumb_run(&commit, &PlumbedRun::new("1767323000-0002", "ok").original());
    let name = repo.plumb_run(&commit, &PlumbedRun::new(RUN, "ok").log("all of it"));
    let said = doctor(&repo, &["--verify"]);
    assert!(said.contains("verify      2 runs read to the last byte"), "{said}");
    let blob = repo.git(&["rev-parse", &format!("{name}:run.output.txt")]);
    let object = repo.path().join(".git/objects").join(&blob[..2]).join(&blob[2..]);
    std::fs::remove_file(&object).unwrap();
    let said = doctor(&repo, &["--verify"]);
    let said = said.replace(&commit, "[commit]").replace(&commit[..12], "[commit]");
    assert_snapshot!(not_ok(&said).replace(&blob, "[object]"), @r"
    exit 1
    --- stdout
    LEVEL    ABOUT       FINDING
    problem  verify      the run 1767323000-0001 of [commit] is damaged: could not read the object [object]: An object with id [object] could not be found
                         → to see what else is damaged: git fsck
                         → if a remote has it whole: git update-ref -d refs/jci-runs/[commit]/1767323000-0001, then git jci pull
    1 problem
    ");
    // Without it nobody looks so closely.
    assert!(doctor(&repo, &[]).starts_with("exit 0\n"));
}

#[test]
fn many_runs_are_said_to_cost_something() {
    let clones = Clones::new();
    install(&clones.repo);
    clones.many(clones.here(), 5000);
    let said = doctor(&clones.repo, &[]);
    let about_runs: String = said
        .lines()
        .filter(|line| line.contains("  runs  ") || line.contains("→"))
        .map(|line| line.to_owned() + "\n")
        .collect();
    assert_snapshot!(about_runs, @r"
                       → to have one made, type: git jci init
    ok     runs        5000 runs of 2501 commits, 401 B on disk
    warn   runs        their refs: 5000 loose, 0 packed
                       → to make every command quicker: git pack-refs --all
    note   runs        every push to a repository that has them all begins with 566.41 KiB of refs; an ordinary git fetch may send as many as 5000 lines
                       → to delete old runs: git jci prune --older-than=30d
                       → and on a remote: git jci prune --older-than=30d --on-remote=origin
                       → docs/sharing-runs.md tells more
    ");
}
