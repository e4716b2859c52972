//! The client against forges that stand in: the test kit's for Gitea and Forgejo, which has real
//! repositories, and a small one for GitHub and GitLab.
#![expect(clippy::unwrap_used, reason = "what fails in the set-up of a test fails the test")]

mod faults;
mod gitea;
mod manage;
mod others;
mod pace;
mod recorded;
mod site;
mod stand_in;
