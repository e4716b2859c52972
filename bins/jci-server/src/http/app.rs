//! What the handlers share.

use std::sync::Arc;

use jci_forge::Forge;

use super::penalty::Penalties;
use crate::config::Config;
use crate::health::Health;
use crate::stop::Stop;

/// What the handlers share. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct App(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    config: Arc<Config>,
    forge: Forge,
    health: Health,
    stop: Stop,
    penalties: Penalties,
}

impl App {
    pub(crate) fn new(config: Arc<Config>, forge: Forge, health: Health, stop: Stop) -> Self {
        let penalties = Penalties::default();
        Self(Arc::new(Parts { config, forge, health, stop, penalties }))
    }

    /// Returns the settings.
    pub(crate) fn config(&self) -> &Config {
        &self.0.config
    }

    /// Returns the client of the forge.
    pub(crate) fn forge(&self) -> &Forge {
        &self.0.forge
    }

    /// Returns how the server is.
    pub(crate) fn health(&self) -> &Health {
        &self.0.health
    }

    /// Returns what tells that it is time to stop.
    pub(crate) fn stop(&self) -> &Stop {
        &self.0.stop
    }

    /// Returns the counts of what addresses showed wrong.
    pub(super) fn penalties(&self) -> &Penalties {
        &self.0.penalties
    }
}
