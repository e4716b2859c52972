//! Tests of the store as programs meet it that embed it: by its public names alone, beside git.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails, helpers included")]

mod embedder;
mod lifecycle;
mod original;
mod places;
mod recovery;
mod trees;
