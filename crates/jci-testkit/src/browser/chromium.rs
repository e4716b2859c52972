//! One Chromium for all tests of a program, started by the first and ended with the last.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

use crate::tools::require;

/// What keeps Chromium from looking at the machine of whoever runs the tests, and from the network.
const FLAGS: &[&str] = &[
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    // In a container, /dev/shm may be smaller than what a page needs.
    "--disable-dev-shm-usage",
];

/// A browser and the program that drives it.
pub(super) struct Chromium {
    runtime: Runtime,
    client: Client,
    driver: Child,
    profile: TempDir,
}

impl Chromium {
    /// Takes the browser that runs, or starts one.
    pub(super) fn shared() -> Arc<Self> {
        static RUNNING: Mutex<Weak<Chromium>> = Mutex::new(Weak::new());
        let mut running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
        running.upgrade().unwrap_or_else(|| {
            let started = Arc::new(Self::start());
            *running = Arc::downgrade(&started);
            started
        })
    }

    fn start() -> Self {
        let profile = tempfile::Builder::new().prefix("jci-chromium-").tempdir().unwrap();
        let chromium = require("chromium", "chromium");
        let (driver, port) = start_driver(profile.path());
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let mut flags: Vec<_> = FLAGS.iter().map(ToString::to_string).collect();
        flags.push(format!("--user-data-dir={}", profile.path().join("profile").display()));
        let wanted = json!({
            "goog:chromeOptions": { "binary": chromium, "args": flags },
            "goog:loggingPrefs": { "browser": "ALL" },
        });
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(wanted.as_object().unwrap().clone());
        let address = format!("http://127.0.0.1:{port}");
        let client = runtime.block_on(builder.connect(&address)).unwrap();
        Self { runtime, client, driver, profile }
    }

    /// The client, for calls that [`Chromium::wait`] waits for.
    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    /// Waits for a call of the client.
    pub(super) fn wait<T>(&self, call: impl Future<Output = T>) -> T {
        self.runtime.block_on(call)
    }

    /// Sends a command of the browser's own protocol.
    pub(super) fn devtools(&self, command: &str, parameters: &Value) -> Value {
        let body = json!({ "cmd": command, "params": parameters });
        self.wait(self.client.issue_cmd(Own { path: "goog/cdp/execute", body })).unwrap()
    }

    /// Takes what the browser complained of since it was asked the last time.
    pub(super) fn complaints(&self) -> Vec<String> {
        let body = json!({ "type": "browser" });
        let entries = self.wait(self.client.issue_cmd(Own { path: "se/log", body })).unwrap();
        let entries = entries.as_array().cloned().unwrap_or_default();
        let severe = entries.iter().filter(|entry| entry["level"] == "SEVERE");
        severe.map(|entry| entry["message"].as_str().unwrap_or_default().to_owned()).collect()
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        let closed = async {
            let _ = tokio::time::timeout(Duration::from_secs(5), self.client.clone().close()).await;
        };
        self.runtime.block_on(closed);
        let _ = self.driver.kill();
        let _ = self.driver.wait();
        // Where the driver was not well, its browser may still be there.
        for process in processes_with(self.profile.path()) {
            let _ = kill_process(process, Signal::KILL);
        }
    }
}

/// Starts the driver at a port that is free and returns that port.
fn start_driver(home: &Path) -> (Child, u16) {
    let mut driver = Command::new(require("chromedriver", "chromium-driver"))
        .arg("--port=0")
        .env("HOME", home)
        .env("TMPDIR", home)
        .env("TZ", "UTC")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(driver.stdout.take().unwrap());
    let mut said = String::new();
    let port = loop {
        let mut line = String::new();
        assert!(output.read_line(&mut line).unwrap() > 0, "chromedriver ended: {said}");
        let told = line.trim_end().trim_end_matches('.').rsplit_once("successfully on port ");
        if let Some((_, port)) = told {
            break port.parse().unwrap();
        }
        said += &line;
    };
    std::thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));
    (driver, port)
}

/// Finds the processes that name a folder in their arguments.
fn processes_with(folder: &Path) -> Vec<Pid> {
    let folder = folder.to_string_lossy().into_owned();
    let names_it = |process: &PathBuf| {
        let words = fs::read(process.join("cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&words).contains(&folder)
    };
    let processes = fs::read_dir("/proc").into_iter().flatten().filter_map(Result::ok);
    let named = processes.map(|entry| entry.path()).filter(names_it);
    named.filter_map(|path| Pid::from_raw(path.file_name()?.to_str()?.parse().ok()?)).collect()
}

/// A command that only this browser's driver knows.
#[derive(Debug)]
struct Own {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for Own {
    fn endpoint(
        &self,
        base: &url::Url,
        session: Option<&str>,
    ) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(self.body.to_string()))
    }
}
