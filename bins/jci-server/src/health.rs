//! How the server is, as probes and people ask.

use std::fmt;

use tokio::sync::watch;

/// How the forge took the last request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ForgeHealth {
    /// It was not asked yet.
    Unknown,
    /// It answered.
    Fine,
    /// It cannot be reached, or is ill: that passes.
    Away(String),
    /// It does not take the token, or is not what the settings say: that stays until somebody
    /// changes something.
    Refuses(String),
}

impl fmt::Display for ForgeHealth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("not asked yet"),
            Self::Fine => f.write_str("fine"),
            Self::Away(why) | Self::Refuses(why) => f.write_str(why),
        }
    }
}

/// How the server is. Cheap to clone; clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Health(watch::Sender<ForgeHealth>);

impl Health {
    pub(crate) fn new() -> Self {
        Self(watch::Sender::new(ForgeHealth::Unknown))
    }

    /// Returns how the forge is.
    pub(crate) fn forge(&self) -> ForgeHealth {
        self.0.borrow().clone()
    }

    /// Notes how the forge is. A change, and nothing but a change, is worth a line of the log.
    pub(crate) fn note_forge(&self, now: &ForgeHealth) {
        let changed = self.0.send_if_modified(|noted| {
            let changed = *noted != *now;
            noted.clone_from(now);
            changed
        });
        match now {
            _ if !changed => {}
            ForgeHealth::Unknown => {}
            ForgeHealth::Fine => tracing::info!("the forge answers and takes the token"),
            ForgeHealth::Away(why) => tracing::warn!("{why}; trying again"),
            ForgeHealth::Refuses(why) => tracing::error!("{why}"),
        }
    }

    /// Returns once the forge is not fine.
    pub(crate) async fn until_worse(&self) {
        let mut health = self.0.subscribe();
        // The sender is this very value: it does not go away meanwhile.
        let _ = health.wait_for(|health| *health != ForgeHealth::Fine).await;
    }
}
