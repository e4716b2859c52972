//! What a workload is to reach.

use std::time::Duration;

use super::contest::Pairs;

/// How jci is to stand against a rival, or by itself.
#[derive(Debug, Clone, Copy)]
pub(super) enum Goal {
    /// Nothing is asked; the row is there to be looked at.
    None,
    /// At most so many times the rival's wall time.
    Ratio(f64),
    /// At most so much longer than the rival.
    Over(Duration),
    /// At most so long, whatever the rival does.
    Within(Duration),
    /// At least so many megabytes a second of so many bytes.
    Rate {
        /// What there is to be read.
        bytes: u64,
        /// How many of a million bytes.
        megabytes: u32,
    },
    /// At most so many MiB in the largest process.
    Memory(u32),
    /// At most so much of one processor, in percent.
    Processor(f64),
    /// All of these.
    All(&'static [Goal]),
}

/// Whether a goal was reached, in words.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Verdict {
    /// What was asked and, where the ratio does not show it, what was measured.
    pub(super) text: String,
    /// Whether it was reached; `None` if nothing was asked.
    pub(super) reached: Option<bool>,
}

impl Goal {
    /// Compares the goal with what was measured.
    pub(super) fn judge(self, pairs: &Pairs) -> Verdict {
        let asked = |text, reached| Verdict { text, reached: Some(reached) };
        match self {
            Self::None => Verdict { text: String::new(), reached: None },
            Self::Ratio(most) => asked(format!("≤ {most}"), pairs.ratio().median <= most),
            Self::Over(most) => {
                let over = pairs.seconds_over().median;
                let text = format!("≤ {} ms over it: {:+.1} ms", most.as_millis(), over * 1e3);
                asked(text, over <= most.as_secs_f64())
            }
            Self::Within(most) => {
                let took = pairs.ours().wall.median;
                let text = format!("≤ {} ms: {:.1} ms", most.as_millis(), took * 1e3);
                asked(text, took <= most.as_secs_f64())
            }
            Self::Rate { bytes, megabytes } => {
                let rate = bytes as f64 / 1e6 / pairs.ours().wall.median;
                let text = format!("≥ {megabytes} MB/s: {rate:.0} MB/s");
                asked(text, rate >= f64::from(megabytes))
            }
            Self::Memory(most) => {
                let peak = pairs.ours().peak as f64 / f64::from(1 << 20);
                asked(format!("≤ {most} MiB: {peak:.1} MiB"), peak <= f64::from(most))
            }
            Self::Processor(most) => {
                let ours = pairs.ours();
                let share = 100.0 * ours.cpu.median / ours.wall.median;
                asked(format!("≤ {most}% CPU: {share:.2}%"), share <= most)
            }
            Self::All(goals) => {
                let verdicts: Vec<_> = goals.iter().map(|goal| goal.judge(pairs)).collect();
                let texts: Vec<_> = verdicts.iter().map(|verdict| verdict.text.as_str()).collect();
                let mut reached = verdicts.iter().filter_map(|verdict| verdict.reached);
                asked(texts.join("; "), reached.all(|reached| reached))
            }
        }
    }

    /// Tells whether memory has a bound of its own here.
    pub(super) fn bounds_memory(self) -> bool {
        match self {
            Self::Memory(_) => true,
            Self::All(goals) => goals.iter().any(|goal| goal.bounds_memory()),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::contest::pairs_of;
    use super::*;

    fn judged(goal: Goal) -> (String, Option<bool>) {
        let verdict = goal.judge(&pairs_of(&[(10, 40), (12, 40), (14, 40)]));
        (verdict.text, verdict.reached)
    }

    #[test]
    fn a_goal_is_reached_or_not() {
        let ms = Duration::from_millis;
        assert_eq!(judged(Goal::None), (String::new(), None));
        assert_eq!(judged(Goal::Ratio(0.3)), ("≤ 0.3".into(), Some(true)));
        assert_eq!(judged(Goal::Ratio(0.2)), ("≤ 0.2".into(), Some(false)));
        assert_eq!(judged(Goal::Over(ms(8))), ("≤ 8 ms over it: -28.0 ms".into(), Some(true)));
        assert_eq!(judged(Goal::Within(ms(12))), ("≤ 12 ms: 12.0 ms".into(), Some(true)));
        assert_eq!(judged(Goal::Within(ms(11))), ("≤ 11 ms: 12.0 ms".into(), Some(false)));
        let rate = |megabytes| judged(Goal::Rate { bytes: 2_400_000, megabytes });
        assert_eq!(rate(200), ("≥ 200 MB/s: 200 MB/s".into(), Some(true)));
        assert_eq!(rate(201), ("≥ 201 MB/s: 200 MB/s".into(), Some(false)));
        assert_eq!(judged(Goal::Memory(3)), ("≤ 3 MiB: 3.0 MiB".into(), Some(true)));
        let processor = |most| judged(Goal::Processor(most));
        assert_eq!(processor(200.0), ("≤ 200% CPU: 200.00%".into(), Some(true)));
        assert_eq!(processor(0.1), ("≤ 0.1% CPU: 200.00%".into(), Some(false)));
    }

    #[test]
    fn of_several_goals_all_are_to_be_reached() {
        const BOTH: Goal = Goal::All(&[Goal::Ratio(0.3), Goal::Memory(3)]);
        assert_eq!(judged(BOTH), ("≤ 0.3; ≤ 3 MiB: 3.0 MiB".into(), Some(true)));
        const ONE: Goal = Goal::All(&[Goal::Ratio(0.3), Goal::Memory(2)]);
        assert_eq!(judged(ONE), ("≤ 0.3; ≤ 2 MiB: 3.0 MiB".into(), Some(false)));
        assert!(ONE.bounds_memory() && !Goal::Ratio(0.3).bounds_memory());
    }
}
