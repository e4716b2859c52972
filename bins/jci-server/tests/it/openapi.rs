//! Real answers, held against the document that describes them.

use http::Method;
use jci_proto::Verdict;
use serde_json::Value;

use crate::client::Answer;
use crate::runner::run_script;
use crate::schema::Document;
use crate::server::{API_TOKEN, RUNNER_SECRET, WEBHOOK_SECRET};
use crate::world::World;

struct Described {
    world: World,
    document: Document,
}

impl Described {
    fn new() -> Self {
        let world = World::new();
        let document = Document(world.get_as_person("/api/v1/openapi.json").json(200));
        Self { world, document }
    }

    /// Checks an answer that must be described; returns it.
    #[track_caller]
    fn check(&self, method: &str, path: &str, status: u16, answer: &Answer) -> Value {
        let value: Value = answer.json(status);
        self.document.check(method, path, status, &value);
        value
    }

    #[track_caller]
    fn get(&self, path: &str, job: &str, query: &str) -> Value {
        let answer = self.world.get_as_person(&(path.replace("{job}", job) + query));
        self.check("get", path, 200, &answer)
    }

    #[track_caller]
    fn post(&self, path: &str, job: &str, body: &str, status: u16) -> Value {
        let request = self.world.client.request(Method::POST, &path.replace("{job}", job));
        let answer = self.world.client.send(request.bearer_auth(API_TOKEN).body(body.to_owned()));
        self.check("post", path, status, &answer)
    }
}

#[test]
fn what_people_are_told_is_as_described() {
    let it = Described::new();
    let (commit, job) = it.world.submit("first");
    let (_, waiting) = it.world.submit("second");
    let runner = it.world.runner("one");
    let offer = runner.poll().unwrap();
    assert_eq!(runner.start(&offer).status, 204);
    assert_eq!(runner.log(&offer, 0, b"line\n").status, 200);
    it.get("/api/v1/jobs/{job}", &job, "");
    it.post("/api/v1/jobs/{job}/rerun", &job, "", 409);
    it.post("/api/v1/jobs/{job}/approve", &waiting, "{}", 400);
    it.post("/api/v1/jobs/{job}/cancel", &waiting, "", 200);
    let _ = run_script(&offer, "err");
    it.world.wait_for_status(&commit, "failure");
    it.get("/api/v1/jobs/{job}", &job, "");
    it.get("/api/v1/jobs", "", "?limit=1");
    it.get("/api/v1/jobs/{job}/artifacts", &job, "");
    it.get("/jobs/{job}/log", &job, "");
    it.get("/jobs/{job}/log/outline", &job, "");
    it.get("/jobs/{job}/log/search", &job, "?text=line");
    it.post("/api/v1/jobs/{job}/rerun", &job, "", 201);
    it.get("/api/v1/runners", "", "");
    it.get("/api/v1/queue", "", "");
    it.get("/api/v1/audit", "", "?limit=3");
    let unknown = it.world.get_as_person("/api/v1/jobs?state=lost");
    it.check("get", "/api/v1/jobs", 400, &unknown);
}

#[test]
fn what_runners_and_forges_are_told_is_as_described() {
    let it = Described::new();
    let commit = it.world.push("first");
    let told = it.world.tell("/webhook/gitea", &commit, WEBHOOK_SECRET);
    it.check("post", "/webhook/gitea", 202, &told);
    let again = it.world.tell("/webhook", &commit, WEBHOOK_SECRET);
    it.check("post", "/webhook", 200, &again);
    let runner = it.world.runner("one");
    let polled = runner.ask(|_| {});
    it.check("post", "/poll", 200, &polled);
    it.check("post", "/poll", 200, &runner.poll_as_original());
    let offer = polled.json::<jci_proto::PollAnswer>(200).job.unwrap();
    let log = "/api/v1/jobs/{job}/attempts/{attempt}/log";
    it.check("put", log, 200, &runner.log(&offer, 0, b"line"));
    it.check("put", log, 409, &runner.log(&offer, 9, b"line"));
    let beat =
        format!(r#"{{"runner":"one","running":[{{"job":"{}","attempt":1}}]}}"#, offer.job_id);
    let request = it.world.client.request(Method::POST, "/api/v1/runners/heartbeat");
    let answer = it.world.client.send(request.bearer_auth(RUNNER_SECRET).body(beat));
    it.check("post", "/api/v1/runners/heartbeat", 200, &answer);
    assert_eq!(runner.finish(&offer, Verdict::Ok).status, 204);
}
