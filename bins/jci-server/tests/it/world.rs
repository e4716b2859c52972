//! A forge with a repository, a work tree that pushes there, and a server for it.

use std::io::Write as _;
use std::net::TcpStream;

use http::Method;
use jci_testkit::TestRepo;
use jci_testkit::forge::{FakeForge, ForgeRepo, HookSettings, Right, SeenStatus};
use ring::hmac;

use crate::client::{Answer, Client};
use crate::runner::Runner;
use crate::server::{Server, WEBHOOK_SECRET};

/// All that a job needs.
pub(crate) struct World {
    pub(crate) server: Server,
    pub(crate) client: Client,
    pub(crate) forge: FakeForge,
    pub(crate) site: ForgeRepo,
    pub(crate) work: TestRepo,
    /// The token of the server at the forge.
    pub(crate) token: String,
}

impl World {
    /// Makes a world whose server takes what is set.
    pub(crate) fn with(settings: &[(&str, &str)]) -> Self {
        Self::of(|forge, token| Server::start(forge, token, settings))
    }

    /// Makes a world around a server, which is started with the forge's address and token.
    pub(crate) fn of(start: impl FnOnce(&str, &str) -> Server) -> Self {
        let forge = FakeForge::gitea();
        let site = forge.repository("team/site");
        let ann = forge.token("ann", &["all"]);
        site.grant("ann", Right::Write);
        let token = forge.token("jci", &["write:repository"]);
        site.grant("jci", Right::Write);
        let work = TestRepo::new();
        work.git(&["remote", "add", "origin", &site.url_with(&ann)]);
        let server = start(&forge.url(), &token);
        let client = server.client();
        forge.allow_local_hooks(true);
        Self { server, client, forge, site, work, token }
    }

    pub(crate) fn new() -> Self {
        Self::with(&[])
    }

    /// Has the forge tell the server of pushes.
    pub(crate) fn hook(&self) {
        let url = format!("http://{}/webhook/gitea", self.server.address());
        self.site.add_hook(HookSettings::new(&url).secret(WEBHOOK_SECRET).events(&["push"]));
    }

    /// Makes a commit and pushes it; returns its id.
    pub(crate) fn push(&self, message: &str) -> String {
        self.work.write("file", message);
        let commit = self.work.commit(message);
        self.work.git(&["push", "--quiet", "origin", "HEAD:refs/heads/main"]);
        commit
    }

    /// Pushes a commit of which the server is told at once; returns its id and the job's.
    pub(crate) fn submit(&self, message: &str) -> (String, String) {
        let commit = self.push(message);
        let answer = self.tell("/webhook/gitea", &commit, WEBHOOK_SECRET);
        let answer: jci_proto::WebhookAnswer = answer.json(202);
        (commit, answer.job.unwrap())
    }

    /// Sends the webhook of a push.
    pub(crate) fn tell(&self, path: &str, commit: &str, secret: &str) -> Answer {
        self.client.send(self.webhook(path, &push_body(commit, "refs/heads/main"), secret))
    }

    /// Tells of a push over a connection on which nobody has read the answer yet.
    pub(crate) fn begin_to_tell(&self, commit: &str) -> TcpStream {
        let body = push_body(commit, "refs/heads/main");
        let signature = sign(&body, WEBHOOK_SECRET);
        let headers = format!(
            "x-gitea-event: push\r\nx-gitea-delivery: d1\r\nx-gitea-signature: {signature}\r\n",
        );
        self.begin("/webhook/gitea", &headers, &body)
    }

    /// Sends a request whose answer nobody has read yet.
    pub(crate) fn begin(&self, path: &str, headers: &str, body: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.server.address()).unwrap();
        let length = body.len();
        write!(
            stream,
            "POST {path} HTTP/1.1\r\nhost: jci\r\n{headers}content-length: {length}\r\n\r\n{body}",
        )
        .unwrap();
        stream
    }

    /// Makes a webhook with a body.
    pub(crate) fn webhook(&self, path: &str, body: &str, secret: &str) -> reqwest::RequestBuilder {
        let request = self.client.request(Method::POST, path).header("x-gitea-event", "push");
        let request = request.header("x-gitea-delivery", format!("{:x}", fastrand::u128(..)));
        request.header("x-gitea-signature", sign(body, secret)).body(body.to_owned())
    }

    /// Returns a runner that knows the secret.
    pub(crate) fn runner(&self, name: &str) -> Runner {
        Runner::new(self.server.address(), name)
    }

    /// Stops the server, or kills it, and starts it again; everybody learns its new address.
    pub(crate) fn restart(&mut self, end: impl FnOnce(&mut Server)) {
        end(&mut self.server);
        self.server.start_again();
        self.client = self.server.client();
    }

    /// Waits for a status of the server, and returns all of them in order.
    #[track_caller]
    pub(crate) fn wait_for_status(&self, commit: &str, state: &str) -> Vec<SeenStatus> {
        self.site.wait_for_status(commit, "jci", state)
    }
}

/// Returns what Gitea says of a push, as far as it matters.
pub(crate) fn push_body(commit: &str, reference: &str) -> String {
    let zeros = "0".repeat(40);
    // What is deleted has no newest commit.
    let head = if *commit == zeros { "null".to_owned() } else { format!(r#"{{"id":"{commit}"}}"#) };
    format!(
        r#"{{"ref":"{reference}","before":"{zeros}","after":"{commit}","head_commit":{head},
        "repository":{{"id":1,"full_name":"team/site","default_branch":"main"}},
        "pusher":{{"id":3,"login":"ann"}},"sender":{{"id":3,"login":"ann"}}}}"#,
    )
}

pub(crate) fn sign(body: &str, secret: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let tag = hmac::sign(&key, body.as_bytes());
    tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}
