mod escapes;
mod masker;
mod patterns;
mod secret;
mod sink;
mod stream;
mod variants;

pub use masker::{MASK, MIN_SECRET_LENGTH, MaskError, Masker};
pub use secret::Secret;
pub use sink::MaskedSink;
pub use stream::MaskStream;
pub use variants::MIN_LINE_LENGTH;
