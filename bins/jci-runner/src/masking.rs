//! What must not be seen of a job, out of the environment of its container.
//!
//! The environment is the one place where the token of an attempt is kept: of a container that is
//! found again after a restart, the same secrets are read as were given to it.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jci_exec::{MaskError, Masker, Secret};
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

/// The variable with the address to clone from.
pub(crate) const CLONE_URL: &str = "JCI_CLONE_URL";
/// The variable with the header that git sends.
pub(crate) const GIT_HEADER: &str = "GIT_CONFIG_VALUE_0";

/// The user that the server knows its own tokens by.
const USER: &str = "jci";
const SCHEME: &str = "Authorization: Basic ";

/// Returns the header by which git shows a token.
pub(crate) fn header(token: &SecretString) -> SecretString {
    let pair = format!("{USER}:{}", token.expose_secret());
    format!("{SCHEME}{}", BASE64_STANDARD.encode(pair)).into()
}

/// Finds the token of an attempt in the environment of its container.
pub(crate) fn token(environment: &BTreeMap<String, SecretString>) -> Option<SecretString> {
    let value = environment.get(GIT_HEADER)?.expose_secret().strip_prefix(SCHEME)?;
    let pair = String::from_utf8(BASE64_STANDARD.decode(value).ok()?).ok()?;
    pair.strip_prefix(USER)?.strip_prefix(':').map(SecretString::from)
}

/// Makes the masker for the log of a container with this environment.
pub(crate) fn masker(environment: &BTreeMap<String, SecretString>) -> Result<Masker, MaskError> {
    let mut secrets = Vec::new();
    if let Some(token) = token(environment) {
        let header = header(&token);
        let encoded = header.expose_secret().trim_start_matches(SCHEME);
        secrets.push(Secret::new("the encoded token of the job", encoded));
        secrets.push(Secret::new("the token of the job", token.expose_secret()));
    }
    let url = environment.get(CLONE_URL).and_then(|url| Url::parse(url.expose_secret()).ok());
    if let Some(password) = url.as_ref().and_then(Url::password) {
        secrets.push(Secret::new("the password of the clone URL", password));
    }
    Masker::new(secrets)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(pairs: &[(&str, &str)]) -> BTreeMap<String, SecretString> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect()
    }

    #[test]
    fn a_token_is_found_again_where_git_gets_it() {
        let header = header(&"t0ken:x".into());
        let found = token(&environment(&[(GIT_HEADER, header.expose_secret())])).unwrap();
        assert_eq!(found.expose_secret(), "t0ken:x");
        assert!(token(&environment(&[(GIT_HEADER, "Authorization: Bearer x")])).is_none());
    }

    #[test]
    fn neither_tokens_nor_passwords_come_through() {
        let header = header(&"t0ken-of-the-job".into());
        let environment = environment(&[
            (GIT_HEADER, header.expose_secret()),
            (CLONE_URL, "https://jci:p4ssw0rd@git.example.org/team/site.git"),
        ]);
        let text = format!("a t0ken-of-the-job {} p4ssw0rd b", header.expose_secret());
        let masked = masker(&environment).unwrap().mask(text.as_bytes());
        assert_eq!(String::from_utf8(masked).unwrap(), "a *** Authorization: Basic *** *** b");
    }
}
