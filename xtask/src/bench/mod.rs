//! `cargo xtask bench`: named workloads, side by side with a rival.
//!
//! Only ratios taken in one process tree count, so that is what is taken: both sides in turn,
//! each sample in a repository that it finds new, on a file system with nothing left to write.
//! No build ever fails for a time.

mod clone;
mod contest;
mod data;
mod disk;
mod goal;
mod history;
mod import;
mod machine;
mod measure;
mod page;
mod place;
mod queue;
mod random;
mod report;
pub(crate) mod rival;
mod runner;
mod serve;
mod server;
mod statistics;
mod store;
mod team;
mod trivial;
mod workload;

use std::collections::BTreeSet;
use std::io::IsTerminal;
use std::path::PathBuf;

use clap::ValueEnum;
use clap::builder::PossibleValuesParser;
use thiserror::Error;

use self::contest::play;
use self::machine::Machine;
use self::page::PageError;
use self::place::Place;
use self::report::{Report, Row, seconds, times};
use self::rival::StoreRival;
use self::serve::WebError;
use self::server::ServerError;
use self::workload::{OTHER_RIVALS, Part, WORKLOADS, Workload};
use crate::files::FileError;
use crate::process::{self, ProcessError};
use crate::workspace::{self, cargo};

/// What to measure, and where.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Lists the workloads and the rivals, and measures nothing.
    #[arg(long)]
    list: bool,

    /// Measures only the workloads of these parts.
    #[arg(long, value_name = "PART", num_args = 1.., conflicts_with = "workload")]
    part: Vec<Part>,

    /// Measures only these workloads.
    #[arg(long, value_name = "NAME", num_args = 1.., value_parser = workload_names())]
    #[arg(hide_possible_values = true)]
    workload: Vec<String>,

    /// Measures only against these rivals.
    #[arg(long, value_name = "NAME", num_args = 1.., value_parser = rival_names())]
    #[arg(hide_possible_values = true)]
    rival: Vec<String>,

    /// So many pairs each: at most 3 of them where one takes over 5 s, 8 times as many where both
    /// take under 0.1 s.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..))]
    runs: u16,

    /// Writes the tables into docs/performance.md, which must come from all workloads of a part.
    #[arg(long, conflicts_with_all = ["workload", "rival"])]
    write: bool,

    /// Works in this folder, which should lie on a real disk [default: bench in the target folder].
    #[arg(long, value_name = "FOLDER")]
    folder: Option<PathBuf>,
}

/// Why nothing was measured.
#[derive(Debug, Error)]
pub(crate) enum BenchError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error(transparent)]
    Process(#[from] ProcessError),
    #[error(transparent)]
    Page(#[from] PageError),
    #[error(transparent)]
    Web(#[from] WebError),
    #[error(transparent)]
    Server(#[from] ServerError),
    #[error("the load printed no number of seconds: {printed}")]
    NoTime { printed: String },
    #[error("none of these workloads has one of these rivals")]
    Nothing,
    #[error("a sample did not do its work: {place} should hold {expected}, found {found}")]
    NotStored { place: String, expected: usize, found: usize },
}

/// Measures what was asked for, prints the tables and, if asked for, puts them into the page.
pub(crate) fn run(arguments: &Arguments) -> Result<(), BenchError> {
    if arguments.list {
        list();
        return Ok(());
    }
    let is_chosen = |workload: &&Workload| {
        let is_part = arguments.part.is_empty() || arguments.part.contains(&workload.part());
        is_part && is_wanted(&arguments.workload, workload.name)
    };
    let workloads: Vec<_> = WORKLOADS.iter().filter(is_chosen).collect();
    build(&workloads)?;
    let folder = arguments.folder.clone().unwrap_or_else(|| workspace::target().join("bench"));
    let place = Place::prepare(std::path::absolute(&folder).unwrap_or(folder))?;
    // Before anything is written, which would be a change.
    let machine = Machine::here(&place.kept(""))?;
    let mut found_any = false;
    for workloads in workloads.chunk_by(|one, other| one.part() == other.part()) {
        let mut rows = Vec::new();
        for workload in workloads {
            measure_workload(workload, &place, arguments, &mut rows)?;
        }
        if !rows.is_empty() {
            found_any = true;
            tell(&machine, arguments, workloads[0].part(), &rows)?;
        }
    }
    place.clear()?;
    if found_any { Ok(()) } else { Err(BenchError::Nothing) }
}

/// Prints the table of a part and, if asked for, puts it into the page.
fn tell(
    machine: &Machine,
    arguments: &Arguments,
    part: Part,
    rows: &[Row],
) -> Result<(), BenchError> {
    let report = Report { command: command_line(arguments), machine, rows }.to_string();
    println!("{report}");
    if arguments.write {
        page::write(&workspace::root().join("docs/performance.md"), part.name(), &report)?;
    }
    Ok(())
}

fn measure_workload(
    workload: &Workload,
    place: &Place,
    arguments: &Arguments,
    rows: &mut Vec<Row>,
) -> Result<(), BenchError> {
    eprintln!("{}: {}", workload.name, workload.about);
    for mut contest in workload.contests(place, |rival| is_wanted(&arguments.rival, rival))? {
        let rival = contest.rival().to_owned();
        let mut progress = |what: &str| show_progress(&format!("  {rival}: {what}"));
        let pairs = play(contest.as_mut(), place, arguments.runs.into(), &mut progress)?;
        show_progress("");
        let [ours, theirs] = [pairs.ours(), pairs.rival()].map(|side| seconds(side.wall.median));
        eprintln!("  {rival}: {ours} against {theirs}, {} times", times(pairs.ratio()));
        rows.push(Row { workload: workload.name, goal: contest.goal(), rival, pairs });
    }
    Ok(())
}

/// Shows what goes on in the last line of a terminal; a file is spared it.
fn show_progress(line: &str) {
    if std::io::stderr().is_terminal() {
        eprint!("\r\x1b[K{line}");
    }
}

fn is_wanted(chosen: &[String], name: &str) -> bool {
    chosen.is_empty() || chosen.iter().any(|chosen| chosen == name)
}

fn workload_names() -> PossibleValuesParser {
    PossibleValuesParser::new(WORKLOADS.iter().map(|workload| workload.name))
}

fn rival_names() -> PossibleValuesParser {
    PossibleValuesParser::new(rivals().into_iter().map(|(name, _)| name))
}

fn rivals() -> Vec<(&'static str, String)> {
    let about = |rival: &StoreRival| {
        let value = rival.to_possible_value();
        let help = value.as_ref().and_then(|value| value.get_help());
        help.map(ToString::to_string).unwrap_or_default()
    };
    let others = OTHER_RIVALS.iter().map(|&(name, about)| (name, about.to_owned()));
    let store = StoreRival::value_variants().iter();
    store.map(|rival| (rival.name(), about(rival))).chain(others).collect()
}

fn list() {
    println!("Workloads, by part:");
    for workload in WORKLOADS {
        let Workload { name, about, .. } = workload;
        println!("  {:<9} {name:<16} {about}", workload.part().name());
    }
    println!("\nRivals:");
    for (name, about) in rivals() {
        println!("  {name:<16} {about}");
    }
}

/// Builds our side of the workloads, and no more.
fn build(workloads: &[&Workload]) -> Result<(), BenchError> {
    let packages: BTreeSet<_> = workloads.iter().flat_map(|it| it.packages()).collect();
    packages.iter().for_each(|package| eprintln!("building {package}"));
    // Apart: what examples need beyond that would come into the programs as well, which are measured
    // as one installs them.
    for what in ["--bins", "--examples"] {
        let mut build = cargo(["build", "--release", "--locked", what]);
        build.args(packages.iter().flat_map(|package| ["--package", package]));
        process::run(&mut build)?;
    }
    Ok(())
}

/// Says what to type to get the same again.
fn command_line(arguments: &Arguments) -> String {
    let mut line = format!("cargo xtask bench --runs {}", arguments.runs);
    let parts: Vec<_> = arguments.part.iter().map(|part| part.name().to_owned()).collect();
    let chosen = [("part", &parts), ("workload", &arguments.workload), ("rival", &arguments.rival)];
    for (option, names) in chosen {
        if !names.is_empty() {
            line.push_str(&format!(" --{option} {}", names.join(" ")));
        }
    }
    if arguments.write {
        line.push_str(" --write");
    }
    line
}
