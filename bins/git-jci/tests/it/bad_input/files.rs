//! What a script may leave that is no ordinary file with an ordinary name.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;

use insta::assert_snapshot;
use jci_testkit::{Environment, Formats, OrdinaryUser, TestRepo};

use super::assert_clean;
use crate::jci::{BINARY, jci, shown};
use crate::stored_run::StoredRun;

/// Runs a script and shows what its caller sees and what is stored, in whatever format.
fn run_of(script: &str) -> String {
    let [first, others @ ..] = Formats::ALL.map(|formats| {
        let repo = TestRepo::in_environment(Environment::in_memory(), formats);
        repo.script(script);
        repo.commit("first");
        let finished = jci(&repo, &["run"]);
        let run = StoredRun::only(&repo);
        let said = run.redact(&shown(&repo, &finished));
        assert_clean(&repo);
        format!("{said}--- stored\n{}", artifacts(&run))
    });
    assert!(others.iter().all(|other| *other == first), "{first} {others:?}");
    first
}

/// Lists what a script left, with its modes, in the order of the bytes of its names.
fn artifacts(run: &StoredRun<'_>) -> String {
    let own = ["index.html", "run.json", "run.output.txt", "run.timing", "status.txt"];
    let files = run.files().into_iter().filter(|line| !own.contains(&&line[7..]));
    files.map(|line| line + "\n").collect()
}

#[test]
fn an_output_folder_that_the_script_removed() {
    assert_snapshot!(run_of("echo x > file; rm -r \"$JCI_OUTPUT_DIR\"\n"), @r#"
    exit 0
    --- stderr
    jci: run [run] of [commit]
    warning: left out "$JCI_OUTPUT_DIR": the folder is gone, or no folder any more
    jci: ok in [time], stored as run [run]
    --- stored
    "#);
}

#[test]
fn an_output_folder_that_the_script_replaced() {
    let gone = run_of("cd ..; rm -r \"$JCI_OUTPUT_DIR\"; echo x > \"$JCI_OUTPUT_DIR\"\n");
    assert_snapshot!(gone, @r#"
    exit 0
    --- stderr
    jci: run [run] of [commit]
    warning: left out "$JCI_OUTPUT_DIR": the folder is gone, or no folder any more
    jci: ok in [time], stored as run [run]
    --- stored
    "#);
    let link = run_of("cd ..; rm -r \"$JCI_OUTPUT_DIR\"; ln -s \"$HOME\" \"$JCI_OUTPUT_DIR\"\n");
    assert_eq!(link, gone);
    let with_its_parents = run_of("rm -r \"$JCI_REPO_ROOT/.jci/runs\"\n");
    assert_eq!(with_its_parents, gone);
    let cleaned = run_of("cd \"$JCI_REPO_ROOT\" && git clean -ffdxq\n");
    assert_eq!(cleaned, gone);
}

#[test]
fn a_symlink_in_the_place_of_the_output_folder_is_not_followed() {
    let repo = TestRepo::with_script("cd ..; rm -r $JCI_OUTPUT_DIR; ln -s $HOME $JCI_OUTPUT_DIR\n");
    std::fs::write(repo.environment.path("home/precious"), "mine").unwrap();
    let _ = jci(&repo, &["run"]).success();
    assert!(StoredRun::only(&repo).artifacts().is_empty());
    assert!(repo.environment.path("home/precious").exists());
    assert_clean(&repo);
}

#[test]
fn names_are_bytes() {
    let stored = run_of(
        r#"#!/bin/bash
        touch -- $'new\nline' 'quote"' "quote'" $'\xff\xfe' $'tab\t' -rf ' ' '\' '*' '~' $'\e[31m'
        touch $'\u202e' ... $'\r' 'C:' 'aux' '%2e%2e'
        mkdir $'\xffd\n'; touch $'\xffd\n/\x01'; ln -s $'\xff\n' link
        "#,
    );
    assert_snapshot!(stored, @r#"
    exit 0
    --- stderr
    jci: run [run] of [commit]
    jci: ok in [time], stored as run [run]
    --- stored
    100644 "\r"
    100644 "\033[31m"
    100644  
    100644 %2e%2e
    100644 *
    100644 -rf
    100644 ...
    100644 C:
    100644 "\\"
    100644 aux
    120000 link
    100644 "new\nline"
    100644 "quote\""
    100644 quote'
    100644 "tab\t"
    100644 ~
    100644 "\342\200\256"
    100644 "\377d\n/\001"
    100644 "\377\376"
    "#);
}

#[test]
fn names_come_back_as_they_were() {
    let repo = TestRepo::with_script("#!/bin/bash\necho it > $'\\xff\\n\"\\e[31m'\n");
    let _ = jci(&repo, &["run"]).success();
    let name = OsStr::from_bytes(b"\xff\n\"\x1b[31m");
    let arguments = [OsStr::new("get"), OsStr::new("HEAD"), name, OsStr::new("-o")];
    let out = repo.environment.path("out");
    let arguments = [&arguments[..], &[out.as_os_str()]].concat();
    let _ = repo.environment.run(BINARY, &arguments, repo.path()).success();
    assert_eq!(std::fs::read_to_string(out.join(name)).unwrap(), "it\n");
}

#[test]
fn symlinks_are_stored_and_never_followed() {
    let stored = run_of(
        "ln -s loop loop; ln -s b a; ln -s a b; ln -s . here; ln -s .. up; ln -s / root\n\
         mkdir folder; ln -s ../folder folder/self; ln -s /etc/passwd passwd\n\
         ln -s gone dangling; mkdir real; ln -s real folder-link; echo x > real/file\n",
    );
    assert_snapshot!(stored, @"
    exit 0
    --- stderr
    jci: run [run] of [commit]
    jci: ok in [time], stored as run [run]
    --- stored
    120000 a
    120000 b
    120000 dangling
    120000 folder-link
    120000 folder/self
    120000 here
    120000 loop
    120000 passwd
    100644 real/file
    120000 root
    120000 up
    ");
}

#[test]
fn what_git_cannot_keep_is_left_out_and_named() {
    let stored = run_of(
        "mkfifo pipe; mkdir -p a/b empty/empty; echo kept > a/b/file\n\
         git init --quiet a/nested; echo kept > a/nested/file; mkdir a/.GIT a/b/.git\n\
         echo x > a/.GIT/x; echo x > .gitmodules; echo kept > .gitignore\n\
         echo mine > status.txt; mkdir run.json; echo mine > run.json/mine; echo kept > a/run.json\n",
    );
    let (said, stored) = stored.split_once("--- stored\n").unwrap();
    let mut said: Vec<_> = said.lines().collect();
    said.sort_unstable();
    assert_snapshot!(said.join("\n"), @r#"
    --- stderr
    exit 0
    jci: ok in [time], stored as run [run]
    jci: run [run] of [commit]
    warning: left out ".gitmodules": git reads a .gitmodules as settings, and may refuse them
    warning: left out "a/.GIT": a nested .git
    warning: left out "a/b/.git": a nested .git
    warning: left out "a/nested/.git": a nested .git
    warning: left out "pipe": a named pipe
    warning: left out "run.json": the name belongs to jci
    warning: left out "status.txt": the name belongs to jci
    "#);
    assert_snapshot!(stored, @"
    100644 .gitignore
    100644 a/b/file
    100644 a/nested/file
    100644 a/run.json
    ");
}

#[test]
fn a_socket_that_is_left_is_left_out() {
    let repo = TestRepo::with_script("read -r line < \"$JCI_REPO_ROOT/.git/go\"; echo x > file\n");
    let _ = repo.run("mkfifo", &[".git/go"]).success();
    let child = crate::running::spawn(&repo, &["run"]);
    // The script waits for this line, in a folder that is there by now.
    let mut go = std::fs::OpenOptions::new().write(true).open(repo.path().join(".git/go")).unwrap();
    let output = std::fs::read_dir(repo.path().join(".jci/runs")).unwrap();
    let output = output.map(|entry| entry.unwrap().path()).find(|path| path.is_dir()).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(output.join("socket")).unwrap();
    std::io::Write::write_all(&mut go, b"go\n").unwrap();
    drop(go);
    let finished = crate::running::finish(child).success();
    assert!(finished.stderr().contains("warning: left out \"socket\": a socket\n"), "{finished:?}");
    let run = StoredRun::only(&repo);
    assert_eq!(run.artifacts(), ["file"]);
    assert_eq!(run.log(), "jci: left out \"socket\": a socket\n");
    assert_clean(&repo);
}

#[test]
fn deep_folders_are_stored_as_deep_as_paths_go() {
    // As many folders of 200 bytes as fit into a path of 4096 bytes, and some more.
    let repo = TestRepo::with_script(
        "#!/bin/bash\nname=$(printf 'd%.0s' {1..200})\n\
         for i in {1..30}; do mkdir $name; cd $name; echo $i > file; done\n",
    );
    let finished = jci(&repo, &["run"]).success();
    let run = StoredRun::only(&repo);
    let stored = run.artifacts().len();
    assert!((15..21).contains(&stored), "{stored}");
    let said = finished.stderr();
    assert_eq!(said.matches("warning: left out ").count(), 1, "{finished:?}");
    assert!(said.contains("cannot be read: File name too long"), "{finished:?}");
    assert!(run.log().contains("File name too long"));
    assert_clean(&repo);

    let repo = TestRepo::with_script(
        "#!/bin/bash\ndeep=$(printf 'd/%.0s' {1..900})\nmkdir -p $deep; echo deep > ${deep}file\n",
    );
    let _ = jci(&repo, &["run"]).success();
    let run = StoredRun::only(&repo);
    assert_eq!(run.artifacts(), [format!("{}file", "d/".repeat(900))]);
    assert_eq!(run.text(&format!("{}file", "d/".repeat(900))), "deep\n");
    // A loose object for each folder would take a sync for each.
    assert!(repo.git(&["count-objects", "-v"]).contains("packs: 1\n"));
    assert_clean(&repo);
}

/// What the user of the run may not read, and folders that hold on to what is in them.
#[test]
fn what_may_not_be_read_is_left_out_and_removed_all_the_same() {
    let repo = TestRepo::with_script(
        "mkdir closed locked; echo x > closed/file; echo x > locked/file; echo x > unreadable\n\
         echo x > file; chmod 0 closed unreadable; chmod a-w locked\n",
    );
    repo.git(&["config", "--global", "safe.directory", "*"]);
    let user = OrdinaryUser::of(&repo);
    let binary = user.copy_of(std::path::Path::new(BINARY));
    let finished = user.run(binary, &["run"]);
    let run = StoredRun::only(&repo);
    assert_snapshot!(run.redact(&shown(&repo, &finished)), @r#"
    exit 0
    --- stderr
    jci: run [run] of [commit]
    warning: left out "closed": cannot be read: Permission denied (os error 13)
    warning: left out "unreadable": cannot be read: Permission denied (os error 13)
    jci: ok in [time], stored as run [run]
    "#);
    assert_snapshot!(run.artifacts().join("\n"), @"
    file
    locked/file
    ");
    assert_clean(&repo);
}
