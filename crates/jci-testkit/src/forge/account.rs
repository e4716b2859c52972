//! Accounts, their tokens, and what they may do.

use super::world::State;

/// What an account may do with a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Right {
    /// Fetch from it.
    Read,
    /// Push to it and set statuses, too.
    Write,
    /// Change its settings, hooks and keys, too.
    Admin,
}

/// What Gitea lets a token be limited to, each for reading or writing.
const CATEGORIES: [&str; 8] =
    ["activitypub", "admin", "issue", "misc", "notification", "organization", "repository", "user"];

#[derive(Clone, Debug)]
pub(super) struct Account {
    pub(super) id: u64,
    pub(super) login: String,
}

/// A token, which has all rights of its account as far as its scopes reach.
#[derive(Clone, Debug)]
pub(super) struct IssuedToken {
    pub(super) id: u64,
    pub(super) text: String,
    pub(super) owner: u64,
    pub(super) scopes: Scopes,
}

/// The scopes of a token.
#[derive(Clone, Debug)]
pub(super) struct Scopes(Vec<String>);

impl Scopes {
    fn new(scopes: &[&str]) -> Self {
        for scope in scopes {
            let category = scope.strip_prefix("read:").or_else(|| scope.strip_prefix("write:"));
            let known = category.is_some_and(|category| CATEGORIES.contains(&category));
            assert!(known || *scope == "all", "Gitea knows no scope {scope}");
        }
        Self(scopes.iter().map(|scope| (*scope).to_owned()).collect())
    }

    /// Tells whether they reach as far as `need`, such as `read:repository`; writing is reading.
    pub(super) fn reach(&self, need: &str) -> bool {
        let writing = need.replacen("read:", "write:", 1);
        self.0.iter().any(|scope| scope == "all" || scope == need || *scope == writing)
    }

    /// Lists them as the forge does.
    pub(super) fn list(&self) -> &[String] {
        &self.0
    }
}

impl State {
    pub(super) fn account(&self, login: &str) -> Option<&Account> {
        // Gitea keeps names as they were given and compares them without case.
        self.accounts.iter().find(|account| account.login.eq_ignore_ascii_case(login))
    }

    pub(super) fn account_of(&self, id: u64) -> &Account {
        let found = self.accounts.iter().find(|account| account.id == id);
        found.expect("accounts are never removed")
    }

    pub(super) fn add_account(&mut self, login: &str) -> u64 {
        let id = self.next_id();
        self.accounts.push(Account { id, login: login.to_owned() });
        id
    }

    pub(super) fn issue_token(&mut self, owner: u64, scopes: &[&str]) -> String {
        let id = self.next_id();
        // As long as Gitea's; different from token to token, and recognisable in a log.
        let text = format!("{id:08x}{}", "70cec3e7".repeat(4));
        let scopes = Scopes::new(scopes);
        self.tokens.push(IssuedToken { id, text: text.clone(), owner, scopes });
        text
    }

    pub(super) fn revoke(&mut self, token: &str) -> bool {
        let before = self.tokens.len();
        self.tokens.retain(|issued| issued.text != token);
        self.tokens.len() < before
    }
}
