//! The description of all routes, for programs that make clients and for people who look it up.

use axum::http::{HeaderName, header};

/// The document, written by hand; tests hold it against the routes and against answers.
pub(super) const DOCUMENT: &str = include_str!("openapi.json");

/// Answers `GET /api/v1/openapi.json`.
pub(super) async fn document() -> ([(HeaderName, &'static str); 1], &'static str) {
    ([(header::CONTENT_TYPE, "application/json")], DOCUMENT)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use axum::Router;
    use serde_json::Value;

    use super::*;
    use crate::http::access::Access;
    use crate::http::routes;

    /// Says how a caller shows who it is, as the document does.
    fn schemes(access: Access) -> &'static [&'static str] {
        match access {
            // The secret of a poll stands in its body.
            Access::Anyone | Access::Poll => &[],
            Access::Forge { .. } => &["forge"],
            Access::Runner => &["runner"],
            Access::Attempt => &["attempt"],
            Access::Git => &["git"],
            Access::Person => &["person"],
            Access::Viewer => &["viewKey", "person"],
            // Nothing, where the settings say so.
            Access::Metrics => &["person", ""],
        }
    }

    type Described = BTreeMap<(String, String), Vec<String>>;

    fn documented() -> Described {
        let document: Value = serde_json::from_str(DOCUMENT).unwrap();
        let mut described = Described::new();
        for (path, methods) in document["paths"].as_object().unwrap() {
            for (method, operation) in methods.as_object().unwrap() {
                let security = operation["security"].as_array().unwrap().iter();
                let schemes = security.map(|it| it.as_object().unwrap().keys().next());
                let schemes = schemes.map(|it| it.cloned().unwrap_or_default()).collect();
                described.insert((path.clone(), method.clone()), schemes);
            }
        }
        described
    }

    fn routed() -> Described {
        let mut described = Described::new();
        for route in routes(Router::new()) {
            let path = route.path.replace("{*", "{");
            let schemes: Vec<_> = schemes(route.access).iter().map(|it| (*it).to_owned()).collect();
            // Of all methods, git sends these.
            let methods = route.method.map_or(vec!["get".to_owned(), "post".to_owned()], |it| {
                vec![it.as_str().to_lowercase()]
            });
            for method in methods {
                described.insert((path.clone(), method), schemes.clone());
            }
        }
        described
    }

    #[test]
    fn each_route_is_described_with_who_may_call_it_and_nothing_else_is() {
        assert_eq!(documented(), routed());
    }

    #[test]
    fn what_the_document_refers_to_is_there() {
        let document: Value = serde_json::from_str(DOCUMENT).unwrap();
        let references = DOCUMENT.split("\"#/").skip(1).map(|rest| rest.split('"').next().unwrap());
        for reference in references {
            assert!(document.pointer(&format!("/{reference}")).is_some(), "{reference}");
        }
    }
}
