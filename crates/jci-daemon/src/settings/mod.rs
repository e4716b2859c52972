//! Settings: flags, variables, a file and defaults, read once and checked before anything else
//! happens.

mod arguments;
mod error;
mod file;
mod gather;
mod program;
mod reader;
mod setting;
pub mod value;

pub use error::{ConfigError, Origin};
pub use program::{Invocation, Program};
pub use reader::Reader;
pub use setting::{Fallback, Kind, Setting};
