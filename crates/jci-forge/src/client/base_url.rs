//! The address of a forge, as a person writes it.

use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

use crate::ids::ForgeKind;

/// What stands for itself in one segment of a path.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Fails because a text is not the address of a forge; does not repeat a password in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BaseUrlError {
    /// It is not a URL.
    #[error("the address of the forge is not a URL")]
    Invalid {
        /// Why not.
        #[from]
        source: url::ParseError,
    },
    /// It is a URL of something else than HTTP.
    #[error("the address of the forge must begin with https:// or http://, not {scheme}:")]
    Scheme {
        /// What it begins with.
        scheme: String,
    },
    /// It holds a user or a password, which do not belong into an address.
    #[error("the address of the forge holds a user or a password; give the token by itself")]
    UserInfo,
    /// It holds a query or a fragment.
    #[error("the address of the forge holds a query or a fragment")]
    Query,
}

/// The address of a forge: scheme, host, port and perhaps a path that everything is below.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl(Url);

impl BaseUrl {
    /// Reads an address; without a scheme it is `https://`.
    ///
    /// `http://` is for a forge on a private network: the token travels in the clear.
    ///
    /// # Errors
    ///
    /// Fails if it is no URL of HTTP, or holds more than scheme, host, port and path.
    pub fn parse(text: &str) -> Result<Self, BaseUrlError> {
        let text = text.trim();
        let full = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
        let mut url = Url::parse(&full)?;
        if !matches!(url.scheme(), "https" | "http") {
            return Err(BaseUrlError::Scheme { scheme: url.scheme().to_owned() });
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(BaseUrlError::UserInfo);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(BaseUrlError::Query);
        }
        let path = url.path().trim_end_matches('/').to_owned();
        url.set_path(&path);
        Ok(Self(url))
    }

    /// Returns the address as a URL.
    pub fn as_url(&self) -> &Url {
        &self.0
    }

    /// Returns the address of the API, where the forge keeps it.
    pub(crate) fn api(&self, forge: ForgeKind) -> Self {
        let mut url = self.0.clone();
        let public = forge == ForgeKind::GitHub && url.host_str() == Some("github.com");
        if public && url.set_host(Some("api.github.com")).is_ok() {
            return Self(url);
        }
        let prefix = match forge {
            ForgeKind::Gitea | ForgeKind::Forgejo => "/api/v1",
            ForgeKind::GitHub if url.host_str() == Some("api.github.com") => "",
            ForgeKind::GitHub => "/api/v3",
            ForgeKind::GitLab => "/api/v4",
        };
        let path = format!("{}{prefix}", url.path().trim_end_matches('/'));
        url.set_path(&path);
        Self(url)
    }

    /// Puts segments of a path behind the address, each encoded, so that none becomes two.
    pub(crate) fn join(&self, segments: &[&str], query: &[(&str, &str)]) -> Url {
        let mut url = self.0.clone();
        let mut path = url.path().trim_end_matches('/').to_owned();
        for segment in segments {
            path.push('/');
            path.extend(utf8_percent_encode(segment, SEGMENT));
        }
        url.set_path(&path);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        url
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<String, BaseUrlError> {
        BaseUrl::parse(text).map(|url| url.to_string())
    }

    #[test]
    fn a_scheme_is_optional_and_a_path_is_kept() {
        assert_eq!(parse("git.example.org").unwrap(), "https://git.example.org");
        assert_eq!(parse(" git.example.org:3000/ ").unwrap(), "https://git.example.org:3000");
        assert_eq!(parse("http://10.0.0.5:3000").unwrap(), "http://10.0.0.5:3000");
        assert_eq!(parse("https://example.org/git/").unwrap(), "https://example.org/git");
    }

    #[test]
    fn what_is_no_address_is_refused_without_repeating_it() {
        for secret in ["https://ann:s3cret@example.org", "https://s3cret@example.org"] {
            let error = parse(secret).unwrap_err();
            assert_eq!(error, BaseUrlError::UserInfo);
            assert!(!error.to_string().contains("s3cret"));
        }
        assert_eq!(parse("https://x/?a=b").unwrap_err(), BaseUrlError::Query);
        let scheme = "file".to_owned();
        assert_eq!(parse("file:///etc/passwd").unwrap_err(), BaseUrlError::Scheme { scheme });
        assert!(matches!(parse("").unwrap_err(), BaseUrlError::Invalid { .. }));
    }

    #[test]
    fn every_forge_has_its_api_elsewhere() {
        let api = |text, forge| BaseUrl::parse(text).unwrap().api(forge).to_string();
        assert_eq!(api("x.org/git", ForgeKind::Gitea), "https://x.org/git/api/v1");
        assert_eq!(api("codeberg.org", ForgeKind::Forgejo), "https://codeberg.org/api/v1");
        assert_eq!(api("github.com", ForgeKind::GitHub), "https://api.github.com");
        assert_eq!(api("api.github.com", ForgeKind::GitHub), "https://api.github.com");
        assert_eq!(api("ghe.x.org", ForgeKind::GitHub), "https://ghe.x.org/api/v3");
        assert_eq!(api("gitlab.com", ForgeKind::GitLab), "https://gitlab.com/api/v4");
    }

    #[test]
    fn a_segment_stays_one_segment() {
        let base = BaseUrl::parse("x.org/git").unwrap();
        let url = base.join(&["a/b", "c d?#", "%2e"], &[("ref", "x&y")]);
        assert_eq!(url.as_str(), "https://x.org/git/a%2Fb/c%20d%3F%23/%252e?ref=x%26y");
    }
}
