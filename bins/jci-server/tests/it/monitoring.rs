//! Metrics, traces, and what the manager of services is told.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::net::UnixDatagram;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use jci_proto::Verdict;
use serde_json::Value;

use crate::world::World;

const PATIENCE: Duration = Duration::from_secs(30);

/// Returns the value of a metric with these labels.
#[track_caller]
fn value(metrics: &str, name: &str) -> f64 {
    let line = metrics.lines().find(|line| line.rsplit_once(' ').is_some_and(|it| it.0 == name));
    let line = line.unwrap_or_else(|| panic!("there is no {name} in\n{metrics}"));
    line.rsplit_once(' ').unwrap().1.parse().unwrap()
}

#[test]
fn metrics_count_what_happened_and_tell_what_holds() {
    let world = World::new();
    world.submit("first");
    world.submit("second");
    let runner = world.runner("one");
    let offer = runner.poll().unwrap();
    assert_eq!(runner.log(&offer, 0, b"hello").status, 200);
    assert_eq!(runner.finish(&offer, Verdict::Err).status, 204);
    let _ = world.wait_for_status(&offer.commit_sha, "failure");
    assert_eq!(world.client.get("/metrics").status, 401);
    let answer = world.get_as_person("/metrics");
    let kind = answer.headers["content-type"].to_str().unwrap();
    assert!(kind.starts_with("application/openmetrics-text"), "{kind}");
    let text = String::from_utf8(answer.body).unwrap();
    for (name, expected) in [
        ("jci_queue_ready_jobs{labels=\"\"}", 1.0),
        ("jci_live_jobs", 0.0),
        ("jci_runners", 1.0),
        ("jci_runners_busy", 0.0),
        ("jci_log_bytes_total", 5.0),
        ("jci_polls_total{result=\"assigned\"}", 1.0),
        ("jci_webhooks_total{result=\"job\"}", 2.0),
        ("jci_job_changes_total{state=\"err\"}", 1.0),
        (
            "jci_http_request_duration_seconds_count{route=\"/metrics\",method=\"GET\",status=\"401\"}",
            1.0,
        ),
    ] {
        assert_eq!(value(&text, name), expected, "{name}");
    }
    assert!(value(&text, "jci_statuses_total{result=\"sent\"}") >= 1.0);
    let age = value(&text, "jci_queue_oldest_ready_job_seconds{labels=\"\"}");
    assert!((0.0..600.0).contains(&age), "{age}");
    is_open_metrics(&text);
}

/// Checks the form: each sample belongs to the metric that was described last, and an end is there.
#[track_caller]
fn is_open_metrics(text: &str) {
    let mut family = "";
    let mut lines = text.lines();
    assert_eq!(lines.next_back(), Some("# EOF"));
    for line in lines {
        let mut words = line.split(' ');
        match (words.next(), words.next(), words.next()) {
            (Some("#"), Some("HELP" | "TYPE" | "UNIT"), Some(name)) => family = name,
            (Some(sample), Some(number), None) if !sample.contains(' ') => {
                assert!(sample.starts_with(family), "{line} is below {family}");
                number.parse::<f64>().unwrap();
            }
            _ => {
                // A label may hold spaces.
                assert!(line.starts_with(family), "{line} is below {family}");
            }
        }
    }
}

#[test]
fn whatever_is_logged_of_a_job_is_logged_in_its_span() {
    let world = World::with(&[("JCI_LOG_FORMAT", "json")]);
    let (_, job) = world.submit("first");
    let runner = world.runner("one");
    let offer = runner.poll().unwrap();
    assert_eq!(runner.finish(&offer, Verdict::Ok).status, 204);
    world.server.wait_for_log("a runner reports a result");
    let log = world.server.log();
    let in_span = |line: Value| {
        let spans = line["spans"].as_array()?;
        let is_of_job = spans.iter().any(|span| span["name"] == "job" && span["id"] == *job);
        // What is said of statuses, at a lower level, comes when it comes.
        (is_of_job && line["level"] == "INFO")
            .then(|| line["message"].as_str().unwrap_or_default().to_owned())
    };
    let lines = log.lines().filter_map(|line| serde_json::from_str(line).ok());
    assert_eq!(
        lines.filter_map(in_span).collect::<Vec<_>>(),
        ["a webhook asks for a job", "a runner got a job", "a runner reports a result"]
    );
}

#[test]
fn metrics_are_for_everybody_where_the_settings_say_so() {
    let world = World::with(&[("JCI_PUBLIC_METRICS", "true")]);
    let text = String::from_utf8(world.client.get("/metrics").body).unwrap();
    assert!(text.contains("jci_build_info{version="), "{text}");
}

/// Takes what is sent by OTLP over HTTP; returns its address and what comes.
fn collector() -> (String, Receiver<Value>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (sender, received) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let mut reader = BufReader::new(stream);
            let mut length = 0;
            let mut line = String::new();
            while reader.read_line(&mut line).is_ok_and(|read| read > 2) {
                if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                line.clear();
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}";
            reader.get_mut().write_all(answer).unwrap();
            if sender.send(serde_json::from_slice(&body).unwrap()).is_err() {
                return;
            }
        }
    });
    (address, received)
}

fn attribute<'a>(span: &'a Value, key: &str) -> &'a str {
    let all = span["attributes"].as_array().unwrap();
    let found = all.iter().find(|it| it["key"] == key).unwrap_or_else(|| panic!("{key}: {span}"));
    found["value"]["stringValue"].as_str().unwrap()
}

#[test]
fn a_job_that_ended_is_a_trace_that_is_sent_at_the_latest_when_the_server_stops() {
    let (collector, received) = collector();
    let mut world = World::with(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &collector)]);
    let (_, id) = world.submit("first");
    let runner = world.runner("one");
    let offer = runner.poll().unwrap();
    assert_eq!(runner.finish(&offer, Verdict::Err).status, 204);
    assert!(world.server.stop().success());
    let sent = received.recv_timeout(PATIENCE).unwrap();
    let resource = &sent["resourceSpans"][0];
    assert_eq!(resource["resource"]["attributes"][0]["value"]["stringValue"], "jci-server");
    let spans = resource["scopeSpans"][0]["spans"].as_array().unwrap();
    let [job, attempt] = &spans[..] else { panic!("{sent:#}") };
    assert_eq!(
        (job["traceId"].as_str(), job["name"].as_str()),
        (Some(&*id), Some("RUN team/site"))
    );
    assert_eq!(attribute(job, "cicd.pipeline.name"), "team/site");
    assert_eq!(attribute(job, "cicd.pipeline.run.id"), id);
    assert_eq!(attribute(job, "cicd.pipeline.result"), "failure");
    assert_eq!(attempt["parentSpanId"], job["spanId"]);
    assert_eq!(attribute(attempt, "cicd.worker.id"), "one");
    let begin: u128 = job["startTimeUnixNano"].as_str().unwrap().parse().unwrap();
    let end: u128 = job["endTimeUnixNano"].as_str().unwrap().parse().unwrap();
    assert!(begin <= end);
}

#[test]
fn the_manager_of_services_hears_that_the_server_is_ready_lives_and_stops() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let next = || {
        let mut message = [0; 256];
        let length = socket.recv(&mut message).unwrap();
        String::from_utf8(message[..length].to_vec()).unwrap().trim().to_owned()
    };
    let settings = [("NOTIFY_SOCKET", path.to_str().unwrap()), ("WATCHDOG_USEC", "300000")];
    let mut world = World::with(&settings);
    assert_eq!(next(), "READY=1");
    assert_eq!(world.client.get("/healthz").status, 200);
    assert_eq!(next(), "WATCHDOG=1");
    assert_eq!(next(), "WATCHDOG=1");
    assert!(world.server.stop().success());
    let last = std::iter::repeat_with(next).find(|message| message != "WATCHDOG=1");
    assert_eq!(last.as_deref(), Some("STOPPING=1"));
}

#[test]
fn the_unit_of_systemd_sets_what_there_is_and_leaves_little_in_reach() {
    let place = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/systemd/jci-server.service");
    let unit = std::fs::read_to_string(place).unwrap();
    let settings = include_str!("../../../../docs/server-settings.md");
    let set = unit.lines().filter_map(|line| line.strip_prefix("Environment="));
    let names: Vec<_> =
        set.flat_map(|line| line.split(' ')).filter_map(|pair| pair.split_once('=')).collect();
    assert_eq!(names.len(), 6, "{names:?}");
    for (name, _) in names {
        assert!(settings.contains(name.trim_end_matches("_FILE")), "{name} is no setting");
    }
    // 20 stands for 2.0; the tool is in the package systemd.
    let checked = std::process::Command::new("systemd-analyze")
        .args(["security", "--offline=true", "--no-pager", "--threshold=20", place])
        .output()
        .expect("systemd-analyze is there");
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stdout));
}
