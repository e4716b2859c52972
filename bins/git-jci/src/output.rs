//! Standard output.

use std::io::{self, BufWriter, Write as _};

use serde::Serialize;

use crate::error::CommandError;

/// Prints a document of JSON.
pub(crate) fn json(document: &impl Serialize) -> Result<(), CommandError> {
    let mut out = BufWriter::new(io::stdout().lock());
    // Serde wraps the failures of the output, whose kind matters.
    serde_json::to_writer_pretty(&mut out, document).map_err(io::Error::from)?;
    writeln!(out)?;
    Ok(out.flush()?)
}
