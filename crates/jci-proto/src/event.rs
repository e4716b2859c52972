//! What happens while somebody looks on, sent as server-sent events.

use serde::{Deserialize, Serialize};

use crate::{LogExtent, Run};

/// Something happened in the repository. The name of the server-sent event is that of the variant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// A run began, or goes on as the stream begins.
    RunStarted {
        /// The run.
        run: Run,
    },
    /// A run is stored: one that went on, or one that came from elsewhere.
    RunStored {
        /// The run.
        run: Run,
    },
    /// A run is no longer there.
    RunRemoved {
        /// The full id of its commit.
        commit: String,
        /// Its id.
        run: String,
    },
    /// Branches or commits changed: what is shown of them is to be asked for again.
    HistoryChanged,
}

/// Something happened to a log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum LogEvent {
    /// There is more of it. Lines from the last `settled` on are to be asked for again.
    Grown {
        /// How much there is now.
        extent: LogExtent,
    },
    /// That is all of it.
    Ended {
        /// How much there is.
        extent: LogExtent,
    },
}
