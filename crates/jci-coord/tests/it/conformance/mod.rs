//! What holds whatever the queue is kept in: one suite, run on every store.

mod approvals;
mod audit;
mod cancels;
mod claims;
mod ends;
mod fairness;
mod history;
mod leases;
mod outbox;
mod schedules;
mod submissions;
mod world;

use std::sync::Arc;

use jci_coord::MemoryStore;

pub(crate) use world::World;

/// Runs every test of the suite: in memory and on SQLite each for itself, on PostgreSQL one after
/// the other on one server, as it takes a while to start.
macro_rules! suite {
    ($($module:ident :: $test:ident),* $(,)?) => {
        mod memory {
            $(#[tokio::test]
            async fn $test() {
                let store = super::Arc::new(super::MemoryStore::new());
                super::$module::$test(&super::World::new(store)).await;
            })*
        }

        mod sqlite {
            $(#[tokio::test]
            async fn $test() {
                let folder = tempfile::tempdir().unwrap();
                let store = crate::sqlite::open(folder.path()).await;
                super::$module::$test(&super::World::new(store)).await;
            })*
        }

        #[tokio::test]
        async fn postgres() {
            let server = crate::postgres::Server::start();
            $({
                // Seen only if the test fails: then it tells which.
                println!(concat!(stringify!($module), "::", stringify!($test)));
                let store = server.database().await;
                $module::$test(&World::new(store.clone())).await;
                store.close().await;
            })*
        }
    };
}

suite! {
    submissions::a_commit_has_one_active_job,
    submissions::a_delivery_that_comes_again_starts_nothing,
    submissions::many_at_once_are_one_job,
    submissions::a_job_without_time_is_refused,
    claims::a_job_goes_from_submission_to_its_result,
    claims::an_answer_that_was_lost_is_given_again,
    claims::no_more_jobs_than_allowed_run_at_once,
    claims::many_runners_at_once_get_different_jobs,
    claims::a_transaction_that_is_dropped_has_done_nothing,
    fairness::priority_comes_first_then_the_idlest_repository_then_age,
    fairness::a_repository_with_a_thousand_jobs_does_not_starve_another,
    fairness::a_runner_gets_only_what_it_can_run,
    leases::a_lost_runner_is_replaced_and_comes_too_late,
    leases::a_clock_that_jumps_ends_nothing,
    leases::a_server_that_was_down_gives_one_lease_of_grace,
    leases::renewals_through_another_server_count,
    leases::a_runner_without_heartbeats_has_no_lease_but_a_time_out,
    leases::a_job_ends_with_its_time_even_if_its_runner_renews,
    leases::attempts_are_counted_and_waits_grow,
    leases::another_runner_renews_nothing,
    leases::a_server_that_starts_with_a_wrong_clock_ends_nothing_that_is_renewed,
    leases::who_begins_has_a_whole_lease,
    ends::what_is_said_first_counts,
    ends::trouble_of_the_runner_is_tried_again_and_failure_is_not,
    ends::a_run_in_the_repository_settles_a_job,
    ends::a_run_settles_what_nobody_has_begun_not_at_all,
    ends::tokens_lead_to_their_attempt_and_are_kept_nowhere,
    cancels::a_job_that_waits_is_cancelled_at_once,
    cancels::a_runner_is_told_and_has_its_time,
    cancels::a_cancelled_job_of_a_lost_runner_is_not_tried_again,
    cancels::an_ended_job_is_run_again_as_a_new_one,
    approvals::code_of_a_stranger_waits_for_approval_of_its_very_commit,
    approvals::nothing_revives_what_was_never_approved,
    approvals::a_trusted_push_of_the_same_commit_approves,
    outbox::every_change_is_told_and_the_newest_wins,
    outbox::a_status_is_sent_again_until_it_is_there,
    outbox::a_server_that_dies_while_sending_is_replaced,
    outbox::a_server_that_was_slow_says_nothing_for_the_one_that_replaced_it,
    outbox::a_day_without_the_forge_ends_with_the_last_word,
    outbox::a_commit_hears_of_its_jobs_in_their_order,
    schedules::a_time_fires_once_for_all_servers,
    schedules::missed_times_are_one_run,
    schedules::a_wrong_line_changes_nothing,
    history::lists_are_in_pages_and_by_what_is_asked,
    history::old_jobs_are_forgotten_and_others_never,
    history::a_delivery_whose_job_is_forgotten_asks_anew,
    audit::everybody_is_written_down_and_so_is_who_was_refused,
    audit::listeners_hear_of_changes_when_they_are_durable,
}
