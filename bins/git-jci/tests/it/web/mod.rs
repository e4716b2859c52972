//! `git jci web`, over real connections and in a real browser.

mod addresses;
mod archive;
mod browser;
mod clients;
mod command;
mod commits;
mod compare;
mod events;
mod files;
mod guard;
mod http;
mod log;
mod repositories;
mod server;
