//! One `git fast-import`, fed with the files one after the other.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::process::Stdio;

use super::{RivalError, git, new_ref};
use crate::files::At;
use crate::process;

/// Durable as jci is, and never unpacked into loose objects: that would only cost it time.
const OPTIONS: [&str; 8] = [
    "-c",
    "core.fsync=all",
    "-c",
    "fastimport.unpackLimit=1",
    "fast-import",
    "--quiet",
    "--done",
    "--date-format=now",
];

pub(super) fn store(repository: &Path, folder: &Path) -> Result<String, RivalError> {
    let name = new_ref(repository)?;
    let mut command = git(repository);
    command.args(OPTIONS).stdin(Stdio::piped());
    let mut child = process::spawn(&mut command)?;
    let failed = |source| process::not_started(&command, source);
    if let Some(stdin) = child.stdin.take() {
        let mut stream = BufWriter::with_capacity(1 << 16, stdin);
        write!(stream, "commit {name}\ncommitter bench <bench@localhost> now\ndata 4\nrun\n\n")
            .map_err(failed)?;
        feed(folder, "", &mut stream)?;
        stream.write_all(b"done\n").and_then(|()| stream.flush()).map_err(failed)?;
    }
    let status = child.wait().map_err(failed)?;
    process::check(&command, status, &[])?;
    Ok(name)
}

fn feed(folder: &Path, prefix: &str, stream: &mut impl Write) -> Result<(), RivalError> {
    for entry in fs::read_dir(folder).at("list", folder)? {
        let entry = entry.at("list", folder)?;
        let path = entry.path();
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if path.is_dir() {
            feed(&path, &format!("{name}/"), stream)?;
        } else {
            feed_file(&path, &name, stream).at("feed fast-import with", &path)?;
        }
    }
    Ok(())
}

fn feed_file(path: &Path, name: &str, stream: &mut impl Write) -> io::Result<()> {
    let mut file = File::open(path)?;
    let size = file.metadata()?.len();
    write!(stream, "M 100644 inline {name}\ndata {size}\n")?;
    io::copy(&mut file, stream)?;
    stream.write_all(b"\n")
}
