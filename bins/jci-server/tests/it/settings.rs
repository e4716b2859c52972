//! What the command line says, and what it says is wrong.

use std::process::{Command, Output, Stdio};

use jci_testkit::forge::FakeForge;

fn run(arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jci-server"));
    command.env_clear().envs(variables.iter().copied()).args(arguments).stdin(Stdio::null());
    command.output().unwrap()
}

fn check(host: &str, token: &str, more: &[(&str, &str)]) -> (Option<i32>, String) {
    let least = [
        ("GITEA_HOST", host),
        ("GITEA_TOKEN", token),
        ("GITEA_WEBHOOK_SECRET", "h"),
        ("JCI_RUNNER_SECRET", "r"),
    ];
    let output = run(&["--check"], &[&least, more].concat());
    (output.status.code(), String::from_utf8(output.stderr).unwrap().replace(host, "[forge]"))
}

#[test]
fn without_settings_it_says_which_are_needed() {
    let output = run(&[], &[]);
    assert_eq!(output.status.code(), Some(2));
    insta::assert_snapshot!(String::from_utf8(output.stderr).unwrap(), @r"
    jci-server: GITEA_HOST is not set: Address of the forge, whichever it is: a host, or a URL; https:// is assumed
    jci-server: GITEA_TOKEN is not set: Token of the forge: may read repositories, push to them and set statuses
    jci-server: GITEA_WEBHOOK_SECRET is not set: Secret that the forge signs its webhooks with
    jci-server: JCI_RUNNER_SECRET is not set: Secret that runners show when they ask for work
    ");
}

#[test]
fn help_goes_to_standard_output() {
    let output = run(&["--help"], &[]);
    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("--max-jobs <NUMBER>") && text.contains("JCI_MAX_JOBS, default: 4"),
        "{text}"
    );
}

#[test]
fn a_check_asks_the_forge_and_says_what_to_change() {
    let forge = FakeForge::gitea();
    forge.expect_refusals();
    let token = forge.token("jci", &["write:repository"]);
    assert_eq!(check(&forge.url(), &token, &[]), (Some(0), String::new()));
    let (code, said) = check(&forge.url(), "wrong", &[]);
    assert_eq!(code, Some(4));
    insta::assert_snapshot!(said, @"jci-server: GITEA_TOKEN is wrong: [forge] does not take it (401); make a new token there and set GITEA_TOKEN or GITEA_TOKEN_FILE");
    let (code, said) = check(&forge.url(), &forge.token("poor", &["read:user"]), &[]);
    assert_eq!(code, Some(4));
    insta::assert_snapshot!(said, @"jci-server: GITEA_TOKEN may not do what it must at [forge] (403); it needs to read and write repositories: the scope write:repository");
    forge.go_down();
    let (code, said) = check(&forge.url(), &token, &[]);
    assert_eq!(code, Some(4));
    assert!(
        said.starts_with("jci-server: GITEA_HOST: the forge at [forge] cannot be reached: "),
        "{said}"
    );
}

#[test]
fn a_forgejo_is_told_from_a_gitea() {
    let forge = FakeForge::forgejo();
    let token = forge.token("jci", &["write:repository"]);
    let (code, said) = check(&forge.url(), &token, &[]);
    assert_eq!(code, Some(4));
    insta::assert_snapshot!(said, @"jci-server: the forge is a Forgejo; type: JCI_FORGE=forgejo");
    let forgejo = [("JCI_FORGE", "forgejo")];
    assert_eq!(check(&forge.url(), &token, &forgejo), (Some(0), String::new()));
}
