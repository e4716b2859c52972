//! The command line, made from the settings there are.

use clap::{Arg, ArgAction, Command};

use super::{Fallback, Kind, Program, Setting};

const AFTER: &str = "A flag wins over its variable, that over the file, that over the default. \
                     Secrets come as a variable, or in a file of their own that the variable \
                     <NAME>_FILE or the flag names; never as a flag, which every process can read.";

/// The name of the argument that asks for no more than a check.
pub(super) const CHECK: &str = "check";
/// The name of the argument with the file of settings.
pub(super) const CONFIG: &str = "config";

/// Makes the command line.
pub(super) fn command(program: &Program) -> Command {
    let config = Arg::new(CONFIG).long(CONFIG).value_name("FILE").help(
        "File with settings, in TOML; each key is a flag with _ for - [variable: JCI_CONFIG]",
    );
    let check = Arg::new(CHECK).long(CHECK).action(ArgAction::SetTrue).help(program.check);
    Command::new(program.name)
        .version(program.version)
        .about(program.about)
        .after_help(AFTER)
        .arg(config)
        .arg(check)
        .args(program.settings.iter().map(argument))
}

fn argument(setting: &Setting) -> Arg {
    let (value_name, variable) = match setting.kind {
        Kind::Plain => (setting.takes, setting.variable.to_owned()),
        Kind::Secret => ("FILE", format!("{0}, or {0}_FILE", setting.variable)),
    };
    let default = match setting.fallback {
        Fallback::Required => ", required".to_owned(),
        Fallback::Absent | Fallback::Value("") => String::new(),
        Fallback::Value(value) => format!(", default: {value}"),
    };
    let file = if setting.kind == Kind::Secret { "File with the secret: " } else { "" };
    let help = format!("{file}{} [variable: {variable}{default}]", setting.help);
    Arg::new(setting.key).long(setting.flag()).value_name(value_name).help(help)
}
