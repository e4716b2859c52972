//! Who a request comes from.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hyper::HeaderMap;
use hyper::header::AUTHORIZATION;

use super::account::{Right, Scopes};
use super::repository::Repository;
use super::world::State;

/// How a request says who it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authorization {
    /// Not at all.
    None,
    /// `Authorization: token …`
    Token,
    /// `Authorization: Bearer …`
    Bearer,
    /// `Authorization: Basic …`
    Basic,
    /// In a way that the forge does not know.
    Unknown,
}

/// Whom a request comes from.
#[derive(Clone, Debug)]
pub(super) enum Caller {
    Anonymous,
    /// An account, by a token with these scopes.
    Known {
        account: u64,
        token: u64,
        scopes: Scopes,
    },
    /// Somebody whose credentials are wrong.
    Stranger,
}

/// What a header `Authorization` says, and the token in it.
pub(super) fn read(headers: &HeaderMap) -> (Authorization, Option<String>) {
    let Some(value) = headers.get(AUTHORIZATION) else { return (Authorization::None, None) };
    let unknown = (Authorization::Unknown, None);
    let Some((scheme, rest)) = value.to_str().ok().and_then(|value| value.split_once(' ')) else {
        return unknown;
    };
    match scheme.to_ascii_lowercase().as_str() {
        "token" => (Authorization::Token, Some(rest.to_owned())),
        "bearer" => (Authorization::Bearer, Some(rest.to_owned())),
        "basic" => basic(rest).map_or(unknown, |token| (Authorization::Basic, Some(token))),
        _ => unknown,
    }
}

/// Finds the token where Gitea looks for it: in the password, or in the name if that is empty.
fn basic(encoded: &str) -> Option<String> {
    let text = String::from_utf8(BASE64_STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (name, password) = text.split_once(':')?;
    let plain = password.is_empty() || password == "x-oauth-basic";
    Some(if plain { name } else { password }.to_owned())
}

impl State {
    /// Finds out whom a request comes from.
    pub(super) fn caller(&self, headers: &HeaderMap) -> Caller {
        match read(headers) {
            (Authorization::None, _) => Caller::Anonymous,
            (_, Some(text)) => {
                let issued = self.tokens.iter().find(|issued| issued.text == text);
                issued.map_or(Caller::Stranger, |issued| Caller::Known {
                    account: issued.owner,
                    token: issued.id,
                    scopes: issued.scopes.clone(),
                })
            }
            (_, None) => Caller::Stranger,
        }
    }
}

impl Caller {
    /// Returns what the caller may do with a repository, if anything.
    pub(super) fn right(&self, repository: &Repository) -> Option<Right> {
        let public = repository.settings.public.then_some(Right::Read);
        match self {
            Self::Anonymous => public,
            Self::Known { account, .. } => repository.rights.get(account).copied().max(public),
            Self::Stranger => None,
        }
    }

    /// Tells whether the scopes of the token reach as far as `need`.
    pub(super) fn has_scope(&self, need: &str) -> bool {
        match self {
            Self::Anonymous => need.starts_with("read:"),
            Self::Known { scopes, .. } => scopes.reach(need),
            Self::Stranger => false,
        }
    }
}
