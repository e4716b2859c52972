//! `git jci cron`: runs by the clock, through the user's crontab.

mod crontab;
mod file;
mod line;
mod ls;
mod path;
mod sync;

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::context::Context;
use crate::error::CommandError;
use crate::exit_code::{self, ExitCode};
use crate::stderr::tell;
use crate::{format, output};
use file::FILE;
use line::Owner;
use ls::Listing;
use sync::Change;

/// Run by the clock, through your crontab
///
/// `.jci/crontab` says when, one line a run: five fields as in crontab(5), then branch:NAME and
/// name:NAME if wanted. `git jci cron sync` brings the lines to your crontab.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Show what .jci/crontab asks for, what the crontab has of it, and when it comes next
    Ls {
        /// Print JSON, as described in docs/json/cron.md
        #[arg(long)]
        json: bool,
    },
    /// Make the lines of this repository in your crontab what .jci/crontab asks for
    Sync,
    /// Take the lines of this repository out of your crontab
    Rm,
}

/// Shows, installs or removes the lines of the crontab.
pub(crate) fn run(args: &Args, context: &Context) -> Result<ExitCode, CommandError> {
    let (store, root) = context.work_tree()?;
    let here = Here {
        owner: Owner::new(&root)?,
        backup: store.common_dir().join("jci/crontab.backup"),
        root,
    };
    match args.action {
        Action::Ls { json } => here.ls(json, context)?,
        Action::Sync => here.sync()?,
        Action::Rm => here.rm()?,
    }
    Ok(exit_code::OK)
}

/// What `git jci doctor` says of the crontab.
pub(crate) struct Checkup {
    /// How many lines `.jci/crontab` asks for; `None` if there is no such file.
    pub(crate) wanted: Option<usize>,
    /// Whether the crontab has those lines and no others of this repository.
    pub(crate) in_sync: bool,
    /// Why the lines in the crontab will not work.
    pub(crate) warning: Option<String>,
}

/// Compares what is asked for with the crontab.
pub(crate) fn check(root: &Path) -> Result<Checkup, CommandError> {
    let owner = Owner::new(root)?;
    let entries = file::read(root)?;
    let table = crontab::read()?;
    let wanted: Vec<_> = entries.iter().flatten().map(|entry| owner.line(entry)).collect();
    Ok(Checkup {
        wanted: entries.map(|entries| entries.len()),
        in_sync: sync::own_lines(&table, &owner).eq(wanted.iter().map(Vec::as_slice)),
        warning: path::warning(&table, &owner),
    })
}

/// The repository that the command is about.
struct Here {
    root: PathBuf,
    owner: Owner,
    backup: PathBuf,
}

impl Here {
    fn ls(&self, json: bool, context: &Context) -> Result<(), CommandError> {
        let entries = file::read(&self.root)?.unwrap_or_default();
        let table = crontab::read()?;
        let listing = Listing::new(&self.root, &self.owner, &entries, &table, Timestamp::now());
        if json {
            output::json(&listing)?;
        } else {
            listing.print(context.colour())?;
        }
        self.warn(&table);
        Ok(())
    }

    /// Warns on standard error of lines in the table that will not find git-jci.
    fn warn(&self, table: &[u8]) {
        if let Some(warning) = path::warning(table, &self.owner) {
            tell!("warning: {warning}");
        }
    }

    fn sync(&self) -> Result<(), CommandError> {
        let Some(entries) = file::read(&self.root)? else {
            return Err(CommandError::not_possible(format!(
                "there is no {FILE} in {}",
                self.root.display()
            ))
            .hint(format!("make one: echo '30 2 * * * name:nightly' > {FILE}"))
            .hint("or type `git jci cron rm` to take this repository's lines out of the crontab"));
        };
        let wanted: Vec<_> = entries.iter().map(|entry| self.owner.line(entry)).collect();
        let change = sync::sync(&self.owner, &wanted, &self.backup)?;
        let mut out = io::stdout().lock();
        let count = format::count(wanted.len(), "line");
        match change {
            Change { added: 0, removed: 0 } => {
                writeln!(out, "nothing to do: the crontab has {count} of this repository")?;
            }
            Change { added, removed } => writeln!(
                out,
                "the crontab now has {count} of this repository: {added} added, {removed} removed"
            )?,
        }
        self.warn(&crontab::read()?);
        Ok(())
    }

    fn rm(&self) -> Result<(), CommandError> {
        let change = sync::sync(&self.owner, &[], &self.backup)?;
        let mut out = io::stdout().lock();
        match change.removed {
            0 => writeln!(out, "nothing to do: the crontab has no line of this repository")?,
            removed => {
                writeln!(
                    out,
                    "removed {} of this repository from the crontab",
                    format::count(removed, "line")
                )?;
            }
        }
        Ok(())
    }
}
