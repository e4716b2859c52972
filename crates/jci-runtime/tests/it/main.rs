//! Containers, with the machine's Docker.
#![expect(clippy::unwrap_used, reason = "what fails in the set-up of a test fails the test")]

mod policy;
