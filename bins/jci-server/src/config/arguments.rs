//! The command line, made from the settings there are.

use clap::{Arg, ArgAction, Command};

use super::setting::{Fallback, Kind, SETTINGS, Setting};

const ABOUT: &str = "Takes webhooks of a forge, hands jobs to runners, tells the forge how they \
                     ended";

const AFTER: &str = "A flag wins over its variable, that over the file, that over the default. \
                     Secrets come as a variable, or in a file of their own that the variable \
                     <NAME>_FILE or the flag names; never as a flag, which every process can read.";

/// The name of the argument that asks for no more than a check.
pub(super) const CHECK: &str = "check";
/// The name of the argument with the file of settings.
pub(super) const CONFIG: &str = "config";

/// Makes the command line.
pub(super) fn command() -> Command {
    let config = Arg::new(CONFIG).long(CONFIG).value_name("FILE").help(
        "File with settings, in TOML; each key is a flag with _ for - [variable: JCI_CONFIG]",
    );
    let check = Arg::new(CHECK)
        .long(CHECK)
        .action(ArgAction::SetTrue)
        .help("Check all settings, ask the forge whether it takes the token, and end");
    Command::new("jci-server")
        .version(env!("CARGO_PKG_VERSION"))
        .about(ABOUT)
        .after_help(AFTER)
        .arg(config)
        .arg(check)
        .args(SETTINGS.iter().map(argument))
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

#[cfg(test)]
mod tests {
    #[test]
    fn the_command_line_is_sound() {
        super::command().debug_assert();
    }
}
