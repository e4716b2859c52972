//! The files of the page itself: in the program, or in debug builds on disk, so that a reload of
//! the page shows an edit.

use std::borrow::Cow;

use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "assets/"]
struct Files;

/// A file of the page.
pub(crate) struct Asset {
    pub(crate) content: Cow<'static, [u8]>,
    /// A text that is another for another content.
    pub(crate) version: String,
}

/// Finds a file of the page by its path.
pub(crate) fn find(path: &str) -> Option<Asset> {
    let file = Files::get(path)?;
    let hash = file.metadata.sha256_hash();
    let version = hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    Some(Asset { content: file.data, version })
}
