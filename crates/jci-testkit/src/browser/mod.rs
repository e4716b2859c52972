//! A real browser, in which tests meet pages as people do.
//!
//! The tests of a program share one Chromium, which the first of them starts and the last one ends,
//! and take turns: each has a tab of its own, a [`Page`].

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails, helpers included")]

mod chromium;
mod page;

use chromium::Chromium;
pub use page::Page;
