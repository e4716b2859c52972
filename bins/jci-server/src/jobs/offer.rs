//! A job as a runner gets it.

use axum::http::uri::Authority;
use axum::http::{HeaderMap, header};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jci_coord::Assignment;
use jci_forge::RepoName;
use jci_proto::{Hidden, JobOffer, Lease};
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use super::script;
use crate::config::{Config, Credentials};

/// The address by which a runner reached this server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reached {
    scheme: &'static str,
    authority: Authority,
}

impl Reached {
    /// Reads it from a request; a proxy before the server says whether it was reached by TLS.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        let authority: Authority = headers.get(header::HOST)?.to_str().ok()?.parse().ok()?;
        // A user in it would be sent to the wrong place.
        if authority.as_str().contains('@') {
            return None;
        }
        let forwarded = headers.get("x-forwarded-proto").and_then(|value| value.to_str().ok());
        let encrypted = forwarded.is_some_and(|proto| proto.eq_ignore_ascii_case("https"));
        Some(Self { scheme: if encrypted { "https" } else { "http" }, authority })
    }

    /// Returns where this server serves a repository.
    fn repository(&self, name: &RepoName) -> String {
        format!("{}://{}/git/{name}.git", self.scheme, self.authority)
    }
}

/// Makes the offer of a job that was assigned, and is to run in an image.
pub(crate) fn offer(
    config: &Config,
    reached: &Reached,
    name: &RepoName,
    assignment: &Assignment,
    image: String,
) -> JobOffer {
    let (job, attempt) = (&assignment.job, &assignment.attempt);
    let clone_url = match config.jobs.credentials {
        Credentials::Proxy => reached.repository(name),
        Credentials::Token => with_token(config, name),
    };
    let mut variables = vec![
        ("JCI_JOB_ID".to_owned(), job.id.to_string()),
        ("JCI_CLONE_URL".to_owned(), clone_url.clone()),
        ("JCI_COMMIT_SHA".to_owned(), job.spec.commit.to_string()),
    ];
    // A runner of the original knows no tokens: its script tells git itself.
    if attempt.beat.is_none() && config.jobs.credentials == Credentials::Proxy {
        variables.extend(git_variables(&clone_url, &assignment.token));
    }
    let own = job.spec.script.as_deref().or(config.jobs.script.as_deref());
    let script = script::with_variables(own, &variables);
    JobOffer {
        job_id: job.id.to_string(),
        clone_url,
        commit_sha: job.spec.commit.to_string(),
        repo_owner: name.owner().to_owned(),
        repo_name: name.name().to_owned(),
        timeout_seconds: job.spec.timeout.as_secs(),
        image,
        script: BASE64_STANDARD.encode(script),
        allow_docker_socket: may_have_docker(config, name, assignment),
        lease: assignment.lease.map(|lease| Lease {
            attempt: attempt.id.number.get(),
            token: Hidden(assignment.token.expose_secret().to_owned()),
            lease_seconds: lease.as_secs().max(1),
            renew_seconds: assignment.renew_every.as_secs().max(1),
            reference: Some(job.spec.reference.clone()),
        }),
    }
}

/// Tells whether a job gets the Docker socket: never the code of a stranger, approved or not.
fn may_have_docker(config: &Config, name: &RepoName, assignment: &Assignment) -> bool {
    let trusted = assignment.job.spec.trust == jci_coord::Trust::Trusted;
    trusted && config.jobs.docker_for.contains(name)
}

/// Returns the URL of a repository at the forge, with the forge's own token in it.
fn with_token(config: &Config, name: &RepoName) -> String {
    let forge = &config.forge;
    let plain = format!("{}/{name}.git", forge.address);
    let Ok(mut url) = Url::parse(&plain) else { return plain };
    // An address of HTTP takes both.
    let _ = url.set_username(&forge.user);
    let _ = url.set_password(Some(forge.git_token.expose_secret().trim()));
    url.to_string()
}

/// Returns the variables by which git shows a token to one repository, without it standing in an
/// argument or in `.git/config`.
fn git_variables(clone_url: &str, token: &SecretString) -> [(String, String); 3] {
    let basic = BASE64_STANDARD.encode(format!("jci:{}", token.expose_secret()));
    [
        ("GIT_CONFIG_COUNT".to_owned(), "1".to_owned()),
        ("GIT_CONFIG_KEY_0".to_owned(), format!("http.{clone_url}.extraHeader")),
        ("GIT_CONFIG_VALUE_0".to_owned(), format!("Authorization: Basic {basic}")),
    ]
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn reached(pairs: &[(&'static str, &str)]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, HeaderValue::from_str(value).unwrap());
        }
        let name = RepoName::parse("group/sub/site").unwrap();
        Reached::of(&headers).map(|reached| reached.repository(&name))
    }

    #[test]
    fn a_runner_clones_from_where_it_reached_the_server() {
        let url =
            |host, proto: &[(&'static str, &str)]| reached(&[&[("host", host)], proto].concat());
        let plain = url("ci.example.org:8080", &[]).unwrap();
        assert_eq!(plain, "http://ci.example.org:8080/git/group/sub/site.git");
        let encrypted = url("ci.example.org", &[("x-forwarded-proto", "HTTPS")]).unwrap();
        assert_eq!(encrypted, "https://ci.example.org/git/group/sub/site.git");
        assert_eq!(url("[::1]:80", &[]).unwrap(), "http://[::1]:80/git/group/sub/site.git");
    }

    #[test]
    fn a_host_that_is_none_is_refused() {
        assert_eq!(reached(&[]), None);
        for wrong in ["", "a b", "user@evil", "a/b", "a'b$(x)\\"] {
            assert_eq!(reached(&[("host", wrong)]), None, "{wrong:?}");
        }
    }
}
