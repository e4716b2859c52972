//! Reads a log, shows some of its lines, and tells how long that took.
//!
//! `cargo run --release --example read_log -- FILE [FIRST [COUNT [TEXT]]]`
//!
//! FIRST is the number of the first line, counted from 0; TEXT is looked for in the whole log.

use std::error::Error;
use std::fs::File;
use std::time::{Duration, Instant};

use jci_web::{Direction, Log, Query};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("which log? give the name of a file")?;
    let first = arguments.next().map_or(Ok(0), |first| first.parse())?;
    let count = arguments.next().map_or(Ok(20), |count| count.parse())?;

    let begin = Instant::now();
    let log = Log::read(File::open(path)?, None)?;
    let mut extent = log.extent();
    let mut first_lines = None;
    while !extent.complete {
        extent = log.wait(extent, Duration::from_secs(60));
        first_lines.get_or_insert_with(|| begin.elapsed());
    }
    let indexed = begin.elapsed();

    let begin = Instant::now();
    let window = log.window(first, count)?;
    let shown = begin.elapsed();
    for (number, line) in (window.first..).zip(&window.lines) {
        let text: String = line.spans.iter().map(|span| span.text.as_str()).collect();
        println!("{number:>8} {text}");
    }

    let megabytes = extent.bytes as f64 / 1e6;
    let rate = megabytes / indexed.as_secs_f64();
    eprintln!("lines {}, megabytes {megabytes:.1}", extent.lines);
    eprintln!("first lines after {:.1} ms", milliseconds(first_lines.unwrap_or_default()));
    eprintln!("indexed in {:.1} ms, {rate:.0} MB/s", milliseconds(indexed));
    eprintln!("window of {} lines in {:.2} ms", window.lines.len(), milliseconds(shown));
    eprintln!("first error: {:?}", log.outline().first_error);
    if let Some(text) = arguments.next() {
        search(&log, text)?;
    }
    // Of the kernel, which not every system has.
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status.lines().filter(|line| line.starts_with("VmHWM")).for_each(|line| eprintln!("{line}"));
    Ok(())
}

fn search(log: &Log, text: String) -> Result<(), Box<dyn Error>> {
    let begin = Instant::now();
    let mut query =
        Query { text, case_sensitive: false, from: 0, direction: Direction::Forward, count: 100 };
    let mut matches = log.search(&query)?;
    while matches.searched < matches.extent.lines {
        matches = log.search(&query)?;
    }
    let searched = begin.elapsed();
    let rate = matches.extent.bytes as f64 / 1e6 / searched.as_secs_f64();
    let counts = (matches.matches, matches.lines);
    eprintln!("{} matches in {} lines", counts.0, counts.1);
    eprintln!("searched in {:.1} ms, {rate:.0} MB/s", milliseconds(searched));
    query.from = matches.extent.lines / 2;
    let begin = Instant::now();
    let next = log.search(&query)?;
    let found = next.found.first().map(|found| found.line);
    eprintln!("next match, {found:?}, in {:.2} ms", milliseconds(begin.elapsed()));
    Ok(())
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
