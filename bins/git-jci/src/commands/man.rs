//! `git jci man`: the manual pages, made from the same definitions as the help.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use clap::{Command, CommandFactory as _};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use crate::cli::Cli;
use crate::error::CommandError;
use crate::exit_code::{self, ExitCode};

/// Print a manual page, or write all of them to a folder
///
/// `git jci man | man -l -` shows the page at once. Written to a folder that man looks into,
/// such as ~/.local/share/man/man1, they are found by `man git-jci` and `git jci --help`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The command whose page to print, such as `cron sync`; without it, the page of git-jci
    #[arg(value_name = "COMMAND", conflicts_with = "dir")]
    page: Vec<String>,

    /// Write every page to this folder instead
    #[arg(long)]
    dir: Option<PathBuf>,
}

/// Prints or writes the pages.
pub(crate) fn run(args: &Args) -> Result<ExitCode, CommandError> {
    let mut root = Cli::command().disable_help_subcommand(true);
    root.build();
    if let Some(dir) = &args.dir {
        std::fs::create_dir_all(dir).map_err(|error| cannot_write(dir, error))?;
        let written = write_all(&root, dir)?;
        writeln!(io::stdout(), "wrote {written} pages to {}", dir.display())?;
        return Ok(exit_code::OK);
    }
    let page = page(find(&root, &args.page)?)?;
    io::stdout().write_all(&page)?;
    Ok(exit_code::OK)
}

fn find<'a>(root: &'a Command, names: &[String]) -> Result<&'a Command, CommandError> {
    names.iter().try_fold(root, |command, name| {
        command.find_subcommand(name).ok_or_else(|| {
            CommandError::usage(format!("there is no command `{}`", names.join(" ")))
                .hint("type `git jci -h` to see the commands")
        })
    })
}

fn write_all(command: &Command, dir: &Path) -> Result<usize, CommandError> {
    let path = dir.join(Man::new(command.clone()).get_filename());
    std::fs::write(&path, page(command)?).map_err(|error| cannot_write(&path, error))?;
    let mut written = 1;
    for child in command.get_subcommands().filter(|it| !it.is_hide_set()) {
        written += write_all(child, dir)?;
    }
    Ok(written)
}

fn page(command: &Command) -> Result<Vec<u8>, CommandError> {
    let mut page = Vec::new();
    Man::new(command.clone())
        .source(concat!("jci ", env!("CARGO_PKG_VERSION")))
        .manual("jci manual")
        .render(&mut page)?;
    exit_status().to_writer(&mut page)?;
    Ok(page)
}

/// The section that every page ends with: scripts rely on these numbers.
fn exit_status() -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", ["EXIT STATUS"]);
    for (code, meaning) in exit_code::MEANINGS {
        roff.control("TP", []);
        roff.text([bold(code.to_string())]);
        roff.text([roman(meaning)]);
    }
    roff
}

fn cannot_write(path: &Path, error: io::Error) -> CommandError {
    CommandError::failed(format!("failed to write {}", path.display()))
        .because(error)
        .hint("give --dir a folder that you may write to")
}
