//! Names of git refs.

use std::fmt;

use serde::{Deserialize, Deserializer, de};

use crate::ids::NameError;

/// The full name of a ref, by what it is.
///
/// Only names that git itself accepts, that are safe as an argument of a program (no `-` in front)
/// and that are UTF-8 can be made.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GitRef {
    /// A branch, by its name below `refs/heads/`.
    Branch(RefPart),
    /// A tag, by its name below `refs/tags/`.
    Tag(RefPart),
    /// Any other ref, by its name below `refs/`.
    Other(RefPart),
}

/// A part of the name of a ref, checked: `main`, `feature/x`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RefPart(String);

impl RefPart {
    /// Checks a part.
    ///
    /// # Errors
    ///
    /// Fails by the rules of `git check-ref-format`, and for a `-` in front of any component.
    pub fn new(text: &str) -> Result<Self, NameError> {
        if is_valid(text) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NameError::new("a valid name of a git ref", text))
        }
    }

    /// Puts a folder before a name; both are valid, and so is the whole.
    pub(crate) fn below(folder: &'static str, name: &Self) -> Self {
        Self(format!("{folder}/{name}"))
    }

    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RefPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Applies the rules of `git check-ref-format`, each component also without `-` in front.
fn is_valid(text: &str) -> bool {
    let component = |part: &str| {
        !part.is_empty()
            && !part.starts_with(['.', '-'])
            && !part.ends_with(".lock")
            && !part.contains("..")
    };
    let allowed = |char: char| !char.is_control() && !" ~^:?*[\\".contains(char);
    (1..=1024).contains(&text.len())
        && text.split('/').all(component)
        && text.chars().all(allowed)
        && !text.ends_with('.')
        && !text.contains("@{")
        && text != "@"
}

impl GitRef {
    /// Reads a full name, such as `refs/heads/main`.
    ///
    /// # Errors
    ///
    /// Fails unless the name begins with `refs/` and the rest is valid.
    pub fn parse(full: &str) -> Result<Self, NameError> {
        let Some(rest) = full.strip_prefix("refs/") else {
            return Err(NameError::new("a git ref below refs/", full));
        };
        if let Some(branch) = rest.strip_prefix("heads/") {
            RefPart::new(branch).map(Self::Branch)
        } else if let Some(tag) = rest.strip_prefix("tags/") {
            RefPart::new(tag).map(Self::Tag)
        } else {
            RefPart::new(rest).map(Self::Other)
        }
    }

    /// Reads the name of a branch, or a full name where the forge sends one.
    ///
    /// Gitea names the head of a pull request without a branch `refs/pull/1/head`.
    pub(crate) fn parse_head(text: &str) -> Result<Self, NameError> {
        if text.starts_with("refs/") {
            Self::parse(text)
        } else {
            RefPart::new(text).map(Self::Branch)
        }
    }

    /// Returns the branch, if it is one.
    pub fn branch(&self) -> Option<&str> {
        match self {
            Self::Branch(name) => Some(name.as_str()),
            Self::Tag(_) | Self::Other(_) => None,
        }
    }

    /// Returns the tag, if it is one.
    pub fn tag(&self) -> Option<&str> {
        match self {
            Self::Tag(name) => Some(name.as_str()),
            Self::Branch(_) | Self::Other(_) => None,
        }
    }
}

impl<'de> Deserialize<'de> for GitRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

impl fmt::Display for GitRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Branch(name) => write!(f, "refs/heads/{name}"),
            Self::Tag(name) => write!(f, "refs/tags/{name}"),
            Self::Other(name) => write!(f, "refs/{name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn refs_are_told_apart() {
        let parse = |text| GitRef::parse(text).unwrap();
        assert_eq!(parse("refs/heads/a/b").branch(), Some("a/b"));
        assert_eq!(parse("refs/tags/v1.0").tag(), Some("v1.0"));
        let run = parse("refs/jci-runs/0826/1-a");
        assert_eq!((run.branch(), run.tag()), (None, None));
        assert_eq!(run.to_string(), "refs/jci-runs/0826/1-a");
    }

    #[test]
    fn what_git_refuses_is_refused() {
        let wrong = [
            "",
            "main",
            "HEAD",
            "refs/",
            "refs/heads/",
            "refs//x",
            "refs/heads/a..b",
            "refs/heads/.a",
            "refs/heads/a/.b",
            "refs/heads/a.lock",
            "refs/heads/a.lock/b",
            "refs/heads/a.",
            "refs/heads/a/",
            "refs/heads/a//b",
            "refs/heads/a b",
            "refs/heads/a~1",
            "refs/heads/a^",
            "refs/heads/a:b",
            "refs/heads/a?",
            "refs/heads/a*",
            "refs/heads/[a",
            "refs/heads/a\\b",
            "refs/heads/a@{1}",
            "refs/heads/@",
            "refs/heads/a\nb",
            "refs/heads/a\u{7f}",
            "refs/heads/a\0b",
            "refs/heads/\u{85}",
            "refs/heads/-a",
            "refs/heads/a/-b",
            "refs/tags/--upload-pack=sh",
            "-refs/heads/a",
        ];
        for wrong in wrong {
            assert!(GitRef::parse(wrong).is_err(), "{wrong:?} was taken");
        }
    }

    #[test]
    fn a_pull_request_may_have_a_head_without_branch() {
        assert_eq!(GitRef::parse_head("x").unwrap().to_string(), "refs/heads/x");
        assert_eq!(GitRef::parse_head("refs/pull/1/head").unwrap().branch(), None);
    }

    proptest! {
        #[test]
        fn what_is_taken_reads_back_and_is_safe(text in "refs/(heads/|tags/|)\\PC{1,20}|.{0,20}") {
            if let Ok(name) = GitRef::parse(&text) {
                prop_assert_eq!(name.to_string(), text.clone());
                prop_assert!(!text.contains(char::is_control) && !text.contains("/-"));
                prop_assert!(!text.contains("..") && !text.contains("//"));
            }
        }

        #[test]
        fn plain_names_are_taken(text in "[a-z0-9_]{1,8}(/[a-z0-9_-]{1,8}){0,3}") {
            prop_assume!(!text.contains("/-"));
            let full = format!("refs/heads/{text}");
            let parsed = GitRef::parse(&full).unwrap();
            prop_assert_eq!(parsed.branch(), Some(text.as_str()));
        }
    }
}
