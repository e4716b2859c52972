//! Smart HTTP: who may fetch and push, and what the real forge says to the others.

mod backend;
mod hooks;

use std::sync::Arc;

use hyper::body::Incoming;
use hyper::header::WWW_AUTHENTICATE;
use hyper::{Method, Request, StatusCode};

pub use self::hooks::Changed;
pub(super) use self::hooks::install_hooks;
use super::access::Caller;
use super::account::Right;
use super::answer::{Answer, realm, text};
use super::world::{State, World};

/// What git asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Service {
    UploadPack,
    ReceivePack,
}

/// A request to a repository, taken apart.
#[derive(Debug)]
struct Asked {
    full_name: String,
    /// The rest of the path, as git names it.
    action: String,
    service: Service,
}

/// A request that may go to git.
#[derive(Debug)]
struct Admitted {
    repository: u64,
    full_name: String,
    /// The account that asks, if it said so.
    account: Option<u64>,
    may_write: bool,
}

/// Answers a request that is none of the API.
pub(super) async fn answer(world: &Arc<World>, request: Request<Incoming>) -> Answer {
    let line = format!("{} {}", request.method(), request.uri());
    let Some(asked) = Asked::read(&request) else {
        world.state().complain(format!("no such page: {line}"));
        return text(StatusCode::NOT_FOUND, "Not Found.");
    };
    let admitted = {
        let mut state = world.state();
        let caller = state.caller(request.headers());
        match admit(&state, &asked, &caller) {
            Ok(admitted) => admitted,
            Err(refused) => {
                let answer = refused.answer();
                // Git asks without credentials first, and that is how it learns to bring some.
                if !matches!(caller, Caller::Anonymous) {
                    state.refused(format!("{line} by {caller:?} got {}", answer.status()));
                }
                return answer;
            }
        }
    };
    backend::run(world, &asked, admitted, request).await
}

impl Asked {
    fn read<B>(request: &Request<B>) -> Option<Self> {
        let mut parts = request.uri().path().strip_prefix('/')?.splitn(3, '/');
        let (owner, name, action) = (parts.next()?, parts.next()?, parts.next()?);
        let service = match (request.method(), action, request.uri().query()) {
            (&Method::GET, "info/refs", Some("service=git-upload-pack")) => Service::UploadPack,
            (&Method::GET, "info/refs", Some("service=git-receive-pack")) => Service::ReceivePack,
            (&Method::POST, "git-upload-pack", None) => Service::UploadPack,
            (&Method::POST, "git-receive-pack", None) => Service::ReceivePack,
            _ => return None,
        };
        let name = name.strip_suffix(".git").unwrap_or(name);
        Some(Self { full_name: format!("{owner}/{name}"), action: action.to_owned(), service })
    }
}

/// A request that does not get to git.
#[derive(Clone, Copy, Debug)]
enum Refused {
    /// Credentials are missing or wrong.
    SignIn,
    Other(StatusCode, &'static str),
}

impl Refused {
    fn answer(self) -> Answer {
        let (status, message) = match self {
            Self::SignIn => (StatusCode::UNAUTHORIZED, "Unauthorized"),
            Self::Other(status, message) => (status, message),
        };
        let mut answer = text(status, message);
        if let Self::SignIn = self {
            answer.headers_mut().insert(WWW_AUTHENTICATE, realm());
        }
        answer
    }
}

/// Decides as the real forge does, which leaves it to a hook to refuse a push without the right.
fn admit(state: &State, asked: &Asked, caller: &Caller) -> Result<Admitted, Refused> {
    let repository = state.repository(&asked.full_name);
    let right = repository.and_then(|repository| caller.right(repository));
    let pushing = asked.service == Service::ReceivePack;
    let anonymous = matches!(caller, Caller::Anonymous);
    if matches!(caller, Caller::Stranger)
        || anonymous && (right.is_none() || pushing || state.sign_in_required)
    {
        return Err(Refused::SignIn);
    }
    let (Some(repository), Some(right)) = (repository, right) else {
        return Err(Refused::Other(StatusCode::NOT_FOUND, "Repository not found"));
    };
    let need = if pushing { "write:repository" } else { "read:repository" };
    if !caller.has_scope(need) {
        return Err(Refused::Other(
            StatusCode::FORBIDDEN,
            "token does not have the required scope",
        ));
    }
    if pushing && repository.archived {
        return Err(Refused::Other(StatusCode::FORBIDDEN, "This repo is archived."));
    }
    let account = match caller {
        Caller::Known { account, .. } => Some(*account),
        Caller::Anonymous | Caller::Stranger => None,
    };
    Ok(Admitted {
        repository: repository.id,
        full_name: repository.full_name.clone(),
        account,
        may_write: right >= Right::Write,
    })
}
