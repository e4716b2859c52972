//! Every route, held against Gitea's own description of its API.

use std::collections::BTreeSet;

use jci_testkit::forge::{FakeForge, Right, known_routes};
use serde_json::{Value, json};

use crate::plain_http::ask;
use crate::schema::OpenApi;
use crate::site::Site;

/// Asks, and holds the answers against the file.
struct Tour {
    file: OpenApi,
    site: Site,
    seen: BTreeSet<(String, String)>,
}

impl Tour {
    /// Sends a request to a route, of which `parameters` fill the path, and returns the answer.
    fn visit(&mut self, route: &str, parameters: &[&str], body: &Value, status: u16) -> Value {
        let (method, pattern) = route.split_once(' ').unwrap();
        let operation = self.file.operation(method, pattern);
        let mut path = pattern.to_owned();
        for parameter in parameters {
            let (start, end) = (path.find('{').unwrap(), path.find('}').unwrap());
            path.replace_range(start..=end, parameter);
        }
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let (forge, token) = (&self.site.forge, &self.site.token);
        let reply = ask(forge, method, &format!("/api/v1{path}"), token, &body).unwrap();
        assert_eq!(reply.status, status, "{route}: {reply:?}");
        self.seen.insert((method.to_owned(), pattern.to_owned()));
        let schema = self.file.answer(operation, status);
        if status == 204 || schema.is_some_and(|schema| schema["type"] == "file") {
            assert_eq!(status == 204, reply.body.is_empty(), "{route}: {reply:?}");
            return Value::Null;
        }
        let answer = reply.json();
        match schema {
            Some(schema) => {
                let faults = self.file.faults(&answer, schema, route);
                assert!(faults.is_empty(), "{faults:#?}");
            }
            // All errors are alike, though the file has no schema of them.
            None => assert!(answer["message"].is_string() && answer["url"].is_string()),
        }
        answer
    }

    fn get(&mut self, pattern: &str, parameters: &[&str], status: u16) -> Value {
        self.visit(&format!("GET {pattern}"), parameters, &Value::Null, status)
    }

    /// Visits a route below the one of the repository.
    fn of_repo(&mut self, route: &str, more: &[&str], body: &Value, status: u16) -> Value {
        let (method, rest) = route.split_once(' ').unwrap();
        let route = format!("{method} /repos/{{owner}}/{{repo}}{rest}");
        self.visit(&route, &[&["team", "site"], more].concat(), body, status)
    }

    fn read(&mut self, rest: &str, more: &[&str], status: u16) -> Value {
        self.of_repo(&format!("GET {rest}"), more, &Value::Null, status)
    }
}

#[test]
#[ignore = "needs Gitea's OpenAPI file: JCI_GITEA_OPENAPI=<file>"]
fn every_route_is_one_of_gitea_with_parameters_of_gitea() {
    let file = OpenApi::from_environment();
    for (method, pattern, query) in known_routes() {
        let operation = file.operation(&method, pattern);
        let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
        for name in query {
            let known = parameters.iter().any(|it| it["in"] == "query" && it["name"] == *name);
            assert!(known, "{method} {pattern} has no parameter {name}");
        }
    }
}

#[test]
#[ignore = "needs Gitea's OpenAPI file: JCI_GITEA_OPENAPI=<file>"]
fn every_answer_is_one_that_gitea_describes() {
    let site = Site::with(FakeForge::gitea(), Right::Admin);
    site.forge.expect_refusals();
    site.work.git(&["branch", "topic"]);
    site.work.git(&["tag", "--annotate", "--message=v1", "v1"]);
    site.repository.seed(&site.work);
    let number = site.repository.open_pull("ann", &site.repository, "topic", "main").to_string();
    let mut tour = Tour { file: OpenApi::from_environment(), site, seen: BTreeSet::new() };
    let (first, absent) = (tour.site.first.clone(), "9".repeat(40));
    let blob = tour.site.work.git(&["rev-parse", "HEAD:file"]);

    tour.get("/version", &[], 200);
    tour.get("/user", &[], 200);
    tour.get("/repos/search", &[], 200);
    tour.read("", &[], 200);
    tour.get("/repos/{owner}/{repo}", &["team", "none"], 404);
    tour.read("/branches", &[], 200);
    tour.read("/branches/{branch}", &["main"], 200);
    tour.read("/branches/{branch}", &["none"], 404);

    tour.read("/commits/{ref}/status", &[&first], 200);
    let status = json!({"state": "success", "context": "jci", "description": "passed",
                        "target_url": "https://ci.example.org/1"});
    tour.of_repo("POST /statuses/{sha}", &[&first], &status, 201);
    tour.of_repo("POST /statuses/{sha}", &[&absent], &status, 500);
    tour.read("/statuses/{sha}", &[&first], 200);
    tour.read("/commits/{ref}/statuses", &["main"], 200);
    tour.read("/commits/{ref}/status", &["main"], 200);

    tour.read("/git/refs", &[], 200);
    tour.read("/git/refs/{ref}", &["tags/v1"], 200);
    tour.read("/git/refs/{ref}", &["none"], 404);
    tour.read("/git/trees/{sha}", &[&first], 200);
    tour.read("/git/trees/{sha}", &[&absent], 400);
    tour.read("/git/blobs/{sha}", &[&blob], 200);
    tour.read("/git/blobs/{sha}", &[&absent], 400);
    tour.read("/git/commits/{sha}", &[&first], 200);
    tour.read("/git/commits/{sha}", &[&absent], 404);
    tour.read("/git/commits/{sha}", &["zero"], 422);
    tour.read("/raw/{filepath}", &["file"], 200);
    tour.read("/raw/{filepath}", &["none"], 404);

    let config = json!({"url": "http://127.0.0.1:1/", "content_type": "json"});
    let hook = json!({"type": "gitea", "config": config, "active": true});
    let hook = tour.of_repo("POST /hooks", &[], &hook, 201)["id"].to_string();
    tour.read("/hooks", &[], 200);
    tour.read("/hooks/{id}", &[&hook], 200);
    tour.of_repo("DELETE /hooks/{id}", &[&hook], &Value::Null, 204);
    tour.read("/hooks/{id}", &[&hook], 404);

    let encoded = format!("AAAAC3NzaC1lZDI1NTE5AAAAI{}", "A".repeat(43));
    let key = json!({"title": "job", "key": format!("ssh-ed25519 {encoded}"), "read_only": true});
    let made = tour.of_repo("POST /keys", &[], &key, 201)["id"].to_string();
    tour.of_repo("POST /keys", &[], &key, 422);
    tour.read("/keys", &[], 200);
    tour.of_repo("DELETE /keys/{id}", &[&made], &Value::Null, 204);

    tour.read("/pulls", &[], 200);
    tour.read("/pulls/{index}", &[&number], 200);
    tour.of_repo("POST /issues/{index}/comments", &[&number], &json!({"body": "passed"}), 201);
    tour.get("/token", &[], 200);
    tour.visit("DELETE /token", &[], &Value::Null, 204);

    let known = known_routes().into_iter();
    let known: BTreeSet<_> =
        known.map(|(method, pattern, _)| (method, pattern.to_owned())).collect();
    assert_eq!(tour.seen, known, "every route is visited");
}
