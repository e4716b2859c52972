//! Servers of the original, which answer polls and know nothing else.

use std::io;
use std::net::{TcpListener, TcpStream};
use std::sync::Mutex;
use std::thread;

use serde_json::{Value, json};

use crate::stand_in::StandIn;
use crate::world::{RUNNER_SECRET, World, wait_until};

/// Starts a server that has one job to give.
fn original(job: Value) -> StandIn {
    let job = Mutex::new(Some(job));
    StandIn::start(move |asked| match &*asked.what {
        "POST /poll" => ("200 OK", "", json!({ "job": job.lock().unwrap().take() }).to_string()),
        _ => ("404 Not Found", "", "404 page not found\n".to_owned()),
    })
}

/// Lets containers reach a port of this machine's own; returns the one that they reach.
fn relay(to: String) -> u16 {
    let listener = TcpListener::bind("0.0.0.0:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for inner in listener.incoming().map_while(Result::ok) {
            let outer = TcpStream::connect(&to).unwrap();
            for (from, to) in [(&inner, &outer), (&outer, &inner)] {
                let (mut from, mut to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
                thread::spawn(move || {
                    let _ = io::copy(&mut from, &mut to);
                    to.shutdown(std::net::Shutdown::Write)
                });
            }
        }
    });
    port
}

#[test]
fn a_server_of_the_original_is_asked_for_jobs_and_nothing_else() {
    let mut world = World::without_runner(&[], &[("JCI_LOG", "trace")]);
    let script = "echo it runs; echo \"cloned from $(git remote get-url origin)\"\n";
    let (commit, _) = world.push(script);
    let forge = world.forge.url().trim_start_matches("http://").trim_end_matches('/').to_owned();
    let (host, port, token) = (world.bridge(), relay(forge), world.token.clone());
    let server = original(json!({
        "job_id": "17",
        "clone_url": format!("http://jci:{token}@{host}:{port}/team/site.git"),
        "commit_sha": commit,
        "repo_owner": "team",
        "repo_name": "site",
        "image": world.docker.job_image(),
        "script": "",
        "timeout_seconds": 600,
        "allow_docker_socket": false,
    }));
    world.runner.set("JCI_SERVER", &format!("http://127.0.0.1:{}", server.port));
    world.runner.start("the server knows no heartbeats");
    let ended = world.runner.wait_for_log("the job has ended");
    assert!(ended.contains("status=Ok"), "{ended}");
    wait_until("it asks again", || {
        let polls = server.asked().into_iter().filter(|asked| asked.what == "POST /poll").count();
        (polls > 1).then_some(())
    });
    assert_eq!(world.runs().len(), 1, "{:?}", world.runs());
    assert!(!world.runner.log().contains(&token), "its log holds the token of the clone URL");

    let mut asked = server.asked();
    // By this it is known for what it is.
    assert_eq!(asked.remove(0).what, "POST /api/v1/runners/heartbeat");
    let body = |body: &[u8]| serde_json::from_slice::<Value>(body).unwrap();
    let runner = body(&asked[0].body)["runner_id"].clone();
    for asked in asked {
        assert_eq!(asked.what, "POST /poll");
        let known = json!({ "runner_id": runner, "secret": RUNNER_SECRET });
        assert_eq!(body(&asked.body), known);
    }
}
