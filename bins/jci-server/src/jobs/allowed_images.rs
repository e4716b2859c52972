//! Which images repositories may name.

use std::fmt;

/// Patterns of names of images, in which `*` stands for anything.
#[derive(Debug, Clone, Default)]
pub(crate) struct AllowedImages(Vec<String>);

impl AllowedImages {
    /// Reads patterns that commas separate.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let patterns = text.split(',').map(str::trim).filter(|pattern| !pattern.is_empty());
        let patterns: Vec<_> = patterns.map(str::to_owned).collect();
        let plain = |char: char| char.is_ascii_alphanumeric() || "._/:@-*".contains(char);
        match patterns.iter().find(|pattern| !pattern.chars().all(plain)) {
            None => Ok(Self(patterns)),
            Some(_) => Err("names of images such as python:*,ghcr.io/team/*".to_owned()),
        }
    }

    /// Tells whether repositories may name none at all.
    pub(crate) fn is_none(&self) -> bool {
        self.0.is_empty()
    }

    /// Tells whether an image may be named.
    pub(crate) fn allow(&self, image: &str) -> bool {
        self.0.iter().any(|pattern| fits(pattern, image))
    }
}

impl fmt::Display for AllowedImages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(","))
    }
}

/// Tells whether a text is a pattern's. The parts between its stars are found from the front, each
/// as early as it can be, and the last one at the end.
fn fits(pattern: &str, text: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(first) else { return false };
    let mut parts: Vec<_> = rest.split('*').collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        let Some(at) = text.find(part) else { return false };
        text = &text[at + part.len()..];
    }
    text.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_anything_and_the_rest_for_itself() {
        for (pattern, yes, no) in [
            ("python:3.11", &["python:3.11"][..], &["python:3.1", "python", "python:3.110"][..]),
            ("python:*", &["python:", "python:3"], &["python", "x/python:3", "python.evil:3"]),
            ("*", &["a", "a/b:c"], &[]),
            ("ghcr.io/*/ci-*:1", &["ghcr.io/a/b/ci-x:1", "ghcr.io//ci-:1"], &["ghcr.io/ci-x:1"]),
            ("a*a", &["aa", "aba"], &["a"]),
            ("a*b*b", &["abb", "axbyb"], &["ab", "axb"]),
        ] {
            let allowed = AllowedImages::parse(pattern).unwrap();
            yes.iter().for_each(|image| assert!(allowed.allow(image), "{pattern} {image}"));
            no.iter().for_each(|image| assert!(!allowed.allow(image), "{pattern} {image}"));
        }
    }

    #[test]
    fn nothing_allows_nothing() {
        let none = AllowedImages::parse(" , ").unwrap();
        assert!(none.is_none() && !none.allow("") && !none.allow("python"));
        assert!(AllowedImages::parse("a b").is_err());
    }
}
