//! Revisions that are none.

use insta::assert_snapshot;
use jci_testkit::{Formats, TestRepo};

use super::assert_clean;
use crate::jci::{jci, shown};

#[test]
fn what_begins_with_a_hyphen_is_an_option_or_refused() {
    let repo = TestRepo::with_script("true\n");
    assert_snapshot!(shown(&repo, &jci(&repo, &["run", "-x"])), @"
    exit 2
    --- stderr
    error: unexpected argument '-x' found

      tip: to pass '-x' as a value, use '-- -x'

    Usage: git jci run [OPTIONS] [REV]

    For more information, try '--help'.
    ");
    assert_snapshot!(shown(&repo, &jci(&repo, &["run", "--", "-x"])), @r#"
    exit 3
    --- stderr
    error: "-x" names no commit and no run here
    hint: type `git jci ls` to see the runs, `git log` to see the commits
    "#);
    assert!(repo.run_refs().is_empty());
    assert_clean(&repo);
}

/// No text that is typed as a revision becomes an option of git, or a second line of what it reads.
#[test]
fn no_revision_is_taken_for_anything_else() {
    for formats in [Formats::Git2, Formats::Git3] {
        let repo = TestRepo::with_formats(formats);
        repo.script("true\n");
        repo.commit("first");
        let output = format!("--output={}", repo.path().join("pwned").display());
        for revision in [
            "--all",
            "--help",
            "--end-of-options",
            "--git-dir=/nowhere",
            &output,
            "",
            " ",
            "HEAD\nHEAD",
            "HEAD^{tree}",
            "HEAD:.jci/run.sh",
            "HEAD..HEAD",
            "^HEAD",
            "HEAD~1",
            "@{-1}",
            "refs/heads/../../HEAD",
            ".",
            "*",
            "$(touch pwned)",
            "0123456789abcdef0123456789abcdef01234567",
        ] {
            for command in [&["run", "--"][..], &["show", "--"], &["log", "--"], &["status", "--"]]
            {
                let finished = jci(&repo, &[command, &[revision]].concat());
                let said = finished.stderr();
                assert_eq!(finished.code(), Some(3), "{command:?} {revision:?}: {finished:?}");
                assert!(said.starts_with("error: "), "{command:?} {revision:?}: {finished:?}");
                assert_eq!(said.matches("error: ").count(), 1, "{finished:?}");
            }
        }
        assert!(repo.run_refs().is_empty());
        assert_clean(&repo);
    }
}
