//! From a folder on disk to objects in the database.

mod blobs;
mod sink;
mod tree;
mod walk;

pub(crate) use blobs::{open, store_blobs, stream};
pub(crate) use sink::{Sink, remove_leftovers};
pub(crate) use tree::{RootFile, write_trees};
pub(crate) use walk::{Walk, walk};
