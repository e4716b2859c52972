//! The image of jobs, the static program for it, and marks, with the machine's Docker.

use std::panic::{AssertUnwindSafe, catch_unwind};

use jci_testkit::docker::{Docker, Mark};
use jci_testkit::{TestRepo, static_git_jci};

#[test]
fn a_container_of_the_image_clones_commits_and_runs_a_job() {
    let docker = Docker::of_machine();
    let mark = Mark::new(&docker);
    let (repo, git_jci) = (TestRepo::new(), static_git_jci());
    repo.write(".jci/run.sh", "#!/bin/sh\ngit log --format=%s >\"$JCI_OUTPUT_DIR/subjects\"\n");
    repo.commit("begin");
    let repository = format!("{}:/repository:ro", repo.path().display());
    let program = format!("{}:/usr/local/bin/git-jci:ro", git_jci.display());
    let script = "set -e; export HOME=/root GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b \
        GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b; git config --global safe.directory '*'
        git clone --quiet file:///repository /root/work; cd /root/work
        git jci run; git jci cat subjects; test -s /etc/ssl/certs/ca-certificates.crt
        git ls-remote http://127.0.0.1:9/ || getent hosts localhost";
    let ran = docker.run(&[
        "run",
        "--rm",
        "--network=none",
        "--label",
        &mark.label(),
        "--volume",
        &repository,
        "--volume",
        &program,
        &docker.job_image(),
        "bash",
        "-c",
        script,
    ]);
    let ran = ran.success();
    assert!(ran.stdout().contains("begin\n"), "{ran:?}");
    // Git has found its other half, which speaks HTTP, and all the libraries of that.
    assert!(ran.stderr().contains("Failed to connect"), "{ran:?}");
    assert!(!ran.stderr().contains("warning"), "{ran:?}");
    mark.assert_nothing_left();
}

#[test]
fn what_bears_a_mark_goes_when_a_test_fails_and_nothing_else() {
    let docker = Docker::of_machine();
    let (image, other) = (docker.job_image(), Mark::new(&docker));
    let mark = Mark::new(&docker);
    let named = Mark::of(&docker, mark.key(), mark.value());
    for mark in [&mark, &other] {
        let label = mark.label();
        docker.words(&[
            "run",
            "--detach",
            "--network=none",
            "--label",
            &label,
            &image,
            "sleep",
            "1000",
        ]);
        docker.words(&["volume", "create", "--label", &label]);
    }
    docker.words(&["network", "create", "--label", &mark.label(), mark.value()]);
    let failed = catch_unwind(AssertUnwindSafe(|| mark.assert_nothing_left()));
    let failed = *failed.unwrap_err().downcast::<String>().unwrap();
    assert!(failed.contains(mark.value()) && !failed.contains(other.value()), "{failed}");
    drop(mark);
    named.assert_nothing_left();
    assert_eq!(other.containers().len(), 1);
}
