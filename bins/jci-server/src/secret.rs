//! Comparing secrets.

use ring::hmac;
use secrecy::{ExposeSecret as _, SecretString};

/// Tells whether a text is the secret, in a time that tells neither where they differ nor how long
/// the secret is.
pub(crate) fn matches(secret: &SecretString, shown: &str) -> bool {
    // Both are signed with one key; equal tags mean equal texts.
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose_secret().trim().as_bytes());
    let tag = hmac::sign(&key, secret.expose_secret().trim().as_bytes());
    hmac::verify(&key, shown.as_bytes(), tag.as_ref()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_secret_matches() {
        let secret = SecretString::from("s3cret\n");
        assert!(matches(&secret, "s3cret"));
        for wrong in ["", "s3cre", "s3cret ", "S3cret"] {
            assert!(!matches(&secret, wrong), "{wrong:?}");
        }
    }
}
