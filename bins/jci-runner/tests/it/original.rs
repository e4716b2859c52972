//! Servers of the original, which answer polls and know nothing else.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json};

use crate::world::{RUNNER_SECRET, World, wait_until};

/// A server of the original that has one job to give.
struct Original {
    port: u16,
    asked: Arc<Mutex<Vec<(String, Value)>>>,
}

impl Original {
    fn start(job: Value) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (job, asked) = (Mutex::new(Some(job)), Arc::default());
        let server = Self { port, asked: Arc::clone(&asked) };
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                // Who goes in the middle of a request asks for nothing.
                let _ = answer(&stream, &job, &asked);
            }
        });
        server
    }

    /// Returns what it was asked, and by which words.
    fn asked(&self) -> Vec<(String, Value)> {
        self.asked.lock().unwrap().clone()
    }
}

fn answer(
    mut stream: &TcpStream,
    job: &Mutex<Option<Value>>,
    asked: &Mutex<Vec<(String, Value)>>,
) -> io::Result<()> {
    let mut reader = BufReader::new(stream);
    let (mut what, mut length) = (String::new(), 0);
    reader.read_line(&mut what)?;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        if line.trim().is_empty() {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let what = what.rsplit_once(' ').map_or(what.as_str(), |(what, _)| what).to_owned();
    let answer = match &*what {
        "POST /poll" => Some(json!({ "job": job.lock().unwrap().take() })),
        _ => None,
    };
    asked.lock().unwrap().push((what, serde_json::from_slice(&body).unwrap_or_default()));
    let (status, text) = match answer {
        Some(answer) => ("200 OK", answer.to_string()),
        None => ("404 Not Found", "404 page not found\n".to_owned()),
    };
    let length = text.len();
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{text}"
    )
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
    let server = Original::start(json!({
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
        let polls = server.asked().iter().filter(|(what, _)| what == "POST /poll").count();
        (polls > 1).then_some(())
    });
    assert_eq!(world.runs().len(), 1, "{:?}", world.runs());
    assert!(!world.runner.log().contains(&token), "its log holds the token of the clone URL");

    let mut asked = server.asked();
    let (first, _) = asked.remove(0);
    assert_eq!(first, "POST /api/v1/runners/heartbeat", "by this it is known for what it is");
    let runner = asked[0].1["runner_id"].clone();
    for (what, body) in asked {
        assert_eq!(what, "POST /poll");
        assert_eq!(body, json!({ "runner_id": runner, "secret": RUNNER_SECRET }));
    }
}
