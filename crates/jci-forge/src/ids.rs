//! Names of things on a forge, each a type of its own and valid once it exists.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, de};

/// Gives a number of the forge a type of its own.
macro_rules! number {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(pub u64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

number! {
    /// The number of a repository on its forge, which survives a change of its name.
    RepoId
}
number! {
    /// The number of an account on its forge, which survives a change of its name.
    UserId
}
number! {
    /// The number of an installation of a GitHub App.
    InstallationId
}
number! {
    /// The number of a webhook.
    HookId
}
number! {
    /// The number of a deploy key.
    KeyId
}
number! {
    /// The number of a comment.
    CommentId
}

/// Fails because a text is not the name that it should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{found:?} is not {expected}")]
pub struct NameError {
    /// What was expected, as a noun.
    pub expected: &'static str,
    /// What was found, cut to a length that fits a line.
    pub found: String,
}

impl NameError {
    /// Keeps the start of what was found: it comes from outside and may be megabytes.
    pub(crate) fn new(expected: &'static str, found: &str) -> Self {
        Self { expected, found: found.chars().take(120).collect() }
    }
}

/// The id of a git object: 40 or 64 lowercase hexadecimal digits, never all zero.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct ObjectId(String);

impl ObjectId {
    /// Reads an id, in upper or lower case.
    ///
    /// # Errors
    ///
    /// Fails unless the text has 40 or 64 hexadecimal digits of which one is not zero.
    pub fn new(text: &str) -> Result<Self, NameError> {
        match Self::or_zero(text)? {
            Some(id) => Ok(id),
            None => Err(NameError::new("the id of an object that exists", text)),
        }
    }

    /// Reads an id that may be all zeros, by which git says that there is no object.
    pub(crate) fn or_zero(text: &str) -> Result<Option<Self>, NameError> {
        let hex = text.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !hex || !matches!(text.len(), 40 | 64) {
            return Err(NameError::new("an id of 40 or 64 hexadecimal digits", text));
        }
        let zero = text.bytes().all(|byte| byte == b'0');
        Ok((!zero).then(|| Self(text.to_ascii_lowercase())))
    }

    /// Returns the digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for ObjectId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

/// The owner and the name of a repository, such as `team/site`.
///
/// The owner has several parts on GitLab, where groups hold groups. Each part is safe in a path,
/// a URL and an argument: letters, digits, `-`, `_` and `.`, not `.` or `..`, no `-` in front.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct RepoName {
    owner: String,
    name: String,
}

impl RepoName {
    /// Puts a name together.
    ///
    /// # Errors
    ///
    /// Fails if a part holds what no forge allows in it.
    pub fn new(owner: &str, name: &str) -> Result<Self, NameError> {
        if !owner.split('/').all(is_safe_part) {
            return Err(NameError::new("an owner of repositories", owner));
        }
        if !is_safe_part(name) {
            return Err(NameError::new("the name of a repository", name));
        }
        Ok(Self { owner: owner.to_owned(), name: name.to_owned() })
    }

    /// Reads `owner/name`; the name is what follows the last slash.
    ///
    /// # Errors
    ///
    /// Fails without a slash, and as [`RepoName::new`] does.
    pub fn parse(full_name: &str) -> Result<Self, NameError> {
        let Some((owner, name)) = full_name.rsplit_once('/') else {
            return Err(NameError::new("the owner and name of a repository", full_name));
        };
        Self::new(owner, name)
    }

    /// Returns the owner, a user or an organization.
    pub fn owner(&self) -> &str {
        &self.owner
    }

    /// Returns the name without its owner.
    pub fn name(&self) -> &str {
        &self.name
    }
}

fn is_safe_part(part: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    (1..=255).contains(&part.len())
        && part.bytes().all(allowed)
        && !part.starts_with('-')
        && !matches!(part, "." | "..")
}

impl fmt::Display for RepoName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.owner, self.name)
    }
}

impl<'de> Deserialize<'de> for RepoName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

/// The path of a file in a repository, relative and plain.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FilePath(String);

impl FilePath {
    /// Checks a path.
    ///
    /// # Errors
    ///
    /// Fails if a component is empty, `.` or `..`, or holds a control character.
    pub fn new(text: &str) -> Result<Self, NameError> {
        let plain = |part: &str| !matches!(part, "" | "." | "..");
        if text.len() <= 4096 && text.split('/').all(plain) && !text.contains(char::is_control) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NameError::new("the plain path of a file in a repository", text))
        }
    }

    /// Returns the path.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whose API is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ForgeKind {
    /// Gitea.
    Gitea,
    /// Forgejo, which began as Gitea and differs in small ways.
    Forgejo,
    /// GitHub, the public one or Enterprise Server.
    GitHub,
    /// GitLab, the public one or self-managed.
    GitLab,
}

impl fmt::Display for ForgeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gitea => "Gitea",
            Self::Forgejo => "Forgejo",
            Self::GitHub => "GitHub",
            Self::GitLab => "GitLab",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_both_hashes_are_read_in_lowercase() {
        for length in [40, 64] {
            let id = ObjectId::new(&"A1".repeat(length / 2)).unwrap();
            assert_eq!(id.as_str(), "a1".repeat(length / 2));
        }
    }

    #[test]
    fn zeros_are_no_object_in_either_length() {
        for length in [40, 64] {
            assert_eq!(ObjectId::or_zero(&"0".repeat(length)), Ok(None));
            ObjectId::new(&"0".repeat(length)).unwrap_err();
        }
    }

    #[test]
    fn what_is_no_id_is_refused_and_cut() {
        for wrong in ["", "abc", "-upload-pack=sh", &"g".repeat(40), &"a".repeat(41)] {
            ObjectId::new(wrong).unwrap_err();
        }
        assert!(ObjectId::new(&"é".repeat(9999)).unwrap_err().to_string().len() < 400);
    }

    #[test]
    fn paths_of_files_lead_nowhere_else() {
        assert_eq!(FilePath::new(".jci/crontab").unwrap().as_str(), ".jci/crontab");
        for wrong in ["", "/a", "a/", "a//b", "..", "a/../b", "./a", "a\nb"] {
            FilePath::new(wrong).unwrap_err();
        }
    }

    #[test]
    fn names_have_groups() {
        let name = RepoName::parse("group/sub/site.io").unwrap();
        assert_eq!((name.owner(), name.name()), ("group/sub", "site.io"));
        assert_eq!(name.to_string(), "group/sub/site.io");
    }

    #[test]
    fn names_that_are_no_plain_path_are_refused() {
        let wrong = ["site", "/site", "team/", "team/..", "../x", "a//b", "-o/x", "o/-x", "o/a b"];
        for wrong in wrong.into_iter().chain(["o/a\nb", "o/a%2fb", "o/é", "o/a?b", "o/a#b"]) {
            RepoName::parse(wrong).unwrap_err();
        }
    }
}
