//! `cargo xtask test`: everything that must hold, from nothing.

mod deny;
#[cfg(test)]
mod dependencies;
mod git_jci;
mod ports;
mod step;
mod summary;
mod tools;

use std::time::Instant;

use clap::ValueEnum;
use thiserror::Error;

use self::step::{Settings, Step, StepError};
use self::summary::{Outcome, Summary};

/// What to check, and how hard.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Runs only these steps, in their usual order.
    #[arg(long, value_name = "STEP", num_args = 1..)]
    only: Vec<Step>,

    /// Lets the survival tests do thousands of kills instead of hundreds.
    #[arg(long)]
    thorough: bool,
}

/// The step that did not hold.
#[derive(Debug, Error)]
#[error("step {step} failed\nto run only this step: cargo xtask test --only {step}")]
pub(crate) struct TestError {
    step: Step,
}

/// Runs the steps one after the other, up to the first that fails, and sums up.
pub(crate) fn run(arguments: &Arguments) -> Result<(), TestError> {
    let settings = Settings { thorough: arguments.thorough };
    let mut summary = Summary::default();
    let mut failed = None;
    for step in chosen(&arguments.only) {
        if failed.is_some() {
            summary.add(step, Outcome::NotRun);
            continue;
        }
        println!("\n── {step}: {}", step.about());
        let start = Instant::now();
        let result = step.run(&settings);
        let took = start.elapsed();
        match result {
            Ok(()) => summary.add(step, Outcome::Passed(took)),
            Err(error) => {
                crate::report(&error);
                summary.add(step, Outcome::Failed(took));
                failed = Some(TestError { step });
            }
        }
    }
    println!("\n{summary}");
    failed.map_or(Ok(()), Err)
}

fn chosen(only: &[Step]) -> impl Iterator<Item = Step> {
    Step::value_variants()
        .iter()
        .copied()
        .filter(move |step| only.is_empty() || only.contains(step))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chosen_steps_keep_their_order() {
        let steps: Vec<_> = chosen(&[Step::Tests, Step::Fmt]).collect();
        assert_eq!(steps, [Step::Fmt, Step::Tests]);
        assert_eq!(chosen(&[]).count(), Step::value_variants().len());
    }
}
