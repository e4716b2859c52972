//! A job's own git: a clone, the token in the environment, runs made by plain git.

use std::path::PathBuf;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jci_proto::JobOffer;
use jci_testkit::{Environment, Finished};

use crate::runner::lease;

/// The id of a run that begins long after everything else.
pub(crate) const RUN: &str = "4102444800-cc77";

/// A job that was handed out.
pub(crate) struct Job {
    pub(crate) environment: Environment,
    pub(crate) offer: JobOffer,
}

impl Job {
    /// Prepares an offered job, with no clone yet.
    pub(crate) fn new(offer: JobOffer) -> Self {
        let mut environment = Environment::new();
        let basic = BASE64_STANDARD.encode(format!("jci:{}", lease(&offer).token.0));
        environment.set("GIT_CONFIG_COUNT", "1");
        environment.set("GIT_CONFIG_KEY_0", format!("http.{}.extraHeader", offer.clone_url));
        environment.set("GIT_CONFIG_VALUE_0", format!("Authorization: Basic {basic}"));
        Self { environment, offer }
    }

    /// Returns the folder of the clone.
    pub(crate) fn work(&self) -> PathBuf {
        self.environment.path("work")
    }

    /// Clones what the job is of.
    pub(crate) fn clone(&self, options: &[&str]) {
        let mut arguments = vec!["clone", "--quiet", &self.offer.clone_url, "work"];
        arguments.extend_from_slice(options);
        let _ = self.environment.run("git", &arguments, &self.environment.path("")).success();
    }

    /// Runs git in the clone.
    pub(crate) fn git(&self, arguments: &[&str]) -> Finished {
        self.environment.run("git", arguments, &self.work())
    }

    /// Runs git in the clone with some input, and returns the line that it prints.
    pub(crate) fn git_fed(&self, arguments: &[&str], input: &str) -> String {
        let mut command = self.environment.command("git", &self.work());
        let finished = Finished::fed(command.args(arguments), input.as_bytes()).success();
        finished.stdout().trim().to_owned()
    }

    /// Returns the name of a run of the job's commit.
    pub(crate) fn run_ref(&self) -> String {
        format!("refs/jci-runs/{}/{RUN}", self.offer.commit_sha)
    }
}
