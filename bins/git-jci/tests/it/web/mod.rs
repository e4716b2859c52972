//! `git jci web`, over real connections.

mod addresses;
mod archive;
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
