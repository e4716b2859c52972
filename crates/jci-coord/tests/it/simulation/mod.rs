//! A simulation of the queue with everything around it, from one seed.
//!
//! Real coordinators, one to three, work on one store. Around them are simulated webhooks, people,
//! runners of both protocols with their containers, and a forge. Time is a number, and whatever is
//! left to chance comes from the seed: programs die at any step, messages are lost, late or come
//! twice, clocks jump, the store fails. After every commit the [rules](invariants::Rule) are
//! checked; when the faults have stopped, every job must end and the forge must know how.
//!
//! `JCI_TEST_SEED=n` runs one seed and tells what happens, `JCI_TEST_THOROUGH=1` ten times as many.

mod chance;
mod clock;
mod container;
mod databases;
mod ending;
mod faults;
mod forge;
mod invariants;
mod mutations;
mod people;
mod plan;
mod runner;
mod server;
mod store;
mod tables;
mod tasks;
mod words;
mod world;

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use jci_coord::MemoryStore;

use mutations::Mutation;
use plan::Plan;
use world::{Ground, Report};

fn in_memory(mutation: Option<Mutation>, is_told: bool) -> Ground {
    Ground { store: Arc::new(MemoryStore::new()), database: None, mutation, is_told }
}

/// Runs a seed; of one that breaks a rule it tells the smallest story that still does.
fn run_seed(seed: u64, ground: impl Fn(bool) -> Ground) -> Report {
    let report = world::run(&Plan::new(seed), ground(false));
    let Some(violation) = &report.violation else { return report };
    let rule = violation.rule;
    let mut plan = Plan::new(seed);
    let still = |plan: &Plan| {
        world::run(plan, ground(false)).violation.is_some_and(|violation| violation.rule == rule)
    };
    while let Some(smaller) = plan.smaller().into_iter().find(|plan| still(plan)) {
        plan = smaller;
    }
    let tale = world::run(&plan, ground(true)).tale.join("\n");
    let plan = words::plan(&plan);
    panic!("{tale}\n\n{plan}\n\nthis breaks {rule:?}: run it again with JCI_TEST_SEED={seed}");
}

/// Runs seeds and counts what happened under them.
fn run_seeds(seeds: Range<u64>, ground: impl Fn(bool) -> Ground) -> BTreeMap<&'static str, u64> {
    let mut tally = BTreeMap::new();
    for seed in chosen(seeds) {
        for (what, count) in run_seed(seed, &ground).tally {
            *tally.entry(what).or_default() += count;
        }
    }
    tally
}

/// Returns the seeds to run: one if somebody wants to see that one, many if there is time.
fn chosen(seeds: Range<u64>) -> Range<u64> {
    if let Ok(seed) = std::env::var("JCI_TEST_SEED") {
        let seed = seed.parse().expect("JCI_TEST_SEED is a number");
        return seed..seed + 1;
    }
    if std::env::var_os("JCI_TEST_THOROUGH").is_some() {
        return seeds.start * 10..seeds.end * 10;
    }
    seeds
}

/// Tells how often something happened.
fn times(tally: &BTreeMap<&'static str, u64>, what: &str) -> u64 {
    tally.get(what).copied().unwrap_or(0)
}

/// What must have happened, or the simulation shows less than it seems to.
const HAPPENS: [&str; 18] = [
    "a container came to its end",
    "a job was approved",
    "a job was cancelled",
    "a job was cancelled by force",
    "a job was run again",
    "a job was tried again",
    "a lease was lost",
    "a message came late or twice",
    "a report was refused",
    "a runner died",
    "a runner stopped a container for want of contact",
    "a runner was told that its attempt is stale",
    "a server died",
    "a status was given up",
    "a status was sent again",
    "an answer was lost",
    "an attempt took too long",
    "the forge heard a last word",
];

/// Runs seeds over the store in memory.
fn all_rules_hold(seeds: Range<u64>) {
    let tally = run_seeds(seeds, |is_told| in_memory(None, is_told));
    if std::env::var_os("JCI_TEST_SEED").is_none() {
        let never: Vec<_> = HAPPENS.iter().filter(|what| times(&tally, what) == 0).collect();
        assert!(never.is_empty(), "never happened: {never:?}");
    }
}

/// Declares a test for each part of the seeds, so that the parts share the processors.
macro_rules! in_parts {
    ($($name:ident: $seeds:expr),* $(,)?) => {
        $(#[test]
        fn $name() {
            all_rules_hold($seeds);
        })*
    };
}

in_parts! {
    schedules_from_0: 0..2500,
    schedules_from_2500: 2500..5000,
    schedules_from_5000: 5000..7500,
    schedules_from_7500: 7500..10_000,
}

#[test]
fn a_seed_tells_the_same_story_again() {
    let told = |seed| world::run(&Plan::new(seed), in_memory(None, true));
    for seed in 0..50 {
        let (first, second) = (told(seed), told(seed));
        assert_eq!(first.tale, second.tale);
        assert_eq!(first.tally, second.tally);
    }
}
