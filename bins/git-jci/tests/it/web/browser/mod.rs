//! The page of `git jci web` as people meet it: in a real browser.

mod compare;
mod empty;
mod files;
mod filters;
mod hostile;
mod keys;
mod library;
mod live;
mod log;
mod looks;
mod panels;
