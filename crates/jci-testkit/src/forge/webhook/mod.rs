//! Webhooks, sent as the real forge sends them: once, with five seconds to answer.

mod deliver;
mod events;
mod hook;
mod message;
mod payload;

pub use self::deliver::Delivery;
pub(super) use self::deliver::{Task, deliver_all};
pub use self::hook::HookSettings;
pub(super) use self::hook::{Hook, KNOWN_EVENTS};
