use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::path::Path;

use jci_exec::{Cancel, Job, Launch, Script, StartError};

use crate::bench::{Bench, Heard, run};

/// Runs the script and gives what it wrote.
fn output_of(path: &Path) -> String {
    let (outcome, text) = run(&Job::script(Script::open(path).unwrap()));
    assert!(outcome.is_success(), "{outcome:?}");
    text
}

/// Gives the error of a script that cannot be started.
fn error_of(bench: &Bench, path: &Path) -> String {
    let run = |script| Job::script(script).run(&mut Heard::default(), &Cancel::new());
    let error = Script::open(path).and_then(run).expect_err("it must not start");
    bench.redact(&error)
}

#[test]
fn a_text_that_is_not_executable_is_run_by_bash() {
    let bench = Bench::new();
    let script = bench.file("script", "#!/bin/false\n[[ $BASH ]] && echo $0");
    assert_eq!(*Script::open(&script).unwrap().launch(), Launch::Bash);
    assert_eq!(bench.redact(&output_of(&script)), "[dir]/script\n");
}

#[test]
fn an_executable_text_is_started_by_its_first_line() {
    let bench = Bench::new();
    let script = bench.executable("script", "#!/usr/bin/env cat\ntext\n");
    assert_eq!(
        *Script::open(&script).unwrap().launch(),
        Launch::Interpreter("/usr/bin/env".into())
    );
    assert_eq!(output_of(&script), "#!/usr/bin/env cat\ntext\n");
}

#[test]
fn an_executable_text_without_interpreter_is_run_by_bash() {
    let bench = Bench::new();
    for text in [
        "[[ $BASH ]] && echo bash\n",
        "# no interpreter\n[[ $BASH ]] && echo bash",
        "#!\n[[ 1 ]] && echo bash",
    ] {
        assert_eq!(output_of(&bench.executable("script", text)), "bash\n");
    }
    assert_eq!(output_of(&bench.executable("empty", "")), "");
}

#[test]
fn a_program_is_started_as_it_is() {
    let bench = Bench::new();
    let program = bench.path("program");
    fs::copy("/bin/echo", &program).unwrap();
    let script = Script::open(&program).unwrap();
    assert_eq!(*script.launch(), Launch::Program);
    let (outcome, text) = run(&Job::script(script).arg("hello"));
    assert!(outcome.is_success());
    assert_eq!(text, "hello\n");
}

#[test]
fn a_script_may_be_a_link_and_have_an_odd_name() {
    let bench = Bench::new();
    let script = bench.file("-e $(touch x) 'quote'\n", "echo odd");
    let link = bench.path("link");
    std::os::unix::fs::symlink(&script, &link).unwrap();
    assert_eq!(output_of(&script), "odd\n");
    assert_eq!(output_of(&link), "odd\n");
}

#[test]
fn what_is_no_script_is_refused() {
    let bench = Bench::new();
    fs::create_dir(bench.path("folder")).unwrap();
    bench.fifo("fifo");
    let _socket = UnixListener::bind(bench.path("socket")).unwrap();
    std::os::unix::fs::symlink("nowhere", bench.path("dangling")).unwrap();
    let error = |name| error_of(&bench, &bench.path(name));
    insta::assert_snapshot!(error("missing"), @"there is no script at '[dir]/missing'");
    insta::assert_snapshot!(error("dangling"), @"there is no script at '[dir]/dangling'");
    insta::assert_snapshot!(error("folder"), @"'[dir]/folder' is a directory, not a script");
    insta::assert_snapshot!(error("fifo"), @"'[dir]/fifo' is not a regular file");
    insta::assert_snapshot!(error("socket"), @"'[dir]/socket' is not a regular file");
}

#[test]
#[cfg(target_os = "linux")]
fn carriage_returns_are_named_where_they_make_a_failure() {
    let bench = Bench::new();
    let error = |text| error_of(&bench, &bench.executable("script", text));
    insta::assert_snapshot!(error("#!/bin/sh\r\necho\r\n"), @r"the first line of '[dir]/script' (`#!/bin/sh`) ends in a carriage return, so its interpreter is not found; to remove them, type: sed -i 's/\r$//' '[dir]/script'");
    insta::assert_snapshot!(error("#!/usr/bin/env bash\r\necho\r\n"), @r"the first line of '[dir]/script' (`#!/usr/bin/env bash`) ends in a carriage return, so its interpreter is not found; to remove them, type: sed -i 's/\r$//' '[dir]/script'");
    // What the message says to type does help.
    let message = error("#!/bin/sh\r\necho repaired\r\n");
    let (_, command) = message.split_once("type: ").unwrap();
    let script = bench.path("script");
    let command = command.replace("[dir]", script.parent().unwrap().to_str().unwrap());
    let typed = std::process::Command::new("sh").arg("-c").arg(command).status().unwrap();
    assert!(typed.success());
    assert_eq!(output_of(&script), "repaired\n");
    // bash never looks at the first line of a file that it is given.
    assert_eq!(output_of(&bench.file("for-bash", "#!/bin/sh\r\necho fine\n")), "fine\n");
}

#[test]
fn a_missing_interpreter_is_named() {
    let bench = Bench::new();
    let script = bench.executable("script", "#!/no/such/interpreter -x\n");
    insta::assert_snapshot!(error_of(&bench, &script), @"the interpreter '/no/such/interpreter' that '[dir]/script' names in its first line is missing");
    // The interpreter is there, but its own is not.
    let outer = bench.executable("outer", format!("#!{}\n", script.display()));
    insta::assert_snapshot!(error_of(&bench, &outer), @"the loader that the program '[dir]/script' needs is missing: it was built for another system");
}

#[test]
fn a_program_for_another_machine_is_named() {
    let bench = Bench::new();
    let program = bench.executable("program", b"\x7fELF\x02\x01\x01\0 and nothing that follows");
    insta::assert_snapshot!(error_of(&bench, &program), @"'[dir]/program' is a program for another kind of machine, or damaged");
}

#[test]
fn an_interpreter_that_may_not_be_started_is_named() {
    let bench = Bench::new();
    let interpreter = bench.file("interpreter", "");
    let script = bench.executable("script", format!("#!{}\n", interpreter.display()));
    insta::assert_snapshot!(error_of(&bench, &script), @"permission denied for '[dir]/interpreter'");
}

#[test]
fn a_script_that_may_not_be_read_is_named() {
    let bench = Bench::new();
    let script = bench.file("script", "echo");
    fs::set_permissions(&script, PermissionsExt::from_mode(0o000)).unwrap();
    let error = if rustix::process::geteuid().is_root() {
        // root may read anything: somebody else has to try.
        fs::set_permissions(script.parent().unwrap(), PermissionsExt::from_mode(0o755)).unwrap();
        let mut helper = crate::helper::Helper::command(&script);
        std::os::unix::process::CommandExt::uid(&mut helper, 65534);
        let mut helper = crate::helper::Helper::start(helper);
        let report = helper.report();
        assert!(helper.end().success());
        report
    } else {
        Script::open(&script).unwrap_err().to_string()
    };
    insta::assert_snapshot!(bench.redact(&error), @"permission denied for '[dir]/script'");
}

#[test]
fn a_missing_bash_is_named() {
    let bench = Bench::new();
    let script = Script::open(bench.file("script", "echo")).unwrap();
    let job = Job::script(script).env("PATH", bench.path("empty"));
    let error = job.run(&mut Heard::default(), &Cancel::new()).unwrap_err();
    insta::assert_snapshot!(bench.redact(&error), @"'[dir]/script' is run by bash, which is not on PATH");
}

#[test]
fn a_missing_program_or_directory_is_named() {
    let bench = Bench::new();
    let error =
        |job: Job| bench.redact(&job.run(&mut Heard::default(), &Cancel::new()).unwrap_err());
    insta::assert_snapshot!(error(Job::program("no-such-program")), @"there is no program 'no-such-program'");
    let nowhere = bench.job("echo").directory(bench.path("nowhere"));
    insta::assert_snapshot!(error(nowhere), @"the working directory '[dir]/nowhere' is missing");
}

#[test]
fn a_script_that_went_away_after_the_look_is_missing() {
    let bench = Bench::new();
    let path = bench.executable("script", "#!/bin/sh\n");
    let script = Script::open(&path).unwrap();
    fs::remove_file(path).unwrap();
    let error = Job::script(script).run(&mut Heard::default(), &Cancel::new()).unwrap_err();
    assert!(matches!(error, StartError::Missing { .. }));
}

#[test]
#[cfg(target_os = "linux")]
fn a_program_that_is_being_written_is_named() {
    let bench = Bench::new();
    let program = bench.path("program");
    fs::copy("/bin/echo", &program).unwrap();
    fs::set_permissions(&program, PermissionsExt::from_mode(0o755)).unwrap();
    let _writer = fs::File::options().write(true).open(&program).unwrap();
    insta::assert_snapshot!(error_of(&bench, &program), @"'[dir]/program' is being written by another process");
}
