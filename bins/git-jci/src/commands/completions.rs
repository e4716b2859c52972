//! `git jci completions`: scripts that teach a shell the commands and options.

use std::fmt::Write as _;
use std::io::Write as _;

use clap::{Command, CommandFactory as _};
use clap_complete::Shell;

use crate::cli::Cli;
use crate::error::CommandError;
use crate::exit_code::{self, ExitCode};

/// Print a script that completes the commands and options in your shell
///
/// See docs/completions.md for the place where each shell looks for it.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The shell to complete in
    #[arg(value_enum)]
    shell: Shell,
}

/// The name that people type when they leave git out of it.
const NAME: &str = "git-jci";

/// What git's own bash completion calls for `git jci`.
///
/// git hands over the words in variables of its own, while the function that clap made reads
/// bash's; so it is shown the line as if `git-jci` had been typed.
const BASH_GIT_WRAPPER: &str = r#"
_git_jci() {
    local at=${__git_cmd_idx:-1}
    local -a COMP_WORDS=(git-jci "${words[@]:at+1}")
    local COMP_CWORD=$((cword - at))
    _git__jci git-jci "$cur" "${COMP_WORDS[COMP_CWORD-1]}"
}
"#;

/// What fish offers after `git jci`: the same as after `git-jci`.
///
/// Newer fish does this by itself for every program called git-something; 3.6 tries and fails.
const FISH_GIT_WRAPPER: &str = r#"
function __fish_git_jci_arguments
    set -l words (commandline -opc)[2..]
    while string match -q -- '-*' $words[1]
        contains -- $words[1] -C -c
        and set -e words[1]
        set -e words[1]
    end
    test "$words[1]" = jci
    and echo $words[2..]
end
complete -c git -n '__fish_git_jci_arguments >/dev/null' -f \
    -a '(complete -C "git-jci "(__fish_git_jci_arguments)" "(commandline -ct))'
"#;

/// Prints the script.
pub(crate) fn run(args: &Args) -> Result<ExitCode, CommandError> {
    let mut command = Cli::command();
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, NAME, &mut script);
    let mut script = String::from_utf8_lossy(&script).into_owned();
    match args.shell {
        Shell::Bash => {
            // clap_complete 4.6 names the states of a program with a hyphen in two ways, so that
            // nothing after a subcommand completes (clap issue 6421).
            script = script.replace("git__subcmd__jci", "git__jci");
            script += BASH_GIT_WRAPPER;
        }
        Shell::Fish => {
            add_fish_values(&mut script, &command, "__fish_git_jci_using_subcommand");
            script += FISH_GIT_WRAPPER;
        }
        _ => {}
    }
    std::io::stdout().write_all(script.as_bytes())?;
    Ok(exit_code::OK)
}

/// Adds the values of positional arguments, which clap_complete leaves out for fish.
fn add_fish_values(script: &mut String, command: &Command, condition: &str) {
    for child in command.get_subcommands() {
        let condition = format!("{condition} {}", child.get_name());
        for argument in child.get_positionals() {
            let values = argument.get_possible_values();
            let names: Vec<_> = values.iter().map(clap::builder::PossibleValue::get_name).collect();
            if !names.is_empty() {
                let names = names.join(" ");
                let _ = writeln!(script, "complete -c {NAME} -n \"{condition}\" -f -a \"{names}\"");
            }
        }
        let below = format!("{condition}; and __fish_seen_subcommand_from");
        add_fish_values(script, child, &below);
    }
}
