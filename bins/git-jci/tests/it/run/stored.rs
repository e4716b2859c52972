//! What is stored, and what is said about it.

use insta::assert_snapshot;
use jci_testkit::{Formats, TestRepo};

use crate::jci::{jci, shown};
use crate::stored_run::StoredRun;

const SCRIPT: &str = "\
echo to stdout
echo to stderr >&2
printf 'no newline at the end'
echo text > report.txt
mkdir -p deep/er && echo x > deep/er/file
printf '#!/bin/sh\\n' > tool && chmod +x tool
ln -s report.txt link
";

#[test]
fn a_pass_is_said_and_stored_and_read_by_plain_git() {
    let repo = TestRepo::with_script(SCRIPT);
    let finished = jci(&repo, &["run"]);
    let run = StoredRun::only(&repo);
    assert_snapshot!(run.redact(&shown(&repo, &finished)), @r"
    exit 0
    --- stdout
    to stdout
    to stderr
    no newline at the end--- stderr
    jci: run [run] of [commit]
    jci: ok in [time], stored as run [run]
    ");
    assert_snapshot!(run.files().join("\n"), @r"
    100644 deep/er/file
    100644 index.html
    120000 link
    100644 report.txt
    100644 run.json
    100644 run.output.txt
    100644 run.timing
    100644 status.txt
    100755 tool
    ");
    assert_eq!(run.text("status.txt"), "ok\n");
    assert_eq!(run.log(), "to stdout\nto stderr\nno newline at the end");
    assert_eq!(run.text("link"), "report.txt");
    assert_eq!(repo.git(&["cat-file", "-p", &format!("{}:deep/er/file", repo.run_refs()[0])]), "x");
    repo.fsck();
    repo.assert_no_remains();
}

#[test]
fn the_record_and_the_trailers_say_the_same() {
    let repo = TestRepo::with_script("exit 7\n");
    let _ = jci(&repo, &["run"]).exits(1);
    let run = StoredRun::only(&repo);
    let record = run.record();
    let text = |name: &str| record[name].as_str().unwrap_or_default().to_owned();
    assert_eq!(text("schema"), "jci.run/1");
    assert_eq!(text("run"), run.id());
    assert_eq!(text("commit"), repo.git(&["rev-parse", "HEAD"]));
    assert_eq!(text("branch"), "main");
    assert_eq!(text("status"), "err");
    assert_eq!(text("trigger"), "manual");
    assert_eq!(record["dirty"], false);
    assert_eq!(record["exit_code"], 7);
    assert_eq!(record["reason"], serde_json::Value::Null);
    assert_eq!(record["host"]["os"], std::env::consts::OS);
    assert_eq!(record["tool"]["name"], "git-jci");
    let trailers = repo.git(&["log", "-1", "--format=%(trailers)", &repo.run_refs()[0]]);
    let trailers: Vec<_> = trailers.lines().filter_map(|line| line.split_once(": ")).collect();
    let expected = [
        ("Jci-Status", "err".to_owned()),
        ("Jci-Commit", text("commit")),
        ("Jci-Branch", "main".to_owned()),
        ("Jci-Run", run.id().to_owned()),
        ("Jci-Exit-Code", "7".to_owned()),
        ("Jci-Started", text("started")),
        ("Jci-Duration-Ms", record["duration_ms"].to_string()),
    ];
    let expected: Vec<_> = expected.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(trailers, expected);
}

#[test]
fn the_commit_has_no_parents_and_gits_own_identity() {
    let repo = TestRepo::with_script("true\n");
    let _ = jci(&repo, &["run"]).success();
    let format = "--format=%P|%an <%ae>|%cn <%ce>";
    let said = repo.git(&["show", "--no-patch", format, &repo.run_refs()[0]]);
    assert_eq!(said, "|Ada Tester <ada@example.com>|Ada Tester <ada@example.com>");
}

#[test]
fn without_an_identity_jci_signs() {
    let mut repo = TestRepo::with_script("true\n");
    for name in ["GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"]
    {
        repo.environment.unset(name);
    }
    let _ = jci(&repo, &["run"]).success();
    let said = repo.git(&["show", "--no-patch", "--format=%an <%ae>", &repo.run_refs()[0]]);
    assert_eq!(said, "jci <jci@localhost>");
    repo.fsck();
}

/// git takes such names apart or refuses them; a run is stored under any of them.
#[test]
fn identities_that_git_would_not_write_do_no_harm() {
    for (name, email) in [
        ("", "ada@example.com"),
        ("Ada <the> First", "ada@example.com"),
        ("Ada\nTester", "ada@example.com"),
        ("Ada", ""),
        ("Ada", "<ada@example.com>"),
        (" . ", "a b"),
    ] {
        let mut repo = TestRepo::with_script("true\n");
        repo.environment.set("GIT_AUTHOR_NAME", name);
        repo.environment.set("GIT_AUTHOR_EMAIL", email);
        let finished = jci(&repo, &["run"]);
        assert_eq!(finished.code(), Some(0), "{name:?} {email:?} {finished:?}");
        repo.fsck();
        repo.assert_no_remains();
    }
}

#[test]
fn runs_are_stored_in_whatever_formats_git_has() {
    for formats in Formats::ALL {
        let repo = TestRepo::with_formats(formats);
        repo.script(SCRIPT);
        let commit = repo.commit("first");
        let _ = jci(&repo, &["run"]).success();
        let run = StoredRun::only(&repo);
        assert_eq!(run.commit(), commit, "{formats:?}");
        assert_eq!(run.status(), "ok", "{formats:?}");
        assert_eq!(run.artifacts(), ["deep/er/file", "link", "report.txt", "tool"], "{formats:?}");
        repo.fsck();
        repo.assert_no_remains();
    }
}

#[test]
fn many_files_go_into_one_pack_in_every_format() {
    for formats in Formats::ALL {
        let repo = TestRepo::with_formats(formats);
        repo.script(
            "for i in $(seq 300); do echo $i > $i.txt; done\nhead -c 3M /dev/zero > large\n",
        );
        repo.commit("first");
        let _ = jci(&repo, &["run"]).success();
        let run = StoredRun::only(&repo);
        assert_eq!(run.artifacts().len(), 301, "{formats:?}");
        assert_eq!(run.text("300.txt"), "300\n");
        assert_eq!(run.bytes("large"), vec![0; 3 << 20]);
        assert!(repo.git(&["count-objects", "-v"]).contains("packs: 1\n"), "{formats:?}");
        repo.fsck();
        repo.assert_no_remains();
    }
}

#[test]
fn the_page_shows_the_run_and_a_page_of_the_script_stays() {
    let repo = TestRepo::with_script("echo '<b>&'; echo x > 'a b.txt'\n");
    let _ = jci(&repo, &["run"]).success();
    let page = StoredRun::only(&repo).text("index.html");
    assert!(page.contains("&lt;b&gt;&amp;"), "{page}");
    assert!(page.contains("a b.txt"), "{page}");

    let repo = TestRepo::with_script("echo mine > index.html\n");
    let _ = jci(&repo, &["run"]).success();
    assert_eq!(StoredRun::only(&repo).text("index.html"), "mine\n");
}

#[test]
fn equal_runs_share_their_objects() {
    let repo = TestRepo::with_script(
        "head -c 100000 /dev/urandom > $JCI_REPO_ROOT/r; cp $JCI_REPO_ROOT/r .\n",
    );
    let _ = jci(&repo, &["run"]).success();
    repo.script("cp $JCI_REPO_ROOT/r .\n");
    let size = |repo: &TestRepo| -> u64 {
        let counted = repo.git(&["count-objects", "-v"]);
        let line = counted.lines().find_map(|line| line.strip_prefix("size: "));
        line.expect("git tells a size").parse().unwrap()
    };
    let before = size(&repo);
    let _ = jci(&repo, &["run"]).success();
    assert!(size(&repo) < before + 60, "{} KiB after {before}", size(&repo));
    assert_eq!(repo.run_refs().len(), 2);
}
