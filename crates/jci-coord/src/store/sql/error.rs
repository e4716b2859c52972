//! From what databases say to what it means for us.

use std::error::Error as StdError;
use std::sync::Arc;

use sqlx::Error;
use sqlx::error::DatabaseError;

use crate::store::StoreError;

/// Somebody gave up while statements were on their way that were not all their own.
#[derive(Debug, thiserror::Error)]
#[error("another transaction of the same group was given up")]
struct BrokenOff;

/// Returns the error of those whose statements nobody waited for to the end.
pub(super) fn broken_off() -> Error {
    Error::AnyDriverError(Box::new(BrokenOff))
}

/// Tells what an error of the database means.
pub(super) fn classify(error: Error, what: &'static str) -> StoreError {
    classify_shared(&Arc::new(error), what)
}

/// Tells the same of an error that several have to hear of.
pub(super) fn classify_shared(error: &Arc<Error>, what: &'static str) -> StoreError {
    let source: Box<dyn StdError + Send + Sync> = Box::new(Arc::clone(error));
    match &**error {
        Error::Database(database) => match meaning(&**database) {
            Meaning::Busy => StoreError::Busy { source },
            Meaning::Conflict => StoreError::Conflict { source },
            Meaning::Full => StoreError::Full { source },
            Meaning::Gone => StoreError::Unavailable { what, source },
            Meaning::Unknown => StoreError::Refused { what, source },
        },
        Error::AnyDriverError(error) if error.is::<BrokenOff>() => StoreError::Conflict { source },
        Error::Io(_)
        | Error::Tls(_)
        | Error::PoolTimedOut
        | Error::PoolClosed
        | Error::WorkerCrashed
        | Error::BeginFailed => StoreError::Unavailable { what, source },
        _ => StoreError::Refused { what, source },
    }
}

enum Meaning {
    Busy,
    Conflict,
    Full,
    Gone,
    Unknown,
}

/// SQLite's codes are numbers whose low byte is the kind; PostgreSQL's are five characters.
fn meaning(error: &dyn DatabaseError) -> Meaning {
    let code = error.code().unwrap_or_default();
    if error.try_downcast_ref::<sqlx::sqlite::SqliteError>().is_some() {
        return match code.parse::<i32>().map_or(0, |code| code & 0xff) {
            5 | 6 => Meaning::Busy,
            13 => Meaning::Full,
            // The file cannot be read, written or opened.
            10 | 14 | 23 => Meaning::Gone,
            _ => Meaning::Unknown,
        };
    }
    match &*code {
        // Serialization failure, deadlock, and a key that somebody else has just added.
        "40001" | "40P01" | "23505" => Meaning::Conflict,
        "55P03" => Meaning::Busy,
        "53100" => Meaning::Full,
        code if code.starts_with("08") || code.starts_with("53") || code.starts_with("57P") => {
            Meaning::Gone
        }
        _ => Meaning::Unknown,
    }
}
