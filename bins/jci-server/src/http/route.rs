//! The routes as a table, each with who may call it; the router is made from nothing else.

use axum::Router;
use axum::handler::Handler;
use axum::http::{Method, StatusCode};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{MethodFilter, MethodRouter, any_service, on};

use super::access::{self, Access};
use super::app::App;
use super::problem::Refusal;
use super::{headers, metrics, panics, request_id};

/// One method of one path, who may call it, and what answers.
pub(crate) struct Route {
    /// The method; none stands for all.
    pub(crate) method: Option<Method>,
    pub(crate) path: &'static str,
    pub(crate) access: Access,
    handler: MethodRouter<App>,
}

impl Route {
    /// Makes a route for one of the methods that there are.
    pub(crate) fn new<H, T>(method: Method, path: &'static str, access: Access, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        let filter = MethodFilter::try_from(method.clone()).unwrap_or(MethodFilter::GET);
        Self { method: Some(method), path, access, handler: on(filter, handler) }
    }

    pub(crate) fn get<H: Handler<T, App>, T: 'static>(
        path: &'static str,
        access: Access,
        handler: H,
    ) -> Self {
        Self::new(Method::GET, path, access, handler)
    }

    pub(crate) fn post<H: Handler<T, App>, T: 'static>(
        path: &'static str,
        access: Access,
        handler: H,
    ) -> Self {
        Self::new(Method::POST, path, access, handler)
    }

    pub(crate) fn put<H: Handler<T, App>, T: 'static>(
        path: &'static str,
        access: Access,
        handler: H,
    ) -> Self {
        Self::new(Method::PUT, path, access, handler)
    }

    /// Makes a route for whatever is below a path, of which a router of its own takes care.
    pub(crate) fn mounted(path: &'static str, access: Access, router: Router) -> Self {
        Self { method: None, path, access, handler: any_service(router) }
    }

    /// Puts another handler in place, so that a test sees who comes through the check.
    #[cfg(test)]
    pub(super) fn answered_by<H: Handler<T, App>, T: 'static>(self, handler: H) -> Self {
        Self::new(self.method.unwrap_or_default(), self.path, self.access, handler)
    }
}

/// Makes the router of a table.
///
/// A handler is reached through the check of its route only: there is no other way to add one.
pub(crate) fn build(routes: Vec<Route>, app: &App) -> Router {
    let mut router = Router::new();
    for route in routes {
        let check = from_fn_with_state((app.clone(), route.access), access::check);
        let checked = match route.method {
            // A wrong method is no secret, and is said before anything is checked.
            Some(_) => route.handler.route_layer(check),
            None => route.handler.layer(check),
        };
        // Around the check: what is refused is counted as well.
        let count = from_fn_with_state((app.clone(), route.path), metrics::count);
        router = router.route(route.path, checked.layer(count));
    }
    router.method_not_allowed_fallback(wrong_method).fallback(nothing_there).with_state(app.clone())
}

/// Puts around a router what holds for every answer.
pub(crate) fn dress(router: Router) -> Router {
    router
        .layer(from_fn(panics::catch))
        .layer(from_fn(headers::secure))
        .layer(from_fn(request_id::assign))
}

async fn wrong_method(method: Method) -> Refusal {
    let detail = format!("this address knows no {method}; the header allow names what it knows");
    Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "method not allowed", detail)
}

async fn nothing_there() -> Refusal {
    Refusal::not_found("there is nothing at this address")
}
