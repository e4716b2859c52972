//! What people and their programs ask of jobs, and ask for.

use http::Method;
use jci_proto::{
    ArtifactList, AuditPage, JobDetail, JobPage, JobState, JobSummary, QueueDepth, Rerun,
    RunnerList, Verdict,
};
use jci_testkit::forge::{HookSettings, Right};

use crate::client::Answer;
use crate::runner::run_script;
use crate::server::{API_TOKEN, WEBHOOK_SECRET};
use crate::world::World;

impl World {
    pub(crate) fn get_as_person(&self, path: &str) -> Answer {
        self.client.send(self.client.request(Method::GET, path).bearer_auth(API_TOKEN))
    }

    fn post_as_person(&self, path: &str, body: &str) -> Answer {
        let request = self.client.request(Method::POST, path).bearer_auth(API_TOKEN);
        self.client.send(request.body(body.to_owned()))
    }

    pub(crate) fn job(&self, id: &str) -> JobDetail {
        self.get_as_person(&format!("/api/v1/jobs/{id}")).json(200)
    }

    /// Opens a pull request from the fork of a stranger; returns its commit and the id of its job.
    fn propose(&self) -> (String, String) {
        let url = format!("http://{}/webhook/gitea", self.server.address());
        let hook = HookSettings::new(&url).secret(WEBHOOK_SECRET).events(&["pull_request"]);
        self.site.add_hook(hook);
        self.push("first");
        let fork = self.forge.repository("eve/site");
        let eve = self.forge.token("eve", &["all"]);
        fork.grant("eve", Right::Admin);
        self.work.write("file", "evil");
        let commit = self.work.commit("evil");
        self.work.git(&["push", "--quiet", &fork.url_with(&eve), "HEAD:refs/heads/evil"]);
        self.site.open_pull("eve", &fork, "evil", "main");
        self.wait_for_status(&commit, "pending");
        let page: JobPage = self.get_as_person(&format!("/api/v1/jobs?commit={commit}")).json(200);
        (commit, page.jobs[0].id.clone())
    }

    /// Returns the part of a job's address that opens it, as the forge was told.
    pub(crate) fn key(&self, commit: &str, state: &str) -> String {
        let statuses = self.wait_for_status(commit, state);
        let url = statuses.last().unwrap().target_url.clone();
        url.split_once('?').expect("the address has a key").1.to_owned()
    }
}

#[test]
fn jobs_are_listed_in_pages_the_newest_first() {
    let world = World::new();
    let jobs: Vec<_> = ["first", "second", "third"].map(|it| world.submit(it)).into();
    let ids = |page: &JobPage| page.jobs.iter().map(|job| job.id.clone()).collect::<Vec<_>>();
    let first: JobPage = world.get_as_person("/api/v1/jobs?limit=2").json(200);
    assert_eq!(ids(&first), [jobs[2].1.clone(), jobs[1].1.clone()]);
    let next = first.next.expect("there is another page");
    let last: JobPage =
        world.get_as_person(&format!("/api/v1/jobs?limit=2&before={next}")).json(200);
    assert_eq!((ids(&last), last.next), (vec![jobs[0].1.clone()], None));

    let runner = world.runner("one");
    let offer = runner.poll().unwrap();
    let list = |query: &str| -> JobPage {
        world.get_as_person(&format!("/api/v1/jobs?{query}")).json(200)
    };
    assert_eq!(ids(&list("state=assigned")), [offer.job_id]);
    assert_eq!(ids(&list(&format!("commit={}", jobs[1].0))), [jobs[1].1.clone()]);
    assert_eq!(list("repository=team/site&state=queued").jobs.len(), 2);
    assert!(list("repository=team/other").jobs.is_empty());
    for wrong in ["state=lost", "limit=0", "commit=x", "unknown=1", "before=x"] {
        let answer = world.get_as_person(&format!("/api/v1/jobs?{wrong}"));
        assert_eq!(answer.problem(400).title, "malformed request", "{wrong}");
    }
}

#[test]
fn a_job_is_told_with_its_attempts() {
    let world = World::new();
    let (commit, id) = world.submit("first");
    let runner = world.runner("one");
    let offer = runner.poll().unwrap();
    assert_eq!(runner.start(&offer).status, 204);
    assert_eq!(runner.log(&offer, 0, b"hello").status, 200);
    assert_eq!(runner.finish(&offer, Verdict::Err).status, 204);
    let detail = world.job(&id);
    assert_eq!((detail.job.commit.as_str(), detail.job.state), (commit.as_str(), JobState::Err));
    assert_eq!((detail.job.requested_by.as_str(), detail.job.exit_code), ("webhook:ann", Some(1)));
    let [attempt] = &detail.attempts[..] else { panic!("{detail:?}") };
    assert_eq!((attempt.number, attempt.runner.as_str(), attempt.log_bytes), (1, "one", 5));
    assert_eq!((attempt.status, attempt.exit_code), (Some(Verdict::Err), Some(1)));
    let unknown = world.get_as_person(&format!("/api/v1/jobs/{}", "0".repeat(32)));
    assert_eq!(unknown.problem(404).title, "not found");
}

#[test]
fn a_job_that_waits_is_cancelled_at_once_and_one_that_runs_by_its_runner() {
    let world = World::new();
    let (_, waiting) = world.submit("first");
    let cancel = |id: &str| world.post_as_person(&format!("/api/v1/jobs/{id}/cancel"), "");
    assert_eq!(cancel(&waiting).json::<JobSummary>(200).state, JobState::Cancelled);
    let ended = cancel(&waiting).problem(409);
    assert!(ended.detail.ends_with("has ended: it is cancelled"), "{}", ended.detail);

    let (_, live) = world.submit("second");
    let runner = world.runner("one");
    let offer = runner.poll().unwrap();
    assert_eq!(runner.start(&offer).status, 204);
    let asked: JobSummary = cancel(&live).json(202);
    assert_eq!(
        (asked.state, asked.cancelled_by.as_deref()),
        (JobState::Running, Some("person:api"))
    );
    assert_eq!(runner.heartbeat(&offer), jci_proto::Fate::Cancel);
    assert_eq!(runner.finish(&offer, Verdict::Cancelled).status, 204);
    assert_eq!(world.job(&live).job.state, JobState::Cancelled);
    assert_eq!(cancel(&"0".repeat(32)).status, 404);
    assert_eq!(cancel("x").status, 404);
}

#[test]
fn a_job_is_run_once_more_as_another_job() {
    let world = World::new();
    let (commit, id) = world.submit("first");
    let rerun = || world.post_as_person(&format!("/api/v1/jobs/{id}/rerun"), "");
    assert!(rerun().problem(409).detail.contains("has not ended"));
    let runner = world.runner("one");
    let offer = runner.poll().unwrap();
    assert_eq!(runner.finish(&offer, Verdict::Ok).status, 204);
    let made = rerun();
    let new: Rerun = made.json(201);
    assert_eq!(made.headers["location"], format!("/api/v1/jobs/{}", new.job));
    let job = world.job(&new.job).job;
    assert_eq!((job.commit, job.rerun_of), (commit, Some(id.clone())));
    assert!(rerun().problem(409).detail.contains("has a job that has not ended"));
}

#[test]
fn a_job_from_a_fork_waits_for_somebody_who_looked_at_its_commit() {
    let world = World::new();
    let (commit, id) = world.propose();
    assert!(world.runner("one").poll().is_none(), "nobody has approved it");
    let job = world.job(&id).job;
    assert!(job.held && !job.trusted, "{job:?}");
    let approve = |commit: &str| {
        let path = format!("/api/v1/jobs/{id}/approve");
        world.post_as_person(&path, &format!(r#"{{"commit":"{commit}"}}"#))
    };
    let other = approve(&"d".repeat(40)).problem(409);
    assert!(other.detail.contains("what was approved is"), "{}", other.detail);
    assert_eq!(approve("main").problem(400).title, "malformed request");
    assert!(!approve(&commit).json::<JobSummary>(200).held);
    assert_eq!(world.runner("one").poll().unwrap().job_id, id);
    let audit: AuditPage = world.get_as_person(&format!("/api/v1/audit?job={id}")).json(200);
    let lines: Vec<_> = audit
        .entries
        .iter()
        .rev()
        .map(|line| {
            format!("{} {}{}", line.actor, line.action, if line.refused { " no" } else { "" })
        })
        .collect();
    assert_eq!(
        lines.join("\n"),
        "webhook:eve submitted\nperson:api approved no\nperson:api approved\nrunner:one assigned"
    );
}

#[test]
fn runners_and_the_depth_of_the_queue_are_told() {
    let world = World::new();
    world.submit("first");
    world.submit("second");
    let offer = world.runner("one").poll().unwrap();
    let runners: RunnerList = world.get_as_person("/api/v1/runners").json(200);
    let [runner] = &runners.runners[..] else { panic!("{runners:?}") };
    assert_eq!((runner.name.as_str(), runner.running[0].job.as_str()), ("one", &*offer.job_id));
    let depth: QueueDepth = world.get_as_person("/api/v1/queue").json(200);
    assert_eq!((depth.ready[0].jobs, depth.live), (1, 1));
}

#[test]
fn the_audit_log_is_read_in_pages() {
    let world = World::new();
    world.submit("first");
    world.submit("second");
    let first: AuditPage = world.get_as_person("/api/v1/audit?limit=1").json(200);
    let before = first.next.expect("there is more");
    let path = format!("/api/v1/audit?before={before}&repository=team/site");
    let rest: AuditPage = world.get_as_person(&path).json(200);
    assert_eq!((rest.entries.len(), rest.next), (1, None));
    assert_eq!(
        world.get_as_person("/api/v1/audit?refused=true").json::<AuditPage>(200).entries,
        []
    );
}

#[test]
fn files_of_a_job_are_read_through_the_forge_and_reach_nothing() {
    let world = World::new();
    let (commit, id) = world.submit("first");
    let before = world.get_as_person(&format!("/api/v1/jobs/{id}/artifacts"));
    assert_eq!(before.problem(404).detail, "the job has no run at the forge");
    let offer = world.runner("one").poll().unwrap();
    let _ = run_script(&offer, "ok").success();
    let key = world.key(&commit, "success");
    let list: ArtifactList =
        world.client.get(&format!("/api/v1/jobs/{id}/artifacts?{key}")).json(200);
    let paths: Vec<_> = list.files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(paths, ["run.output.txt", "status.txt"]);
    let get = |path: &str| world.client.get(&format!("/api/v1/jobs/{id}/artifacts/{path}"));
    let file = get(&format!("status.txt?{key}"));
    assert_eq!((file.status.as_u16(), file.body.as_slice()), (200, &b"ok\n"[..]));
    let policy = file.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("sandbox allow-scripts;"), "{policy}");
    assert_eq!(file.headers["x-content-type-options"], "nosniff");
    let saved = get(&format!("status.txt?download=1&{key}"));
    let place = saved.headers["content-disposition"].to_str().unwrap();
    assert!(place.starts_with("attachment; filename=\"status.txt\""), "{place}");
    assert_eq!(get(&format!("none.txt?{key}")).problem(404).title, "not found");
    for climbing in ["..%2fstatus.txt", "a%2F%2Fb", "%2e%2e/x"] {
        let status = get(&format!("{climbing}?{key}")).status.as_u16();
        assert!(matches!(status, 400 | 401 | 404), "{climbing}: {status}");
    }
    world.forge.finish();
}

#[test]
fn the_address_of_a_job_opens_that_job_to_be_looked_at_and_nothing_else() {
    let world = World::new();
    let (commit, id) = world.submit("first");
    let (_, other) = world.submit("second");
    let key = world.key(&commit, "pending");
    let get = |path: &str| world.client.get(path).status.as_u16();
    for open in
        [format!("/jobs/{id}"), format!("/api/v1/jobs/{id}"), format!("/api/v1/jobs/{id}/log")]
    {
        assert_eq!(get(&format!("{open}?{key}")), 200, "{open}");
        assert_eq!(get(&open), 401, "{open}");
    }
    for shut in
        [format!("/jobs/{other}"), format!("/api/v1/jobs/{other}/log"), "/api/v1/jobs".into()]
    {
        assert_eq!(get(&format!("{shut}?{key}")), 401, "{shut}");
    }
    for change in ["cancel", "rerun", "approve"] {
        let path = format!("/api/v1/jobs/{id}/{change}?{key}");
        let answer = world.client.send(world.client.request(Method::POST, &path));
        assert_eq!(answer.problem(401).title, "not authorized", "{change}");
    }
    assert!(!world.server.log().contains(key.trim_start_matches("key=")), "the log holds the key");
}

#[test]
fn the_page_of_a_job_and_what_it_is_made_of_run_nothing_else() {
    let world = World::new();
    let (commit, id) = world.submit("first");
    let key = world.key(&commit, "pending");
    let page = world.client.get(&format!("/jobs/{id}?{key}"));
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("script-src 'self'") && !policy.contains("unsafe"), "{policy}");
    let text = String::from_utf8(page.body).unwrap();
    let assets = text.split('"').filter(|part| part.starts_with("/assets/"));
    assert!(assets.clone().count() > 5);
    for asset in assets {
        assert_eq!(world.client.get(asset).status, 200, "{asset}");
    }
    assert_eq!(world.client.get("/assets/../Cargo.toml").status, 404);
}
