//! What is run, and what makes it run.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use jci_exec::{Launch, Script, StartError};

use super::finding::{Findings, Level};
use crate::commands::{cron, hooks};
use crate::context::Context;
use crate::format;
use crate::git;

const SCRIPT: &str = ".jci/run.sh";
/// So much of the script is looked at for line ends of Windows.
const HEAD: u64 = 1 << 20;

/// Looks at the script: whether it can start, and whether others get it.
pub(super) fn script(findings: &mut Findings, context: &Context, root: &Path) {
    const ABOUT: &str = "script";
    let path = root.join(SCRIPT);
    let script = match Script::open(&path) {
        Ok(script) => script,
        Err(StartError::Missing { .. }) => {
            let todo = ["to have one made, type: git jci init".to_owned()];
            return findings.add(Level::Note, ABOUT, format!("there is no {SCRIPT}"), todo);
        }
        Err(error) => return findings.add(Level::Problem, ABOUT, error.to_string(), []),
    };
    if let Launch::Interpreter(interpreter) = script.launch()
        && !interpreter.exists()
    {
        let says = format!(
            "{}, which the first line of {SCRIPT} names, is missing",
            interpreter.display()
        );
        let todo = ["install it, or name another one there".to_owned()];
        return findings.add(Level::Problem, ABOUT, says, todo);
    }
    let started = match script.launch() {
        Launch::Bash => "it is not executable, so bash runs it".to_owned(),
        Launch::Interpreter(interpreter) => format!("{} runs it", interpreter.display()),
        _ => "it is a program".to_owned(),
    };
    findings.ok(ABOUT, format!("{SCRIPT}: {started}"));
    if has_carriage_returns(&path) {
        findings.add(
            Level::Warn,
            ABOUT,
            format!("{SCRIPT} has line ends of Windows, which shells take for a part of words"),
            [format!("sed -i 's/\\r$//' {SCRIPT}")],
        );
    }
    if git::output(context.directory(), &["ls-files", "--error-unmatch", &format!(":/{SCRIPT}")])
        .is_err()
    {
        findings.add(
            Level::Note,
            ABOUT,
            format!(
                "{SCRIPT} is not in git: others do not have it, nor does `git jci run --clean`"
            ),
            [format!("git add {SCRIPT}")],
        );
    }
}

fn has_carriage_returns(path: &Path) -> bool {
    let mut head = Vec::new();
    let read = File::open(path).and_then(|file| file.take(HEAD).read_to_end(&mut head));
    read.is_ok() && !head.contains(&0) && head.windows(2).any(|two| two == b"\r\n")
}

/// Looks at the hooks that start runs.
pub(super) fn hooks(findings: &mut Findings, root: &Path) {
    const ABOUT: &str = "hooks";
    let hooks = match hooks::check(root) {
        Ok(hooks) => hooks,
        Err(error) => return findings.failure(Level::Warn, ABOUT, error),
    };
    for (name, (problem, todo)) in
        hooks.iter().filter_map(|it| Some((it.name, it.problem.clone()?)))
    {
        findings.add(Level::Warn, ABOUT, format!("{name}: {problem}"), [todo]);
    }
    let well = hooks.iter().filter(|hook| hook.installed && hook.problem.is_none());
    let well: Vec<_> = well.map(|hook| hook.name).collect();
    if !well.is_empty() {
        findings.ok(ABOUT, format!("{} starts runs", well.join(" and ")));
    } else if hooks.iter().all(|hook| hook.problem.is_none()) {
        findings.ok(ABOUT, "none starts runs");
    }
}

/// Looks at the crontab, if the repository asks for lines there or has some.
pub(super) fn cron(findings: &mut Findings, root: &Path) {
    const ABOUT: &str = "cron";
    let asked = root.join(".jci/crontab").exists();
    let checkup = match cron::check(root) {
        Ok(checkup) => checkup,
        Err(error) if asked => return findings.failure(Level::Problem, ABOUT, error),
        // Without a crontab there is nothing in it.
        Err(_) => return findings.ok(ABOUT, "nothing is run by the clock"),
    };
    if let Some(warning) = checkup.warning {
        findings.add(Level::Warn, ABOUT, warning, []);
    }
    let lines = format::count(checkup.wanted.unwrap_or(0), "line");
    match (checkup.wanted, checkup.in_sync) {
        (None, true) => findings.ok(ABOUT, "nothing is run by the clock"),
        (Some(_), true) => findings.ok(ABOUT, format!("the crontab has the {lines} asked for")),
        (None, false) => findings.add(
            Level::Warn,
            ABOUT,
            "the crontab has lines of this repository, which has no .jci/crontab",
            ["git jci cron rm".to_owned()],
        ),
        (Some(_), false) => findings.add(
            Level::Warn,
            ABOUT,
            format!(".jci/crontab asks for {lines}, and the crontab differs"),
            ["git jci cron sync".to_owned()],
        ),
    }
}
