//! `git jci hooks`: run on every commit or before every push.

mod block;
mod place;

use std::io::{self, Write as _};
use std::path::Path;

use clap::ValueEnum;
use serde::Serialize;

use crate::context::Context;
use crate::error::CommandError;
use crate::exit_code::{self, ExitCode};
use crate::format::Table;
use crate::output;
use block::State;
use place::HookFile;

/// Run on every commit or before every push, through git's hooks
///
/// Without a command it shows which hooks are installed.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Show which hooks are installed
    Ls {
        /// Print JSON, as described in docs/json/hooks.md
        #[arg(long)]
        json: bool,
    },
    /// Put a hook in place, beside whatever the hook does already
    Install {
        /// When to run: post-commit in the background, pre-push while the push waits
        #[arg(value_enum, default_value_t = Hook::PostCommit)]
        hook: Hook,
        /// Replace the lines of git jci even if they were changed by hand
        #[arg(long)]
        force: bool,
    },
    /// Take a hook out again and leave the rest of its file as it was
    Remove {
        /// The hook to take out; both if none is named
        #[arg(value_enum)]
        hook: Option<Hook>,
    },
}

/// A moment at which git calls us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Hook {
    /// After every commit, in the background
    PostCommit,
    /// Before every push, which is stopped if the run fails
    PrePush,
}

impl Hook {
    const ALL: [Self; 2] = [Self::PostCommit, Self::PrePush];

    /// The name of the hook's file.
    fn name(self) -> &'static str {
        match self {
            Self::PostCommit => "post-commit",
            Self::PrePush => "pre-push",
        }
    }

    fn promise(self) -> &'static str {
        match self {
            Self::PostCommit => {
                "every commit is run in the background: `git jci log -f` follows it"
            }
            Self::PrePush => {
                "a push of HEAD waits for its run and stops if that fails: \
                 `git push --no-verify` goes round it"
            }
        }
    }
}

/// Shows, installs or removes hooks.
pub(crate) fn run(args: &Args, context: &Context) -> Result<ExitCode, CommandError> {
    match &args.action {
        None => ls(context, false)?,
        Some(Action::Ls { json }) => ls(context, *json)?,
        Some(Action::Install { hook, force }) => install(context, *hook, *force)?,
        Some(Action::Remove { hook }) => {
            let hooks = hook.as_ref().map_or(&Hook::ALL[..], std::slice::from_ref);
            remove(context, hooks)?;
        }
    }
    Ok(exit_code::OK)
}

fn install(context: &Context, hook: Hook, force: bool) -> Result<(), CommandError> {
    let (store, root) = context.work_tree()?;
    let folder = place::folder(&root)?;
    let file = HookFile::read(&folder, hook)?;
    let name = hook.name();
    let path = file.path.display();
    let mut out = io::stdout().lock();
    let kept = match file.state() {
        State::Installed => {
            writeln!(out, "{name} is installed already: {path}")?;
            return Ok(());
        }
        State::Damaged { line } => return Err(damaged(&file, line)),
        State::Changed if !force => {
            return Err(CommandError::not_possible(format!(
                "the lines of git jci in {path} were changed since they were installed"
            ))
            .hint(format!("type `git jci hooks install {name} --force` to replace them")));
        }
        State::Changed => block::remove(&file.content, hook),
        State::Absent => file.content.clone(),
    };
    file.check_runnable()?;
    file.write(&block::insert(&kept, hook, !file.exists))?;
    writeln!(out, "installed {name}: {path}\n{}", hook.promise())?;
    if let Some(reach) = place::reach(&store, &root, &folder) {
        writeln!(out, "note: {reach}")?;
    }
    if !root.join(".jci/run.sh").exists() {
        writeln!(out, "note: there is no .jci/run.sh yet: type `git jci init` to make one")?;
    }
    Ok(())
}

fn remove(context: &Context, hooks: &[Hook]) -> Result<(), CommandError> {
    let (_, root) = context.work_tree()?;
    let folder = place::folder(&root)?;
    let mut out = io::stdout().lock();
    for hook in hooks {
        let name = hook.name();
        let file = HookFile::read(&folder, *hook)?;
        let path = file.path.display();
        match file.state() {
            State::Absent => {
                writeln!(out, "{name} is not installed")?;
                continue;
            }
            State::Damaged { line } => return Err(damaged(&file, line)),
            State::Installed | State::Changed => {}
        }
        let rest = block::remove(&file.content, *hook);
        if rest == block::PRELUDE {
            file.delete()?;
            writeln!(out, "removed {name}: {path} is gone")?;
        } else {
            file.write(&rest)?;
            writeln!(out, "removed {name}: the rest of {path} is as it was")?;
        }
    }
    Ok(())
}

fn damaged(file: &HookFile, line: usize) -> CommandError {
    CommandError::not_possible(format!(
        "{}, line {line}: the begin and the end of the lines of git jci do not match",
        file.path.display()
    ))
    .hint("delete what is left of those lines, then type the command again")
}

/// What `hooks ls --json` prints.
#[derive(Debug, Serialize)]
struct Listing {
    schema: &'static str,
    folder: String,
    hooks: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Row {
    hook: &'static str,
    installed: bool,
    problem: Option<String>,
    path: String,
}

/// What `git jci doctor` says of one hook.
pub(crate) struct Checkup {
    pub(crate) name: &'static str,
    pub(crate) installed: bool,
    /// What is wrong with our lines in it, and what to do about that.
    pub(crate) problem: Option<(String, String)>,
}

/// Looks at the hooks of a work tree.
pub(crate) fn check(root: &Path) -> Result<Vec<Checkup>, CommandError> {
    let folder = place::folder(root)?;
    Hook::ALL.into_iter().map(|hook| Ok(checkup(&HookFile::read(&folder, hook)?))).collect()
}

fn checkup(file: &HookFile) -> Checkup {
    let Row { hook: name, installed, problem, path } = row(file);
    let state = file.state();
    let todo = match state {
        State::Changed => format!("git jci hooks install {name} --force"),
        State::Damaged { .. } => format!("delete the lines of git jci that are left in {path}"),
        State::Absent | State::Installed => format!("chmod +x '{path}'"),
    };
    let is_ours = state != State::Absent;
    Checkup { name, installed, problem: problem.filter(|_| is_ours).map(|problem| (problem, todo)) }
}

fn ls(context: &Context, json: bool) -> Result<(), CommandError> {
    let (_, root) = context.work_tree()?;
    let folder = place::folder(&root)?;
    let rows: Result<Vec<_>, CommandError> =
        Hook::ALL.into_iter().map(|hook| Ok(row(&HookFile::read(&folder, hook)?))).collect();
    let listing =
        Listing { schema: "jci.hooks/1", folder: folder.display().to_string(), hooks: rows? };
    if json {
        return output::json(&listing);
    }
    let mut table = Table::<4>::new();
    for row in &listing.hooks {
        let state = if row.installed { "installed" } else { "not installed" };
        let problem = row.problem.as_ref().map_or_else(String::new, |it| format!("({it})"));
        table.push([row.hook.into(), state.into(), row.path.as_str().into(), problem.into()]);
    }
    Ok(table.write(&mut io::stdout().lock(), None, context.colour())?)
}

fn row(file: &HookFile) -> Row {
    let state = file.state();
    let problem = match state {
        State::Damaged { line } => Some(format!("damaged at line {line}")),
        State::Changed => Some("changed since it was installed".to_owned()),
        State::Absent if file.exists => Some("another hook is there".to_owned()),
        State::Installed if !file.executable => {
            Some("not executable, so git ignores it".to_owned())
        }
        State::Absent | State::Installed => None,
    };
    Row {
        hook: file.hook.name(),
        installed: matches!(state, State::Installed | State::Changed),
        problem,
        path: file.path.display().to_string(),
    }
}
