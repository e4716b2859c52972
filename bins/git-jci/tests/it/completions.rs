//! The completion scripts, loaded by the shells that they are for.

use std::path::{Path, PathBuf};

use jci_testkit::{TestRepo, require};

use crate::jci::{install, jci};

/// Writes the script of a shell where that shell's own loader would look for `name`.
fn write_script(repo: &TestRepo, shell: &str, name: &str) -> PathBuf {
    let script = jci(repo, &["completions", shell]).success();
    let folder = repo.environment.path("completions");
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join(name);
    std::fs::write(&path, script.stdout_bytes()).unwrap();
    path
}

fn shell(repo: &TestRepo, program: &Path, arguments: &[&str]) -> String {
    let finished = repo.environment.run(program, arguments, repo.path());
    assert_eq!(finished.stderr(), "", "{finished:?}");
    finished.success().stdout()
}

/// git's own completion for bash, which people have loaded already.
fn git_completion() -> PathBuf {
    [
        "/usr/share/bash-completion/completions/git",
        "/usr/share/git/completion/git-completion.bash",
        "/etc/bash_completion.d/git",
    ]
    .iter()
    .map(PathBuf::from)
    .find(|path| path.is_file())
    .expect("git's bash completion is missing: type `apt-get install git`")
}

/// Asks bash what it would offer for a line; the last word is the one being typed.
fn bash_offers(repo: &TestRepo, sources: &[&Path], words: &[&str]) -> Vec<String> {
    const ASK: &str = r#"
        while [ "$1" != -- ]; do . "$1"; shift; done
        shift
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*" COMP_POINT=${#COMP_LINE}
        spec=$(complete -p "$1")
        [[ $spec =~ -F\ ([^ ]+) ]]
        "${BASH_REMATCH[1]}" "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
        printf '%s\n' "${COMPREPLY[@]}"
    "#;
    let mut arguments = vec!["--norc", "-c", ASK, "bash"];
    arguments.extend(sources.iter().map(|path| path.to_str().unwrap()));
    arguments.push("--");
    arguments.extend(words);
    let printed = shell(repo, &require("bash", "bash"), &arguments);
    printed.lines().map(|line| line.trim().to_owned()).collect()
}

#[test]
fn bash_completes_git_jci_with_and_without_the_hyphen() {
    let repo = TestRepo::new();
    let script = write_script(&repo, "bash", "git-jci");
    let offers = |words: &[&str]| bash_offers(&repo, &[&script], words);
    assert_eq!(offers(&["git-jci", "cro"]), ["cron"]);
    assert_eq!(offers(&["git-jci", "completions", "z"]), ["zsh"]);
    assert_eq!(offers(&["git-jci", "man", "--di"]), ["--dir"]);

    let git = git_completion();
    let offers = |words: &[&str]| bash_offers(&repo, &[&git, &script], words);
    assert_eq!(offers(&["git", "jci", "cro"]), ["cron"]);
    assert_eq!(offers(&["git", "jci", "completions", "z"]), ["zsh"]);
    assert_eq!(offers(&["git", "-C", ".", "jci", "man", "--di"]), ["--dir"]);
    let all = offers(&["git", "jci", ""]);
    assert!(all.contains(&"hooks".to_owned()), "{all:?}");
}

/// Types a line and a tab into an interactive zsh and returns what stands there then.
fn zsh_completes(repo: &TestRepo, typed: &str) -> String {
    // The widget shows the line between brackets, so that waiting for it needs no clock.
    const TYPE: &str = r#"
        zmodload zsh/zpty
        zpty shell zsh -f -i
        zpty -w shell "fpath=($1 \$fpath); autoload -Uz compinit; compinit -u -D"
        zpty -w shell 'show() { print -r -- "[[$BUFFER]]"; }; zle -N show; bindkey "^X" show'
        zpty -w -n shell "$2"$'\t\x18'
        zpty -r shell all '*\[\[git*\]\]*'
        print -r -- "${${all##*\[\[}%%\]\]*}"
    "#;
    let folder = repo.environment.path("completions");
    let zsh = require("zsh", "zsh");
    let arguments =
        ["120", zsh.to_str().unwrap(), "-f", "-c", TYPE, "zsh", folder.to_str().unwrap(), typed];
    let printed = shell(repo, &require("timeout", "coreutils"), &arguments);
    printed.trim().to_owned()
}

#[test]
fn zsh_completes_git_jci_with_and_without_the_hyphen() {
    let repo = TestRepo::new();
    let script = write_script(&repo, "zsh", "_git-jci");
    let zsh = require("zsh", "zsh");
    shell(&repo, &zsh, &["-n", script.to_str().unwrap()]);
    assert_eq!(zsh_completes(&repo, "git-jci cro"), "git-jci cron");
    assert_eq!(zsh_completes(&repo, "git jci cro"), "git jci cron");
    let last = zsh_completes(&repo, "git jci completions z");
    assert_eq!(last, "git jci completions zsh");
}

#[test]
fn fish_completes_git_jci_with_and_without_the_hyphen() {
    let repo = TestRepo::new();
    install(&repo);
    let script = write_script(&repo, "fish", "git-jci.fish");
    let fish = require("fish", "fish");
    shell(&repo, &fish, &["--no-execute", script.to_str().unwrap()]);
    for (typed, offered) in [
        ("git-jci cro", "cron"),
        ("git-jci completions z", "zsh"),
        ("git jci cro", "cron"),
        ("git jci completions z", "zsh"),
        ("git -C . jci cro", "cron"),
    ] {
        let ask = format!("source {}; complete -C '{typed}'", script.display());
        let printed = shell(&repo, &fish, &["--no-config", "-c", &ask]);
        let words: Vec<_> = printed.lines().filter_map(|line| line.split('\t').next()).collect();
        assert_eq!(words, [offered], "for {typed}");
    }
}

#[test]
fn powershell_and_elvish_scripts_know_every_command() {
    let repo = TestRepo::new();
    for (shell, begins) in [
        ("powershell", "Register-ArgumentCompleter -Native -CommandName 'git-jci'"),
        ("elvish", "set edit:completion:arg-completer[git-jci] = "),
    ] {
        let script = jci(&repo, &["completions", shell]).success().stdout();
        assert!(script.contains(begins), "{script}");
        for path in ["git-jci;init", "git-jci;completions", "git-jci;cron"] {
            assert!(script.contains(path), "{shell} lacks {path}");
        }
    }
}

#[test]
fn an_unknown_shell_is_a_usage_error_that_lists_the_known_ones() {
    let repo = TestRepo::new();
    let refused = jci(&repo, &["completions", "tcsh"]).exits(2);
    assert!(refused.stderr().contains("bash, elvish, fish, powershell, zsh"), "{refused:?}");
}
