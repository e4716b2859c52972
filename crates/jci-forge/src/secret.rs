//! Secrets, which never print and are wiped from memory when dropped.

use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Deserializer, de};

/// A token for the API of a forge.
///
/// It prints as nothing but its kind and is wiped when dropped.
#[derive(Clone, Debug)]
pub struct Token(SecretString);

impl Token {
    /// Takes a token, without the white space that files and variables bring along.
    ///
    /// # Errors
    ///
    /// Fails if it is empty or holds what no HTTP header can.
    pub fn new(text: &str) -> Result<Self, SecretError> {
        let text = trimmed(text)?;
        if !text.bytes().all(|byte| (b'!'..=b'~').contains(&byte)) {
            return Err(SecretError::NotPrintable);
        }
        Ok(Self(SecretString::from(text)))
    }

    pub(crate) fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl<'de> Deserialize<'de> for Token {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

/// The secret that a forge signs its webhooks with.
///
/// It prints as nothing but its kind and is wiped when dropped.
#[derive(Clone, Debug)]
pub struct WebhookSecret(SecretString);

impl WebhookSecret {
    /// Takes a secret, without the white space that files and variables bring along.
    ///
    /// # Errors
    ///
    /// Fails if it is empty, since anybody could sign then.
    pub fn new(text: &str) -> Result<Self, SecretError> {
        Ok(Self(SecretString::from(trimmed(text)?)))
    }

    pub(crate) fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

/// Fails because a text cannot be a secret; does not say which text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// There is nothing but white space.
    #[error("the secret is empty")]
    Empty,
    /// There is a space or a character that no HTTP header can carry.
    #[error("the secret holds a space or a character that is not printable ASCII")]
    NotPrintable,
}

fn trimmed(text: &str) -> Result<&str, SecretError> {
    match text.trim() {
        "" => Err(SecretError::Empty),
        text => Ok(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_trimmed_and_do_not_print() {
        let token = Token::new(" t0ps3cret\n").unwrap();
        assert_eq!(token.expose(), "t0ps3cret");
        assert!(!format!("{token:?}").contains("t0p"));
        assert!(!format!("{:?}", WebhookSecret::new("t0ps3cret").unwrap()).contains("t0p"));
    }

    #[test]
    fn what_cannot_be_a_secret_is_refused() {
        assert_eq!(Token::new(" \n").unwrap_err(), SecretError::Empty);
        assert_eq!(WebhookSecret::new("").unwrap_err(), SecretError::Empty);
        assert_eq!(Token::new("a\nb").unwrap_err(), SecretError::NotPrintable);
    }
}
