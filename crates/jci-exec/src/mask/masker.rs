use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use super::patterns::Patterns;
use super::variants::variants;
use super::{MaskStream, Secret};

/// What stands in the output in place of a secret.
pub const MASK: &str = "***";

/// The shortest secret that is masked.
///
/// A shorter one is in every second word: masking it would tell more than it hides.
pub const MIN_SECRET_LENGTH: usize = 4;

/// Knows what must not be seen, in all the forms in which it may come out.
///
/// Beside the value itself: its longer lines, base64 (both alphabets, at any place in a longer
/// text, broken into lines), percent-encoded, escaped in JSON, and quoted for a shell.
#[derive(Clone)]
pub struct Masker {
    patterns: Option<Arc<Patterns>>,
    too_short: Vec<String>,
}

/// Says that the secrets are too many or too long to be looked for.
#[derive(Debug, thiserror::Error)]
#[error("the secrets are too many or too long to be masked")]
pub struct MaskError {
    source: Box<dyn std::error::Error + Send + Sync>,
}

impl MaskError {
    pub(super) fn new(source: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self { source: source.into() }
    }
}

impl Masker {
    /// Prepares to mask `secrets`; [`Masker::too_short`] tells which of them it cannot.
    ///
    /// # Errors
    ///
    /// Secrets of hundreds of megabytes do not fit into the tables.
    pub fn new(secrets: impl IntoIterator<Item = Secret>) -> Result<Self, MaskError> {
        let mut forms = BTreeSet::new();
        let mut too_short = Vec::new();
        for secret in secrets {
            if secret.value().len() < MIN_SECRET_LENGTH {
                too_short.push(secret.name().to_owned());
            } else {
                forms.append(&mut variants(secret.value()));
            }
        }
        let forms: Vec<Vec<u8>> = forms.into_iter().collect();
        let patterns = (!forms.is_empty()).then(|| Patterns::new(&forms)).transpose()?;
        Ok(Self { patterns: patterns.map(Arc::new), too_short })
    }

    /// Names the secrets that are shorter than [`MIN_SECRET_LENGTH`] and stay visible.
    pub fn too_short(&self) -> &[String] {
        &self.too_short
    }

    /// Begins a filter for one stream of output.
    pub fn stream(&self) -> MaskStream {
        MaskStream::new(self.patterns.clone())
    }

    /// Masks a whole text.
    pub fn mask(&self, text: &[u8]) -> Vec<u8> {
        let mut masked = Vec::with_capacity(text.len());
        let mut stream = self.stream();
        stream.feed(text, &mut masked);
        stream.finish(&mut masked);
        masked
    }
}

impl fmt::Debug for Masker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Masker").field("too_short", &self.too_short).finish_non_exhaustive()
    }
}
