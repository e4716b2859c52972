//! Jobs as traces: each that has ended becomes a span with a span below it for each attempt, sent
//! by OTLP over HTTP.
//!
//! They are made of what the queue knows, so that a job that outlived a restart of the server has
//! its trace as well. The id of a job is that of its trace.

mod send;
mod span;

pub(crate) use send::send;
