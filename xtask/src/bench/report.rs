//! The tables.

use std::fmt;

use super::contest::{Pairs, SideUsage};
use super::goal::{Goal, Verdict};
use super::machine::Machine;
use super::statistics::Spread;

const MIB: f64 = (1 << 20) as f64;

/// No run takes more memory than this, whatever it stores. Servers have goals of their own.
const MOST_MEMORY_MIB: f64 = 64.0;

/// What came of one contest.
pub(super) struct Row {
    /// The name of the workload.
    pub(super) workload: &'static str,
    /// The name of the rival.
    pub(super) rival: String,
    /// What was to be reached.
    pub(super) goal: Goal,
    /// What was measured.
    pub(super) pairs: Pairs,
}

/// All that came of a benchmark, as Markdown.
pub(super) struct Report<'a> {
    /// The command that made it.
    pub(super) command: String,
    /// Where it was made.
    pub(super) machine: &'a Machine,
    /// The contests, those of one workload side by side.
    pub(super) rows: &'a [Row],
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Machine { date, commit, facts } = self.machine;
        writeln!(f, "Made by `{}` on {date} at commit {commit}.\n{facts}.\n", self.command)?;
        self.ratios(f)?;
        self.memory(f)?;
        self.usages(f)
    }
}

impl Report<'_> {
    fn ratios(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| Workload | Rival | Pairs | Wall time, times the rival's | To reach | |")?;
        writeln!(f, "|---|---|---|---|---|---|")?;
        for row in self.rows {
            let Row { workload, rival, pairs, .. } = row;
            let Verdict { text, reached } = row.goal.judge(pairs);
            let reached = match reached {
                Some(true) => "reached",
                Some(false) => "not reached",
                None => "",
            };
            let (count, ratio) = (pairs.len(), times(pairs.ratio()));
            writeln!(f, "| {workload} | {rival} | {count} | {ratio} | {text} | {reached} |")?;
        }
        Ok(())
    }

    fn memory(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = self.rows.iter().filter(|row| !row.goal.bounds_memory());
        let peaks = rows.map(|row| (row.pairs.ours().peak, row.workload));
        let Some((peak, workload)) = peaks.max() else { return Ok(()) };
        let mib = peak as f64 / MIB;
        let reached = if mib <= MOST_MEMORY_MIB { "reached" } else { "not reached" };
        writeln!(
            f,
            "\nMemory of jci, to reach: ≤ {MOST_MEMORY_MIB} MiB whatever it stores. \
             Most was {mib:.1} MiB, for {workload}: {reached}."
        )
    }

    fn usages(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\n| Workload | Side | Wall | CPU | Peak memory | Added on disk | Inodes |")?;
        writeln!(f, "|---|---|---|---|---|---|---|")?;
        let mut last = "";
        for Row { workload, rival, pairs, .. } in self.rows {
            // Our side is much the same against each rival: the first time will do.
            if last != *workload {
                usage(f, workload, "jci", &pairs.ours())?;
                last = workload;
            }
            usage(f, workload, rival, &pairs.rival())?;
        }
        Ok(())
    }
}

fn usage(f: &mut fmt::Formatter<'_>, workload: &str, side: &str, usage: &SideUsage) -> fmt::Result {
    let SideUsage { wall, cpu, peak, disk } = usage;
    writeln!(
        f,
        "| {workload} | {side} | {} | {} | {} | {} | {} |",
        seconds(wall.median),
        seconds(cpu.median),
        bytes(*peak),
        bytes(disk.bytes),
        disk.inodes,
    )
}

/// Writes a ratio with what it lay between.
pub(super) fn times(Spread { median, min, max }: Spread) -> String {
    format!("{} ({}–{})", short(median), short(min), short(max))
}

fn short(number: f64) -> String {
    let decimals = match number {
        ..0.01 => 4,
        ..1.0 => 3,
        ..10.0 => 2,
        _ => 1,
    };
    format!("{number:.decimals$}")
}

/// Writes a time with the unit that suits it.
pub(super) fn seconds(seconds: f64) -> String {
    if seconds < 1.0 { format!("{:.1} ms", seconds * 1e3) } else { format!("{seconds:.2} s") }
}

fn bytes(bytes: u64) -> String {
    let mib = bytes as f64 / MIB;
    if bytes == 0 {
        "0".to_owned()
    } else if mib < 1.0 {
        format!("{:.0} KiB", mib * 1024.0)
    } else {
        format!("{mib:.1} MiB")
    }
}

#[cfg(test)]
mod tests {
    use super::super::contest::pairs_of;
    use super::*;

    #[test]
    fn the_report_shows_what_was_measured_and_what_was_reached() {
        let row = |workload, rival: &str, goal, walls: &[_]| Row {
            workload,
            rival: rival.to_owned(),
            goal,
            pairs: pairs_of(walls),
        };
        let report = Report {
            command: "cargo xtask bench --write".to_owned(),
            machine: &Machine {
                date: "2026-01-02".to_owned(),
                commit: "0123456789".to_owned(),
                facts: "2 cores, ext4".to_owned(),
            },
            rows: &[
                row("4k-10000", "fast-import", Goal::Ratio(0.2), &[(300, 3000), (330, 3000)]),
                row("4k-10000", "copy", Goal::Ratio(1.0), &[(300, 200)]),
                row("log-1g", "add", Goal::None, &[(3000, 33000)]),
            ],
        };
        insta::assert_snapshot!(report, @r"
        Made by `cargo xtask bench --write` on 2026-01-02 at commit 0123456789.
        2 cores, ext4.

        | Workload | Rival | Pairs | Wall time, times the rival's | To reach | |
        |---|---|---|---|---|---|
        | 4k-10000 | fast-import | 2 | 0.105 (0.100–0.110) | ≤ 0.2 | reached |
        | 4k-10000 | copy | 1 | 1.50 (1.50–1.50) | ≤ 1 | not reached |
        | log-1g | add | 1 | 0.091 (0.091–0.091) |  |  |

        Memory of jci, to reach: ≤ 64 MiB whatever it stores. Most was 3.0 MiB, for log-1g: reached.

        | Workload | Side | Wall | CPU | Peak memory | Added on disk | Inodes |
        |---|---|---|---|---|---|---|
        | 4k-10000 | jci | 315.0 ms | 630.0 ms | 3.0 MiB | 5.0 MiB | 7 |
        | 4k-10000 | fast-import | 3.00 s | 6.00 s | 3.0 MiB | 5.0 MiB | 7 |
        | 4k-10000 | copy | 200.0 ms | 400.0 ms | 3.0 MiB | 5.0 MiB | 7 |
        | log-1g | jci | 3.00 s | 6.00 s | 3.0 MiB | 5.0 MiB | 7 |
        | log-1g | add | 33.00 s | 66.00 s | 3.0 MiB | 5.0 MiB | 7 |
        ");
    }

    #[test]
    fn numbers_keep_what_matters_of_them() {
        let shown: Vec<_> = [0.0004, 0.0312, 0.1234, 1.5, 14.2].map(short).into();
        assert_eq!(shown, ["0.0004", "0.031", "0.123", "1.50", "14.2"]);
        assert_eq!([seconds(0.0123), seconds(12.345)], ["12.3 ms", "12.35 s"]);
        assert_eq!([bytes(0), bytes(2048), bytes(3 << 20)], ["0", "2 KiB", "3.0 MiB"]);
    }
}
