//! Labels: what a job needs and what a runner has.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::ids::NameError;

/// A set of labels. A runner takes a job if it has all labels that the job needs.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct Labels(BTreeSet<String>);

impl Labels {
    /// Makes a set of labels.
    ///
    /// # Errors
    ///
    /// If one is empty, longer than 100 bytes, or has spaces, commas or control characters.
    pub fn new<T: Into<String>>(labels: impl IntoIterator<Item = T>) -> Result<Self, NameError> {
        let check = |label: T| {
            let found = label.into();
            if is_label(&found) { Ok(found) } else { Err(NameError::Label { found }) }
        };
        labels.into_iter().map(check).collect::<Result<_, _>>().map(Self)
    }

    /// Tells whether a runner with these labels may take a job that needs `needed`.
    #[must_use]
    pub fn satisfy(&self, needed: &Self) -> bool {
        needed.0.is_subset(&self.0)
    }

    /// Lists the labels in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

fn is_label(text: &str) -> bool {
    let is_plain = |it: char| !it.is_whitespace() && !it.is_control() && it != ',';
    (1..=100).contains(&text.len()) && text.chars().all(is_plain)
}

impl TryFrom<Vec<String>> for Labels {
    type Error = NameError;

    fn try_from(labels: Vec<String>) -> Result<Self, NameError> {
        Self::new(labels)
    }
}

impl From<Labels> for Vec<String> {
    fn from(labels: Labels) -> Self {
        labels.0.into_iter().collect()
    }
}

/// Reads labels with commas between them; an empty text is no label.
impl FromStr for Labels {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        Self::new(text.split(',').map(str::trim).filter(|label| !label.is_empty()))
    }
}

/// Writes the labels in order with commas between them: equal sets are equal texts.
impl fmt::Display for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, label) in self.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(f, "{comma}{label}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_runner_needs_all_labels_of_the_job() {
        let labels = |text: &str| text.parse::<Labels>().unwrap();
        assert!(labels("linux,gpu").satisfy(&labels("gpu")));
        assert!(labels("").satisfy(&labels("")));
        assert!(!labels("linux").satisfy(&labels("linux,gpu")));
        assert_eq!(labels("b, a,,b").to_string(), "a,b");
    }

    #[test]
    fn labels_that_could_be_mistaken_are_refused() {
        assert!(Labels::new(["a b"]).is_err());
        assert!(Labels::new(["a,b"]).is_err());
        assert!(Labels::new([""]).is_err());
        assert!(serde_json::from_str::<Labels>("[\"a\\n\"]").is_err());
    }
}
