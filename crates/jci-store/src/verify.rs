//! Checking that runs are whole.

use std::io::{self, Read as _};

use crate::object::blob_hasher;
use crate::object::read::ReadError;
use crate::{Run, RunEntry, Store};

impl Store {
    /// Reads a run to its last byte and checks each file against its id.
    ///
    /// Returns how many bytes its files have.
    pub fn verify_run(&self, entry: &RunEntry) -> Result<u64, ReadError> {
        let run = Run::open(self, entry)?;
        run.status()?;
        run.record()?;
        let mut total = 0;
        for file in run.files()? {
            let mut reader = run.read(&file)?;
            let mut hasher = blob_hasher(self.hash_kind(), reader.size());
            let mut buffer = vec![0; 64 * 1024];
            let damaged = |source: Box<dyn std::error::Error + Send + Sync>| ReadError::Object {
                id: file.object_id(),
                source,
            };
            loop {
                let read = reader.read(&mut buffer).map_err(|error| damaged(error.into()))?;
                if read == 0 {
                    break;
                }
                hasher.update(&buffer[..read]);
                total += read as u64;
            }
            let found = hasher.try_finalize().map_err(|error| damaged(error.into()))?;
            if found != file.object {
                let error = io::Error::other(format!("its content has the id {found}"));
                return Err(damaged(error.into()));
            }
        }
        Ok(total)
    }
}
