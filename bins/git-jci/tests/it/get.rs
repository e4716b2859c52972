//! `git jci get`.

use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use insta::assert_snapshot;
use jci_testkit::PlumbedRun;

use crate::fixture::{Fixture, PASSED, the_same_in_all_formats};
use crate::jci::{jci, jci_in};
use crate::terminal::on_terminal;

/// Lists all that is below a folder: what it is, and what is in it.
fn tree(folder: &Path) -> String {
    let mut lines = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(inner) = folders.pop() {
        for entry in fs::read_dir(inner).unwrap() {
            let path = entry.unwrap().path();
            let kind = path.symlink_metadata().unwrap();
            let name = path.strip_prefix(folder).unwrap().display().to_string();
            if kind.is_dir() {
                folders.push(path);
            } else if kind.is_symlink() {
                lines.push(format!("{name} -> {}\n", fs::read_link(path).unwrap().display()));
            } else {
                let mark = if kind.permissions().mode() & 0o111 == 0 { "" } else { "*" };
                lines.push(format!(
                    "{name}{mark} {:?}\n",
                    fs::read_to_string(path).unwrap_or_default()
                ));
            }
        }
    }
    lines.sort();
    lines.concat()
}

fn output(fixture: &Fixture) -> PathBuf {
    fixture.repo.path().join("out")
}

/// A run that no jci would store, and what `get` says to it.
fn refused(run: &PlumbedRun) -> String {
    let fixture = Fixture::new();
    fixture.repo.plumb_run(&fixture.second, run);
    let said = fixture.jci(&["get", "1767330000-00dd", "-o", "out"]);
    assert!(!output(&fixture).exists(), "{}", tree(&output(&fixture)));
    said
}

fn hostile() -> PlumbedRun {
    PlumbedRun::new("1767330000-00dd", "ok")
}

#[test]
fn all_files_are_written() {
    let written = the_same_in_all_formats(|fixture| {
        let said = fixture.jci(&["get"]);
        let folder = fixture.repo.path().join(format!("jci-{PASSED}"));
        fs::remove_file(folder.join("run.json")).unwrap();
        said + &tree(&folder)
    });
    assert_snapshot!(written, @r##"
    exit 0
    --- stdout
    wrote 8 files to jci-1767326645-00cc
    index.html "<!DOCTYPE html>\n"
    latest -> report/summary.txt
    report/data.bin ""
    report/summary.txt "3 passed\n"
    run.output.txt "begin\nall is well\n"
    status.txt "ok\n"
    tool* "#!/bin/sh\necho tool\n"
    "##);
}

#[test]
fn files_and_folders_are_chosen_by_path() {
    let fixture = Fixture::new();
    let folder = output(&fixture);
    assert_snapshot!(fixture.jci(&["get", "HEAD", "report/", "tool", "-o", "out"]), @"
    exit 0
    --- stdout
    wrote 3 files to out
    ");
    assert_snapshot!(tree(&folder), @r##"
    report/data.bin ""
    report/summary.txt "3 passed\n"
    tool* "#!/bin/sh\necho tool\n"
    "##);
    assert_snapshot!(fixture.jci(&["get", "HEAD", "repot/summary.txt"]), @"
    exit 3
    --- stderr
    error: the run 1767326645-00cc has no file repot/summary.txt
    hint: it has report/summary.txt
    hint: type `git jci show 1767326645-00cc` to see all files of the run
    ");
    assert_snapshot!(fixture.jci(&["get", "report"]), @r#"
    exit 3
    --- stderr
    error: "report" names no commit and no run here
    hint: type `git jci ls` to see the runs, `git log` to see the commits
    hint: if report is a file of a run, type `git jci get HEAD report`
    "#);
    let sub = fixture.repo.path().join("out/report");
    let said = fixture.shown(&jci_in(&fixture.repo, &sub, &["get", "HEAD", "tool", "-o", "."]));
    assert_snapshot!(said, @"
    exit 0
    --- stdout
    wrote 1 file to .
    ");
    assert!(sub.join("tool").exists());
}

#[test]
fn nothing_is_replaced_unless_that_is_wanted() {
    let fixture = Fixture::new();
    fixture.repo.write("out/tool", "mine");
    fixture.repo.write("out/other", "mine");
    assert_snapshot!(fixture.jci(&["get", "-o", "out"]), @"
    exit 3
    --- stderr
    error: 1 file is in [repo]/out already: tool
    hint: add `--force` to replace what is there, or give `-o` another folder
    ");
    assert_eq!(tree(&output(&fixture)), "other \"mine\"\ntool \"mine\"\n");
    assert_snapshot!(fixture.jci(&["get", "HEAD", "tool", "-o", "out", "--force"]), @"
    exit 0
    --- stdout
    wrote 1 file to out
    ");
    assert_snapshot!(tree(&output(&fixture)), @r##"
    other "mine"
    tool* "#!/bin/sh\necho tool\n"
    "##);
    let before = output(&fixture).join("tool").metadata().unwrap().ino();
    let _ = jci(&fixture.repo, &["get", "HEAD", "tool", "-o", "out", "--force"]).success();
    let after = output(&fixture).join("tool").metadata().unwrap().ino();
    assert_ne!(before, after, "a file is replaced whole, never rewritten in place");
}

#[test]
fn what_is_in_the_way_is_named() {
    let fixture = Fixture::new();
    fixture.repo.write("out/tool/inner", "a folder");
    let force = ["get", "HEAD", "tool", "-o", "out", "--force"];
    assert_snapshot!(fixture.jci(&force), @"
    exit 3
    --- stderr
    error: [repo]/out/tool is there and is a folder
    hint: remove it, or give `-o` another folder
    ");
    assert_eq!(tree(&output(&fixture)), "tool/inner \"a folder\"\n");
    fixture.repo.write("file", "no folder");
    assert_snapshot!(fixture.jci(&["get", "-o", "file"]), @"
    exit 4
    --- stderr
    error: failed to open the folder [repo]/file: File exists (os error 17)
    hint: give -o a folder that you may write to
    ");
    assert_snapshot!(fixture.jci(&["get", "-o", "file/below"]), @"
    exit 4
    --- stderr
    error: failed to open the folder [repo]/file/below: Not a directory (os error 20)
    hint: give -o a folder that you may write to
    ");
}

#[test]
fn symlinks_that_are_there_are_no_way_out() {
    let fixture = Fixture::new();
    let outside = fixture.repo.environment.path("outside");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("target"), "precious").unwrap();
    fs::create_dir(output(&fixture)).unwrap();
    symlink(&outside, output(&fixture).join("report")).unwrap();
    symlink(outside.join("target"), output(&fixture).join("tool")).unwrap();
    assert_snapshot!(fixture.jci(&["get", "HEAD", "report", "-o", "out", "--force"]), @"
    exit 3
    --- stderr
    error: [repo]/out/report is there and is no folder; symlinks are not followed
    hint: remove it, or give `-o` another folder
    ");
    assert_snapshot!(fixture.jci(&["get", "HEAD", "report", "-o", "out"]), @"
    exit 3
    --- stderr
    error: [repo]/out/report is there and is no folder; symlinks are not followed
    hint: remove it, or give `-o` another folder
    ");
    let _ = jci(&fixture.repo, &["get", "HEAD", "tool", "-o", "out", "--force"]).success();
    assert_eq!(tree(&outside), "target \"precious\"\n");
    assert!(output(&fixture).join("tool").symlink_metadata().unwrap().is_file());
    // The folder itself is chosen by who types the command.
    symlink(&outside, fixture.repo.path().join("chosen")).unwrap();
    let _ = jci(&fixture.repo, &["get", "HEAD", "latest", "-o", "chosen"]).success();
    assert!(outside.join("latest").symlink_metadata().unwrap().is_symlink());
}

#[test]
fn runs_that_mean_harm_are_refused_by_name() {
    assert_snapshot!(refused(&hostile().file("../escaped", "x")), @r#"
    exit 3
    --- stderr
    error: the run 1767330000-00dd holds what jci does not write to disk: the path "../escaped" is not safe to write: it leads to another folder
    hint: nothing was written; jci stores no run like this, whoever made it may mean harm
    hint: type `git jci get 1767330000-00dd PATH` for the files that you want
    "#);
    assert_snapshot!(refused(&hostile().file("a/../../escaped", "x")), @r#"
    exit 3
    --- stderr
    error: the run 1767330000-00dd holds what jci does not write to disk: the path "a/../../escaped" is not safe to write: it leads to another folder
    hint: nothing was written; jci stores no run like this, whoever made it may mean harm
    hint: type `git jci get 1767330000-00dd PATH` for the files that you want
    "#);
    assert_snapshot!(refused(&hostile().file("sub/.git/config", "x")), @r#"
    exit 3
    --- stderr
    error: the run 1767330000-00dd holds what jci does not write to disk: the path "sub/.git/config" is not safe to write: git would take it for a repository
    hint: nothing was written; jci stores no run like this, whoever made it may mean harm
    hint: type `git jci get 1767330000-00dd PATH` for the files that you want
    "#);
    assert_snapshot!(refused(&hostile().file(".GIT/hooks/pre-commit", "x")), @r#"
    exit 3
    --- stderr
    error: the run 1767330000-00dd holds what jci does not write to disk: the path ".GIT/hooks/pre-commit" is not safe to write: git would take it for a repository
    hint: nothing was written; jci stores no run like this, whoever made it may mean harm
    hint: type `git jci get 1767330000-00dd PATH` for the files that you want
    "#);
    assert_snapshot!(refused(&hostile().file("./a", "x")), @r#"
    exit 3
    --- stderr
    error: the run 1767330000-00dd holds what jci does not write to disk: the path "./a" is not safe to write: it leads to another folder
    hint: nothing was written; jci stores no run like this, whoever made it may mean harm
    hint: type `git jci get 1767330000-00dd PATH` for the files that you want
    "#);
    let through_link = hostile().symlink("a", "/tmp").file("a/passwd", "x");
    assert_snapshot!(refused(&through_link), @r#"
    exit 3
    --- stderr
    error: the run 1767330000-00dd holds what jci does not write to disk: the path "a" is not safe to write: it is both a folder and a file
    hint: nothing was written; jci stores no run like this, whoever made it may mean harm
    hint: type `git jci get 1767330000-00dd PATH` for the files that you want
    "#);
    assert_snapshot!(refused(&hostile().symlink(".gitmodules", "x")), @r#"
    exit 3
    --- stderr
    error: the run 1767330000-00dd holds what jci does not write to disk: the path ".gitmodules" is not safe to write: git would take it for settings
    hint: nothing was written; jci stores no run like this, whoever made it may mean harm
    hint: type `git jci get 1767330000-00dd PATH` for the files that you want
    "#);
}

#[test]
fn a_name_with_a_slash_in_it_is_refused() {
    let fixture = Fixture::new();
    let blob = fixture.repo.git(&["rev-parse", &format!("{}:status.txt", run_ref(&fixture))]);
    for (name, why) in [("../../up", "another folder"), ("/etc/passwd", "a name is empty")] {
        // git makes no such tree; a file that calls itself one has to be written by hand.
        let entry = fixture.repo.environment.path("tree");
        let mut tree = format!("100644 {name}\0").into_bytes();
        tree.extend(
            (0..blob.len()).step_by(2).map(|i| u8::from_str_radix(&blob[i..i + 2], 16).unwrap()),
        );
        fs::write(&entry, tree).unwrap();
        let entry = entry.to_str().unwrap();
        let tree = fixture.repo.git(&["hash-object", "-t", "tree", "--literally", "-w", entry]);
        let commit = fixture.repo.git(&["commit-tree", "-m", "Jci-Status: ok", &tree]);
        let name = format!("refs/jci-runs/{}/1767330000-00dd", fixture.second);
        fixture.repo.git(&["update-ref", &name, &commit]);
        let said = jci(&fixture.repo, &["get", "1767330000-00dd", "-o", "out"]).exits(3);
        assert!(said.stderr().contains(why), "{said:?}");
        assert!(!output(&fixture).exists());
    }
}

fn run_ref(fixture: &Fixture) -> String {
    format!("refs/jci-runs/{}/{PASSED}", fixture.second)
}

#[test]
fn odd_names_are_harmless_names() {
    let fixture = Fixture::new();
    let outside = fixture.repo.environment.path("outside");
    let run = hostile()
        .file("C:\\windows\\system32", "1")
        .file("..\\up", "2")
        .file(b"new\nline \xff", "3")
        .file("-rf", "4")
        .symlink("out", outside.to_str().unwrap())
        .symlink("dangling", "../../..");
    fixture.repo.plumb_run(&fixture.second, &run);
    let _ = jci(&fixture.repo, &["get", "1767330000-00dd", "-o", "out"]).success();
    let mut names: Vec<_> = fs::read_dir(output(&fixture))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().as_bytes().escape_ascii().to_string())
        .collect();
    names.sort();
    let names = names.join("\n");
    assert_snapshot!(names, @r"
    -rf
    ..\\up
    C:\\windows\\system32
    dangling
    index.html
    new\nline \xff
    out
    run.output.txt
    status.txt
    ");
    assert!(!outside.exists());
}

#[test]
fn deep_folders_are_written() {
    let fixture = Fixture::new();
    // Longer than any system call takes a path.
    let deep = ["a-name-of-some-length"; 250].join("/");
    assert!(deep.len() > 4096);
    let run = hostile().file(format!("{deep}/file"), "deep").file(format!("{deep}/other"), "too");
    fixture.repo.plumb_run(&fixture.second, &run);
    let _ = jci(&fixture.repo, &["get", "1767330000-00dd", "-o", "out"]).success();
    let found = fixture.repo.run("find", &["out", "-type", "f", "-name", "other"]).success();
    assert_eq!(found.stdout(), format!("out/{deep}/other\n"));
}

#[test]
fn a_folder_that_nobody_may_write_is_named() {
    let fixture = Fixture::new();
    // Root may write to any folder, but not to this file system.
    let said = fixture.jci(&["get", "-o", "/proc/jci"]);
    assert_snapshot!(said, @"
    exit 4
    --- stderr
    error: failed to open the folder /proc/jci: No such file or directory (os error 2)
    hint: give -o a folder that you may write to
    ");
}

#[test]
fn on_a_terminal_progress_leaves_no_trace() {
    let fixture = Fixture::new();
    let said = on_terminal(&fixture.repo, 80, &["get", "-o", "out"]).success().stdout();
    assert!(said.ends_with("wrote 8 files to out\r\n"), "{said:?}");
    assert!(output(&fixture).join("report/summary.txt").exists());
}
