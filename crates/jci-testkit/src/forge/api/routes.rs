//! The routes, as data: what is not here, the stand-in does not know.

use hyper::Method;
use percent_encoding::percent_decode_str;

use super::asked::{Asked, Outcome};
use super::{
    account, branches, comments, commits, contents, hooks, keys, pulls, refs, repository, statuses,
    trees,
};
use crate::forge::Flavour;

/// Who may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Need {
    Nothing,
    /// Whoever may see the repository.
    Reader,
    /// Anybody with a token.
    Account,
    Writer,
    Admin,
}

/// A route.
pub(super) struct Route {
    pub(super) method: Method,
    /// The path as the OpenAPI file has it. A last parameter that is in [`REST`] takes slashes.
    pub(super) pattern: &'static str,
    /// The scope that a token needs.
    pub(super) scope: Option<&'static str>,
    pub(super) need: Need,
    /// The parameters of the query.
    pub(super) query: &'static [&'static str],
    pub(super) handler: fn(&Asked<'_>) -> Outcome,
}

/// Parameters that stand for the whole rest of a path.
const REST: [&str; 3] = ["{ref}", "{filepath}", "{branch}"];

const READ: Option<&str> = Some("read:repository");
const WRITE: Option<&str> = Some("write:repository");

macro_rules! routes {
    ($($method:ident $pattern:literal, $scope:expr, $need:ident, $query:expr, $handler:path;)*) => {
        const ROUTES: &[Route] = &[$(Route {
            method: Method::$method,
            pattern: $pattern,
            scope: $scope,
            need: Need::$need,
            query: &$query,
            handler: $handler,
        }),*];
    };
}

routes! {
    GET "/version", None, Nothing, [], account::version;
    GET "/user", Some("read:user"), Account, [], account::user;
    GET "/token", None, Account, [], account::token;
    DELETE "/token", None, Account, [], account::delete_token;
    GET "/repos/search", READ, Nothing, ["q", "page", "limit"], repository::search;
    GET "/repos/{owner}/{repo}", READ, Reader, [], repository::get;
    GET "/repos/{owner}/{repo}/branches", READ, Reader, ["page", "limit"], branches::list;
    GET "/repos/{owner}/{repo}/branches/{branch}", READ, Reader, [], branches::get;
    POST "/repos/{owner}/{repo}/statuses/{sha}", WRITE, Writer, [], statuses::create;
    GET "/repos/{owner}/{repo}/statuses/{sha}", READ, Reader, ["sort", "state", "page", "limit"],
        statuses::list;
    GET "/repos/{owner}/{repo}/commits/{ref}/statuses", READ, Reader,
        ["sort", "state", "page", "limit"], statuses::list;
    GET "/repos/{owner}/{repo}/commits/{ref}/status", READ, Reader, ["page", "limit"],
        statuses::combined;
    GET "/repos/{owner}/{repo}/git/refs", READ, Reader, [], refs::all;
    GET "/repos/{owner}/{repo}/git/refs/{ref}", READ, Reader, [], refs::below;
    GET "/repos/{owner}/{repo}/git/trees/{sha}", READ, Reader, ["recursive", "page", "per_page"],
        trees::get;
    GET "/repos/{owner}/{repo}/git/blobs/{sha}", READ, Reader, [], contents::blob;
    GET "/repos/{owner}/{repo}/git/commits/{sha}", READ, Reader, ["stat", "verification", "files"],
        commits::get;
    GET "/repos/{owner}/{repo}/raw/{filepath}", READ, Reader, ["ref"], contents::raw;
    GET "/repos/{owner}/{repo}/hooks", READ, Admin, ["page", "limit"], hooks::list;
    POST "/repos/{owner}/{repo}/hooks", WRITE, Admin, [], hooks::create;
    GET "/repos/{owner}/{repo}/hooks/{id}", READ, Admin, [], hooks::get;
    DELETE "/repos/{owner}/{repo}/hooks/{id}", WRITE, Admin, [], hooks::delete;
    GET "/repos/{owner}/{repo}/keys", READ, Admin, ["page", "limit"], keys::list;
    POST "/repos/{owner}/{repo}/keys", WRITE, Admin, [], keys::create;
    DELETE "/repos/{owner}/{repo}/keys/{id}", WRITE, Admin, [], keys::delete;
    GET "/repos/{owner}/{repo}/pulls", READ, Reader, ["state", "page", "limit"], pulls::list;
    GET "/repos/{owner}/{repo}/pulls/{index}", READ, Reader, [], pulls::get;
    POST "/repos/{owner}/{repo}/issues/{index}/comments", Some("write:issue"), Account, [],
        comments::create;
}

/// Lists method, path and query parameters of all routes, to be held against the OpenAPI file.
#[must_use]
pub fn known_routes() -> Vec<(String, &'static str, &'static [&'static str])> {
    ROUTES.iter().map(|route| (route.method.to_string(), route.pattern, route.query)).collect()
}

/// Finds the route of a request, and what stands for its parameters.
pub(super) fn find(
    flavour: Flavour,
    method: &Method,
    path: &str,
) -> Option<(&'static Route, Vec<String>)> {
    let mut routes = ROUTES.iter().filter(|route| route.method == *method);
    let (route, parameters) =
        routes.find_map(|route| Some((route, parameters(route.pattern, path)?)))?;
    // A token of Forgejo cannot look at itself.
    (flavour == Flavour::Gitea || route.pattern != "/token").then_some((route, parameters))
}

fn parameters(pattern: &str, path: &str) -> Option<Vec<String>> {
    let names: Vec<_> = pattern.split('/').collect();
    let takes_rest = names.last().is_some_and(|name| REST.contains(name));
    let most = if takes_rest { names.len() } else { usize::MAX };
    let parts: Vec<_> = path.splitn(most, '/').collect();
    if names.len() != parts.len() {
        return None;
    }
    let mut parameters = Vec::new();
    for (name, part) in names.into_iter().zip(parts) {
        let part = percent_decode_str(part).decode_utf8().ok()?.into_owned();
        if name.starts_with('{') {
            parameters.push(part);
        } else if name != part {
            return None;
        }
    }
    parameters.iter().all(|parameter| !parameter.is_empty()).then_some(parameters)
}
