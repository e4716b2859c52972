//! The simulation can fail: each of these broken queues is found out.

use super::invariants::Rule;
use super::plan::Plan;
use super::{in_memory, world};

/// Something that is broken on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mutation {
    /// Renewals are answered and not kept.
    RenewalsAreLost,
    /// Whoever reports is taken for the attempt that goes on.
    ReportsAreUnfenced,
    /// One of twenty commits says that it is done and is not.
    CommitsAreLost,
    /// `max_jobs` means nothing.
    TheLimitIsIgnored,
    /// Code of strangers is taken for approved.
    StrangersAreTrusted,
    /// The oldest job comes first, whoever has how many.
    TurnsAreIgnored,
    /// How a job ended is never told to the forge.
    TheLastWordIsLost,
    /// A job that has ended is read as running.
    EndsAreForgotten,
    /// Runners without contact let their containers go on.
    RunnersNeverStop,
}

/// So many schedules find out every one of them.
const SEEDS: u64 = 1500;

/// Looks for the first seed under which a broken queue breaks a rule.
fn first_violation(mutation: Mutation) -> Option<(u64, Rule)> {
    (0..SEEDS).find_map(|seed| {
        let report = world::run(&Plan::new(seed), in_memory(Some(mutation), false));
        report.violation.map(|violation| (seed, violation.rule))
    })
}

#[track_caller]
fn is_found(mutation: Mutation, rules: &[Rule]) {
    let (seed, rule) = first_violation(mutation).expect("nothing was noticed");
    assert!(rules.contains(&rule), "seed {seed} breaks {rule:?}, which is not what is broken");
}

#[test]
fn renewals_that_are_not_kept_are_found() {
    is_found(Mutation::RenewalsAreLost, &[Rule::OneContainerAJob]);
}

#[test]
fn reports_without_fencing_are_found() {
    is_found(Mutation::ReportsAreUnfenced, &[Rule::ReportsAreFenced]);
}

#[test]
fn commits_that_are_lost_are_found() {
    is_found(Mutation::CommitsAreLost, &[Rule::NothingIsLost, Rule::NumbersGrow, Rule::EndsStay]);
}

#[test]
fn a_limit_that_is_ignored_is_found() {
    is_found(Mutation::TheLimitIsIgnored, &[Rule::NoMoreThanAllowed]);
}

#[test]
fn strangers_that_are_trusted_are_found() {
    is_found(Mutation::StrangersAreTrusted, &[Rule::StrangersWait]);
}

#[test]
fn turns_that_are_ignored_are_found() {
    is_found(Mutation::TurnsAreIgnored, &[Rule::EverybodyHasATurn]);
}

#[test]
fn last_words_that_are_lost_are_found() {
    is_found(Mutation::TheLastWordIsLost, &[Rule::EverythingEnds]);
}

#[test]
fn ends_that_are_forgotten_are_found() {
    let rules = [Rule::EndsStay, Rule::ReportsAreFenced, Rule::OneLastWordAJob];
    is_found(Mutation::EndsAreForgotten, &rules);
}

#[test]
fn runners_that_never_stop_are_found() {
    is_found(Mutation::RunnersNeverStop, &[Rule::OneContainerAJob]);
}
