//! `git jci cat`.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;

use insta::assert_snapshot;
use jci_testkit::PlumbedRun;

use crate::fixture::{FAILED, Fixture, ORIGINAL, PASSED, the_same_in_all_formats};
use crate::jci::{BINARY, jci};
use crate::running::Running;

#[test]
fn a_file_is_printed_byte_for_byte() {
    let printed = the_same_in_all_formats(|fixture| {
        let data = jci(&fixture.repo, &["cat", "report/data.bin"]).success();
        assert_eq!(data.stdout_bytes(), [0, 159, 146, 150]);
        let path = "run.output.txt";
        [&["cat", path][..], &["cat", FAILED, path], &["cat", ORIGINAL, path], &["cat", "latest"]]
            .map(|arguments| fixture.jci(arguments))
            .concat()
    });
    assert_snapshot!(printed, @"
    exit 0
    --- stdout
    begin
    all is well
    exit 0
    --- stdout
    begin
    oh no
    exit 0
    --- stdout
    hello from the original
    exit 0
    --- stdout
    report/summary.txt
    ");
}

#[test]
fn a_large_file_is_streamed_whole() {
    let fixture = Fixture::new();
    let large: Vec<u8> = (0..3_000_000u32)
        .flat_map(|i| (i.wrapping_mul(2_654_435_761) >> 9).to_le_bytes())
        .collect();
    let run = PlumbedRun::new("1767330000-00dd", "ok").file("large", &large);
    fixture.repo.plumb_run(&fixture.second, &run);
    for packed in [false, true] {
        if packed {
            fixture.repo.git(&["repack", "-adq"]);
        }
        let printed = jci(&fixture.repo, &["cat", "large"]).success();
        assert!(printed.stdout_bytes() == large, "packed: {packed}");
    }
}

#[test]
fn names_are_bytes() {
    let fixture = Fixture::new();
    let name = b"a\nb\xff";
    let run = PlumbedRun::new("1767330000-00dd", "ok").file(name, "odd\n");
    fixture.repo.plumb_run(&fixture.second, &run);
    let arguments = [OsStr::new("cat"), OsStr::from_bytes(name)];
    let printed = fixture.repo.environment.run(BINARY, &arguments, fixture.repo.path()).success();
    assert_eq!(printed.stdout(), "odd\n");
    let arguments = [OsStr::new("cat"), OsStr::from_bytes(b"\xff"), OsStr::new("a")];
    let refused = fixture.repo.environment.run(BINARY, &arguments, fixture.repo.path());
    assert_snapshot!(fixture.shown(&refused), @"
    exit 2
    --- stderr
    error: invalid UTF-8 was detected in one or more arguments

    Usage: git jci cat [OPTIONS] [RUN] <PATH>

    For more information, try '--help'.
    ");
}

#[test]
fn a_path_that_is_not_there_is_answered_with_what_is() {
    let fixture = Fixture::new();
    assert_snapshot!(fixture.jci(&["cat", "report/sumary.txt"]), @"
    exit 3
    --- stderr
    error: the run 1767326645-00cc has no file report/sumary.txt
    hint: it has report/summary.txt, report/data.bin
    hint: type `git jci show 1767326645-00cc` to see all files of the run
    ");
    assert_snapshot!(fixture.jci(&["cat", PASSED, "summary.txt"]), @"
    exit 3
    --- stderr
    error: the run 1767326645-00cc has no file summary.txt
    hint: it has report/summary.txt
    hint: type `git jci show 1767326645-00cc` to see all files of the run
    ");
    assert_snapshot!(fixture.jci(&["cat", "report"]), @"
    exit 3
    --- stderr
    error: report is a folder of 2 files in the run 1767326645-00cc
    hint: type `git jci get 1767326645-00cc report` to get them all
    hint: type `git jci show 1767326645-00cc` to see all files of the run
    ");
    assert_snapshot!(fixture.jci(&["cat", "zzz"]), @"
    exit 3
    --- stderr
    error: the run 1767326645-00cc has no file zzz
    hint: type `git jci show 1767326645-00cc` to see all files of the run
    ");
    assert_snapshot!(fixture.jci(&["cat", "latest/x"]), @"
    exit 3
    --- stderr
    error: the run 1767326645-00cc has no file latest/x
    hint: it has latest
    hint: type `git jci show 1767326645-00cc` to see all files of the run
    ");
}

#[test]
fn a_run_that_goes_on_has_no_files_yet() {
    let fixture = Fixture::new();
    let running = Running::start(&fixture.repo);
    let refused = fixture.jci(&["cat", "kept.txt"]);
    let id = refused.split("the run ").nth(1).unwrap().split(' ').next().unwrap();
    assert_snapshot!(refused.replace(id, "[run]"), @"
    exit 3
    --- stderr
    error: the run [run] is still going on, its files are not stored
    hint: type `git jci log -f [run]` to follow it to its end
    ");
    running.tell("fail");
    assert_eq!(jci(&fixture.repo, &["cat", "kept.txt"]).success().stdout(), "kept\n");
}
