//! What came of the steps, in one table at the end.

use std::fmt;
use std::time::Duration;

use super::step::Step;

/// How one step ended.
#[derive(Debug, Clone, Copy)]
pub(super) enum Outcome {
    Passed(Duration),
    Failed(Duration),
    NotRun,
}

/// The outcomes in the order in which they came.
#[derive(Debug, Default)]
pub(super) struct Summary(Vec<(Step, Outcome)>);

impl Summary {
    /// Notes how a step ended.
    pub(super) fn add(&mut self, step: Step, outcome: Outcome) {
        self.0.push((step, outcome));
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (step, outcome) in &self.0 {
            let (word, took) = match outcome {
                Outcome::Passed(took) => ("ok", Some(took)),
                Outcome::Failed(took) => ("FAILED", Some(took)),
                Outcome::NotRun => ("not run", None),
            };
            let took = took.map(|took| format!("{:.1} s", took.as_secs_f64()));
            writeln!(f, "  {step:<10}{word:<9}{:>9}", took.unwrap_or_default())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_names_each_step() {
        let mut summary = Summary::default();
        summary.add(Step::Fmt, Outcome::Passed(Duration::from_millis(940)));
        summary.add(Step::Clippy, Outcome::Failed(Duration::from_secs(123)));
        summary.add(Step::Tests, Outcome::NotRun);
        let lines: Vec<_> =
            summary.to_string().lines().map(str::trim_end).map(str::to_owned).collect();
        assert_eq!(
            lines,
            [
                "  fmt       ok           0.9 s",
                "  clippy    FAILED     123.0 s",
                "  tests     not run",
            ]
        );
    }
}
