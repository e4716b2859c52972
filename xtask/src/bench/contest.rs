//! Two sides that do the same work, measured in turn.

use std::path::Path;
use std::time::Duration;

use super::BenchError;
use super::disk::Footprint;
use super::goal::Goal;
use super::measure::Usage;
use super::place::Place;
use super::statistics::Spread;

/// A rival that takes longer than this gets few pairs.
const SLOW: Duration = Duration::from_secs(5);
const SLOW_PAIRS: usize = 3;

/// Where both sides take less than this, one pair says little and costs nothing.
const SHORT: Duration = Duration::from_millis(100);
const SHORT_FACTOR: usize = 8;

/// Who does the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// What this repository builds.
    Ours,
    /// The other way.
    Rival,
}

/// The same work for two sides.
pub(super) trait Contest {
    /// Returns the name of the rival.
    fn rival(&self) -> &str;

    /// Returns what is to be reached against this rival.
    fn goal(&self) -> Goal;

    /// Prepares what both samples of a pair work on; called once before each pair.
    fn begin_pair(&mut self, _number: u64) -> Result<(), BenchError> {
        Ok(())
    }

    /// Measures one sample, with nothing left over from the one before; what it prints goes to the
    /// file `output`.
    fn take(&self, side: Side, output: &Path) -> Result<Usage, BenchError>;

    /// Looks whether the sample did its work, from what it printed; called for the warm-up only.
    fn verify(&self, side: Side, printed: &str) -> Result<(), BenchError>;
}

/// The measurements of all pairs of one contest.
#[derive(Debug)]
pub(super) struct Pairs(Vec<[Usage; 2]>);

/// What one side took, over all pairs.
#[derive(Debug)]
pub(super) struct SideUsage {
    /// Seconds from start to end.
    pub(super) wall: Spread,
    /// Seconds of all processors.
    pub(super) cpu: Spread,
    /// Bytes of the largest process in any pair.
    pub(super) peak: u64,
    /// What was added on disk in the last pair.
    pub(super) disk: Footprint,
}

impl Pairs {
    /// Returns how many times the rival's wall time ours is.
    pub(super) fn ratio(&self) -> Spread {
        let ratios =
            self.0.iter().map(|[ours, rival]| ours.wall.as_secs_f64() / rival.wall.as_secs_f64());
        Spread::of(ratios)
    }

    /// Returns how much longer than the rival ours takes.
    pub(super) fn seconds_over(&self) -> Spread {
        let over =
            self.0.iter().map(|[ours, rival]| ours.wall.as_secs_f64() - rival.wall.as_secs_f64());
        Spread::of(over)
    }

    /// Returns how many pairs there are.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Sums up our side.
    pub(super) fn ours(&self) -> SideUsage {
        self.side(0)
    }

    /// Sums up the rival's side.
    pub(super) fn rival(&self) -> SideUsage {
        self.side(1)
    }

    fn side(&self, index: usize) -> SideUsage {
        let usages = || self.0.iter().map(move |pair| pair[index]);
        SideUsage {
            wall: Spread::of(usages().map(|usage| usage.wall.as_secs_f64())),
            cpu: Spread::of(usages().map(|usage| usage.cpu.as_secs_f64())),
            peak: usages().map(|usage| usage.peak).max().unwrap_or_default(),
            disk: usages().next_back().map(|usage| usage.disk).unwrap_or_default(),
        }
    }
}

/// Warms up, then measures both sides in turn; who goes first changes from pair to pair.
pub(super) fn play(
    contest: &mut dyn Contest,
    place: &Place,
    runs: usize,
    progress: &mut dyn FnMut(&str),
) -> Result<Pairs, BenchError> {
    contest.begin_pair(0)?;
    let mut longest = Duration::ZERO;
    for side in [Side::Ours, Side::Rival] {
        progress(&format!("warm-up, {}", name(contest, side)));
        longest = longest.max(warm_up(contest, place, side)?.wall);
    }
    let wanted = pairs_for(runs, longest);
    let mut pairs = Vec::new();
    for number in 1..=wanted {
        progress(&format!("pair {number} of {wanted}"));
        contest.begin_pair(number as u64)?;
        let measured = |side| contest.take(side, &place.path("output"));
        pairs.push(if number % 2 == 1 {
            [measured(Side::Ours)?, measured(Side::Rival)?]
        } else {
            let rival = measured(Side::Rival)?;
            [measured(Side::Ours)?, rival]
        });
    }
    Ok(Pairs(pairs))
}

fn warm_up(contest: &dyn Contest, place: &Place, side: Side) -> Result<Usage, BenchError> {
    let output = place.path("output");
    let usage = contest.take(side, &output)?;
    contest.verify(side, &crate::files::read_text(&output)?)?;
    Ok(usage)
}

fn name(contest: &dyn Contest, side: Side) -> String {
    match side {
        Side::Ours => "jci".to_owned(),
        Side::Rival => contest.rival().to_owned(),
    }
}

fn pairs_for(runs: usize, longest: Duration) -> usize {
    if longest > SLOW {
        runs.min(SLOW_PAIRS)
    } else if longest < SHORT {
        runs * SHORT_FACTOR
    } else {
        runs
    }
}

/// Makes pairs of wall times in milliseconds, for tests of what is said about them.
#[cfg(test)]
pub(super) fn pairs_of(walls: &[(u64, u64)]) -> Pairs {
    let usage = |milliseconds| Usage {
        wall: Duration::from_millis(milliseconds),
        cpu: Duration::from_millis(2 * milliseconds),
        peak: 3 << 20,
        disk: Footprint { bytes: 5 << 20, inodes: 7 },
    };
    Pairs(walls.iter().map(|&(ours, rival)| [usage(ours), usage(rival)]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_taken_pair_by_pair() {
        let pairs = pairs_of(&[(10, 20), (30, 100), (10, 10)]);
        let ratio = pairs.ratio();
        assert_eq!((ratio.min, ratio.median, ratio.max), (0.3, 0.5, 1.0));
        assert_eq!(pairs.ours().wall.median, 0.010);
        assert_eq!(pairs.rival().cpu.median, 0.040);
    }

    #[test]
    fn slow_rivals_get_few_pairs_and_short_work_many() {
        assert_eq!(pairs_for(5, Duration::from_secs(20)), 3);
        assert_eq!(pairs_for(1, Duration::from_secs(20)), 1);
        assert_eq!(pairs_for(5, Duration::from_secs(1)), 5);
        assert_eq!(pairs_for(5, Duration::from_millis(9)), 40);
    }
}
