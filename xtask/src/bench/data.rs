//! The data that is stored: made here, the same on every machine, kept for the next time.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::random::Random;
use crate::files::{self, At, FileError};

/// Goes into every stamp: data made by an older generator is made anew.
const GENERATOR: u32 = 1;

/// So many files lie in one folder.
const FILES_A_FOLDER: usize = 100;

/// What is in the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    /// Lines of a build log.
    Log,
    /// Bytes that no compression makes smaller.
    Random,
    /// Every other file is a log, the rest is random.
    Mixed,
}

/// A folder of files of one size.
#[derive(Debug, Clone, Copy)]
pub(super) struct Data {
    /// How many files there are.
    pub(super) files: usize,
    /// How many bytes each of them has.
    pub(super) size: u64,
    /// What is in them.
    pub(super) content: Content,
}

impl Data {
    /// Makes the folder, or finds it there from an earlier time.
    pub(super) fn in_folder(&self, folder: &Path) -> Result<(), FileError> {
        let stamp = folder.with_extension("stamp");
        let wanted = format!("generator {GENERATOR}, {self:?}\n");
        if files::read_text(&stamp).is_ok_and(|found| found == wanted) {
            return Ok(());
        }
        files::remove_folder(folder)?;
        self.make(folder)?;
        files::write(&stamp, wanted)
    }

    /// Writes all files, over those that are there.
    pub(super) fn make(&self, folder: &Path) -> Result<(), FileError> {
        (0..self.files).try_for_each(|number| self.write(folder, number, 0))
    }

    /// Gives one file of each hundred the content that belongs to this round.
    pub(super) fn change_one_percent(&self, folder: &Path, round: u64) -> Result<(), FileError> {
        let numbers = (0..self.files).filter(|number| number % 100 == 37);
        numbers.into_iter().try_for_each(|number| self.write(folder, number, round))
    }

    fn write(&self, folder: &Path, number: usize, round: u64) -> Result<(), FileError> {
        let path = self.path(folder, number);
        if let Some(parent) = path.parent() {
            files::make_folder(parent)?;
        }
        let file = File::create(&path).at("create", &path)?;
        let mut out = BufWriter::with_capacity(1 << 20, file);
        let mut random = Random::new((round << 32) ^ number as u64);
        let text = match self.content {
            Content::Log => true,
            Content::Random => false,
            Content::Mixed => number.is_multiple_of(2),
        };
        let fill = if text { fill_with_log } else { fill_with_random };
        fill(&mut random, self.size, &mut out).and_then(|()| out.flush()).at("write", &path)
    }

    /// Returns the path of one of the files.
    pub(super) fn path(&self, folder: &Path, number: usize) -> PathBuf {
        let group = number / FILES_A_FOLDER;
        folder.join(format!("{group:04}/file-{number:06}.dat"))
    }
}

fn fill_with_random(random: &mut Random, size: u64, out: &mut impl Write) -> io::Result<()> {
    let mut left = size;
    while left > 0 {
        let bytes = random.next().to_le_bytes();
        let take = bytes.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        out.write_all(&bytes[..take])?;
        left -= take as u64;
    }
    Ok(())
}

fn fill_with_log(random: &mut Random, size: u64, out: &mut impl Write) -> io::Result<()> {
    let mut left = size;
    let mut milliseconds = 0;
    let mut line = Vec::new();
    while left > 0 {
        line.clear();
        milliseconds += random.below(40);
        log_line(random, milliseconds, &mut line)?;
        let take = line.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        out.write_all(&line[..take])?;
        left -= take as u64;
    }
    Ok(())
}

/// Writes one line as builds print them: a time, a level, words, a path, numbers.
fn log_line(random: &mut Random, milliseconds: u64, line: &mut Vec<u8>) -> io::Result<()> {
    const LEVELS: &[&str] = &["INFO ", "INFO ", "INFO ", "DEBUG", "DEBUG", "WARN ", "ERROR"];
    const VERBS: &[&str] = &[
        "compiling",
        "linking",
        "checking",
        "fetching",
        "running",
        "skipping",
        "unpacking",
        "test passed:",
        "test failed:",
        "retrying",
        "uploading",
        "cached",
    ];
    const NOUNS: &[&str] = &[
        "parser",
        "server",
        "client",
        "storage",
        "index",
        "protocol",
        "scheduler",
        "journal",
        "network",
        "config",
        "template",
        "session",
        "worker",
        "metrics",
        "codec",
        "queue",
    ];
    const KINDS: &[&str] = &["rs", "c", "h", "py", "ts", "go", "json", "toml"];
    let (seconds, rest) = (milliseconds / 1000, milliseconds % 1000);
    let (minutes, second) = (seconds / 60, seconds % 60);
    writeln!(
        line,
        "2026-01-02T{:02}:{:02}:{second:02}.{rest:03}Z {} {} {} src/{}/{}_{}.{} ({} of 900, {:08x}) took {} ms",
        minutes / 60 % 24,
        minutes % 60,
        random.pick(LEVELS),
        random.pick(VERBS),
        random.pick(NOUNS),
        random.pick(NOUNS),
        random.pick(NOUNS),
        random.pick(NOUNS),
        random.pick(KINDS),
        random.below(900),
        random.next() >> 32,
        random.below(5000),
    )
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const SMALL: Data = Data { files: 201, size: 300, content: Content::Mixed };

    #[test]
    fn the_same_data_comes_out_every_time() {
        let world = jci_testkit::Environment::new();
        let (one, two) = (world.path("one"), world.path("two"));
        SMALL.in_folder(&one).unwrap();
        SMALL.in_folder(&two).unwrap();
        let same = world.run("diff", &["-r", "one", "two"], &world.path(""));
        let _ = same.success();
        let text = fs::read_to_string(one.join("0000/file-000000.dat")).unwrap();
        insta::assert_snapshot!(text.lines().next().unwrap(), @"2026-01-02T00:00:00.015Z INFO  test passed: worker src/session/template_server.ts (899 of 900, f3b8488c) took 201 ms");
        assert_eq!(fs::metadata(one.join("0002/file-000200.dat")).unwrap().len(), 300);
    }

    #[test]
    fn what_is_there_is_kept_and_other_data_is_made_anew() {
        let world = jci_testkit::Environment::new();
        let folder = world.path("data");
        SMALL.in_folder(&folder).unwrap();
        fs::write(folder.join("mark"), "").unwrap();
        SMALL.in_folder(&folder).unwrap();
        assert!(folder.join("mark").exists());
        Data { size: 301, ..SMALL }.in_folder(&folder).unwrap();
        assert!(!folder.join("mark").exists());
    }

    #[test]
    fn one_percent_changes_and_changes_again() {
        let world = jci_testkit::Environment::new();
        let (one, two) = (world.path("one"), world.path("two"));
        SMALL.make(&one).unwrap();
        SMALL.make(&two).unwrap();
        for round in 1..3 {
            SMALL.change_one_percent(&two, round).unwrap();
            let differ = world.run("diff", &["-rq", "one", "two"], &world.path("")).exits(1);
            assert_eq!(differ.stdout().lines().count(), 2, "{differ:?}");
            SMALL.change_one_percent(&one, round).unwrap();
        }
    }
}
