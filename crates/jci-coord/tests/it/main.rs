//! The crate, used from outside.
