//! What there is to see of a repository.

mod address;
mod compare;
mod content;
mod cut;
mod difference;
mod error;
mod even_out;
mod find;
mod history;
mod junit;
mod kinds;
mod logs;
mod markdown;
mod query;
mod repository;
mod run;
mod seen;
mod walks;

use address::FileAddress;
pub(crate) use address::{SiteKeys, encode};
pub(crate) use compare::Pair;
pub(crate) use content::Content;
pub(crate) use difference::difference;
pub use error::ViewError;
pub(crate) use find::Found;
pub use kinds::media_type;
pub(crate) use query::CommitQuery;
pub use run::{describe_path, describe_run};
pub(crate) use seen::Seen;

use jci_store::Store;

use logs::Logs;
use walks::Walks;

/// What there is to see of one repository; cheap to share between threads.
///
/// Every method reads from the disk: none is for a thread that must not wait.
#[derive(Debug)]
pub struct Views {
    store: Store,
    version: String,
    walks: Walks,
    logs: Logs,
    keys: SiteKeys,
}

impl Views {
    /// Looks at a repository, opened by [`Store::discover_lasting`] if this is to last; `version`
    /// is that of the program which shows it.
    pub fn new(store: Store, version: impl Into<String>) -> std::io::Result<Self> {
        let keys = SiteKeys::new()?;
        let (walks, logs) = (Walks::default(), Logs::default());
        Ok(Self { store, version: version.into(), walks, logs, keys })
    }

    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    pub(crate) fn keys(&self) -> &SiteKeys {
        &self.keys
    }
}
