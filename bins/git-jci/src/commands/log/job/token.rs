//! The token of the server's API: from a variable, or from git's credential helpers.

use reqwest::header::HeaderValue;

use super::address::JobAddress;
use crate::context::Context;
use crate::error::CommandError;
use crate::transfer::GitCommand;

/// The variable that may hold it.
pub(super) const VARIABLE: &str = "JCI_API_TOKEN";

/// A token, and where it came from.
pub(super) struct Token {
    text: String,
    header: HeaderValue,
    pub(super) is_of_helper: bool,
}

impl Token {
    /// Takes the token that the environment holds.
    pub(super) fn of_environment() -> Result<Option<Self>, CommandError> {
        let Ok(text) = std::env::var(VARIABLE) else { return Ok(None) };
        let text = text.trim();
        if text.is_empty() {
            return Ok(None);
        }
        let token = Self::new(text, false);
        token.map(Some).ok_or_else(|| {
            CommandError::usage(format!("{VARIABLE} holds what no token is made of"))
        })
    }

    /// Asks git, which asks its credential helpers and, on a terminal, the person.
    pub(super) fn of_git(
        address: &JobAddress,
        context: &Context,
    ) -> Result<Option<Self>, CommandError> {
        let filled = credential(context, "fill", &format!("{}\n", address.for_credentials()))?;
        let filled = filled.unwrap_or_default();
        let filled = String::from_utf8_lossy(&filled);
        let word = filled.lines().find_map(|line| line.strip_prefix("password="));
        Ok(word.and_then(|word| Self::new(word, true)))
    }

    /// Tells git whether the server took what its helpers gave.
    pub(super) fn judged(
        &self,
        taken: bool,
        address: &JobAddress,
        context: &Context,
    ) -> Result<(), CommandError> {
        if self.is_of_helper {
            let input = format!("{}password={}\n\n", address.for_credentials(), self.text);
            credential(context, if taken { "approve" } else { "reject" }, &input)?;
        }
        Ok(())
    }

    /// Returns the header that shows it.
    pub(super) fn header(&self) -> HeaderValue {
        self.header.clone()
    }

    fn new(text: &str, is_of_helper: bool) -> Option<Self> {
        let mut header = HeaderValue::from_str(&format!("Bearer {text}")).ok()?;
        header.set_sensitive(true);
        Some(Self { text: text.to_owned(), header, is_of_helper })
    }
}

fn credential(context: &Context, what: &str, input: &str) -> Result<Option<Vec<u8>>, CommandError> {
    // Without a helper and a terminal git complains of a password that nobody spoke of.
    GitCommand::new(context, &[], "credential").args([what]).silent().fed(input.as_bytes())
}
