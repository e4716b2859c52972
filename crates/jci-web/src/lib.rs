//! Runs to look at: pages, logs as a terminal shows them, and the HTTP views behind them.
//!
//! [`Views`] are what there is to see of one repository, as the types of `jci-proto`. [`router`]
//! gives them to browsers, and [`Server`] is a small server for one person on this machine.
//!
//! A server with logs of its own keeps them on a [`LogShelf`], lets [`LogAnswers`] answer what
//! pages ask of them, and serves [`job_page`] with its [`page_asset`]s.
//!
//! # Guarantees
//!
//! - Nothing is changed by a request: there is `GET` and `HEAD`, and no lock is taken.
//! - Only browsers that came by one of [`Hosts`] are answered, and never a page of somebody else.
//! - What a run left is hostile: it is shown where its scripts reach nothing but itself.
//! - Memory stays bounded whatever the size of a file and however slowly it is fetched; a slow
//!   client takes a connection and no thread.
//!
//! # Limits
//!
//! - Who may connect may see everything: there are no users. Listen on loopback addresses only, or
//!   put something in front that knows who asks.

mod assets;
mod http;
mod log;
mod server;
mod views;

pub use http::{
    ByteRange, Hosts, LogAnswers, LogQuestion, NoSuchPart, attachment, job_page, page_asset, router,
};
pub use log::{
    Direction, Interest, Log, LogError, LogShelf, Query, SharedLog, Timing, TooManyLogs,
};
pub use server::{Server, ServerError};
pub use views::{ViewError, Views, describe_path, describe_run, media_type};
