//! Repositories of all kinds.

use jci_proto::{Branches, CommitPage, CommitRuns, Repository};
use jci_testkit::TestRepo;

use super::server::Server;
use crate::fixture::{Fixture, PASSED};

#[test]
fn a_repository_without_a_commit_says_so() {
    let repo = TestRepo::new();
    let server = Server::start(&repo);
    let repository: Repository = server.json("/api/repository");
    assert_eq!(repository.name, "repo");
    assert_eq!(repository.branch.as_deref(), Some("main"));
    let Repository { has_commits, has_runs, has_script, .. } = repository;
    assert_eq!([has_commits, has_runs, has_script], [false; 3]);
    let page: CommitPage = server.json("/api/commits");
    assert_eq!((page.commits.len(), page.next), (0, None));
    assert!(server.json::<Branches>("/api/branches").branches.is_empty());
    assert_eq!(server.get("/").status, 200);
    // And notices the first one.
    repo.script("#!/bin/sh\n");
    let commit = repo.commit("first");
    let page: CommitPage = server.json("/api/commits");
    assert_eq!(page.commits[0].commit, commit);
    assert!(server.json::<Repository>("/api/repository").has_script);
}

#[test]
fn bare_and_linked_and_shallow_ones_show_the_same_run() {
    let fixture = Fixture::new();
    let Fixture { repo, second, .. } = &fixture;
    let environment = &repo.environment;
    let url = format!("file://{}", repo.path().display());
    let bare = environment.path("bare.git");
    repo.git(&["clone", "-q", "--mirror", &url, bare.to_str().unwrap()]);
    let linked = environment.path("linked");
    repo.git(&["worktree", "add", "-q", "--detach", linked.to_str().unwrap()]);
    let shallow = environment.path("shallow");
    repo.git(&["clone", "-q", "--depth=1", &url, shallow.to_str().unwrap()]);
    let fetch = ["fetch", "-q", &url, "refs/jci-runs/*:refs/jci-runs/*"];
    let _ = environment.run("git", &fetch, &shallow).success();
    for (folder, name, branch, commits) in [
        (&bare, "bare", Some("main"), 2),
        (&linked, "linked", None, 2),
        (&shallow, "shallow", Some("main"), 1),
    ] {
        let server = Server::start_in(repo, folder, &[]);
        let repository: Repository = server.json("/api/repository");
        assert_eq!((repository.name.as_str(), repository.branch.as_deref()), (name, branch));
        let page: CommitPage = server.json("/api/commits");
        assert_eq!(page.commits.len(), commits, "{name}");
        assert_eq!(page.commits[0].runs[0].run, PASSED, "{name}");
        let raw = server.get(&format!("/jci/{second}/run.output.txt/raw"));
        assert_eq!(raw.text(), "begin\nall is well\n", "{name}");
    }
}

#[test]
fn runs_of_a_commit_that_is_gone_are_still_there() {
    let fixture = Fixture::new();
    let Fixture { repo, second, .. } = &fixture;
    repo.git(&["reset", "-q", "--hard", "HEAD~1"]);
    repo.git(&["reflog", "expire", "--expire=now", "--all"]);
    repo.git(&["gc", "-q", "--prune=now"]);
    let server = Server::start(repo);
    let gone: CommitRuns = server.json(&format!("/api/commit/{second}"));
    assert!(gone.commit.is_none());
    assert_eq!((gone.runs[0].run.as_str(), gone.runs[0].subject.as_ref()), (PASSED, None));
    assert_eq!(server.get(&format!("/jci/{second}/run.output.txt/raw")).status, 200);
}

#[test]
fn what_is_damaged_is_told_of_each_time() {
    let fixture = Fixture::new();
    let Fixture { repo, first, .. } = &fixture;
    let object = format!(".git/objects/{}/{}", &first[..2], &first[2..]);
    std::fs::remove_file(repo.path().join(&object)).unwrap();
    repo.write(&object, "no object");
    let server = Server::start(repo);
    for path in ["/api/commits", "/api/commits", &format!("/api/commit/{first}")] {
        let problem = server.problem(path);
        let begin = format!("500 cannot be read: could not read the object {first}: ");
        assert!(problem.starts_with(&begin), "{path}: {problem}");
        assert!(problem.contains("`git jci doctor`"), "{problem}");
    }
    assert_eq!(server.get("/api/branches").status, 200);
}

#[test]
fn branches_come_in_their_order() {
    let mut repo = TestRepo::new();
    for (second, branch) in [(1, "old"), (2, "new"), (3, "refs/remotes/origin/there")] {
        repo.environment.set("GIT_COMMITTER_DATE", format!("2026-01-02T03:04:0{second}Z"));
        let commit = repo.commit(branch);
        let name =
            if branch.starts_with("refs/") { branch } else { &format!("refs/heads/{branch}") };
        repo.git(&["update-ref", name, &commit]);
    }
    repo.git(&["reset", "-q", "--hard", "HEAD~2"]);
    let server = Server::start(&repo);
    let Branches { branches } = server.json("/api/branches");
    let names: Vec<_> = branches
        .iter()
        .map(|it| (it.name.as_str(), it.remote, it.current, it.subject.as_str()))
        .collect();
    let expected = [
        ("main", false, true, "old"),
        ("new", false, false, "new"),
        ("old", false, false, "old"),
        ("origin/there", true, false, "refs/remotes/origin/there"),
    ];
    assert_eq!(names, expected);
    let page: CommitPage = server.json("/api/commits?branch=origin%2Fthere");
    assert_eq!(page.commits.len(), 3);
}
