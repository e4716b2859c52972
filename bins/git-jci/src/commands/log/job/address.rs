//! The address of a job, as the status of its commit links to it.

use std::fmt;

use reqwest::Url;

use crate::error::CommandError;

/// How an id of a job looks.
const ID_LENGTH: usize = 32;

/// A job of a server, and what its address shows in order to see it.
pub(super) struct JobAddress {
    /// The server, which may be below a path.
    server: Url,
    id: String,
    key: Option<String>,
}

impl JobAddress {
    /// Takes the address of a job's page, or of its place in the API.
    pub(super) fn parse(typed: &str) -> Result<Self, CommandError> {
        let mut url = Url::parse(typed)
            .map_err(|error| CommandError::usage("the address is no URL").because(error))?;
        if url.password().is_some() || !url.username().is_empty() {
            let message = "an address with a user or a password is seen by every process here";
            return Err(CommandError::usage(message)
                .hint("leave it away, and set JCI_API_TOKEN if the server wants a token"));
        }
        let path: Vec<String> = url.path().split('/').map(str::to_owned).collect();
        let Some((before, id)) = split(&path) else {
            return Err(CommandError::usage(format!("{} is no address of a job", without_key(&url)))
                .hint("give that of its page, https://…/jobs/<id>, which the status of the commit links to"));
        };
        let key = url.query_pairs().find(|(name, _)| name == "key").map(|(_, key)| key.into());
        url.set_query(None);
        url.set_fragment(None);
        url.set_path(&before.join("/"));
        Ok(Self { server: url, id: id.to_owned(), key })
    }

    /// Returns the address of something about the job in the API of the server.
    pub(super) fn call(&self, what: &str, query: &[(&str, String)]) -> Url {
        let mut url = self.server.clone();
        let before = url.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("{before}/api/v1/jobs/{}{what}", self.id));
        let key = self.key.iter().map(|key| ("key", key.clone()));
        let query: Vec<_> = query.iter().cloned().chain(key).collect();
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        url
    }

    /// Returns the server's address, as it is told to people.
    pub(super) fn server(&self) -> &str {
        self.server.as_str().trim_end_matches('/')
    }

    /// Returns the server's address in the words of `git credential`, user included.
    pub(super) fn for_credentials(&self) -> String {
        let host = self.server.host_str().unwrap_or_default();
        let port = self.server.port().map(|port| format!(":{port}")).unwrap_or_default();
        let path = self.server.path().trim_matches('/');
        let path = if path.is_empty() { String::new() } else { format!("path={path}\n") };
        format!("protocol={}\nhost={host}{port}\n{path}username=jci\n", self.server.scheme())
    }

    /// Returns the server, without the key.
    pub(super) fn server_url(&self) -> &Url {
        &self.server
    }

    pub(super) fn has_key(&self) -> bool {
        self.key.is_some()
    }
}

/// Shows no key.
impl fmt::Display for JobAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/jobs/{}", self.server(), self.id)
    }
}

/// Parts a path into what stands before `jobs`, and the id behind it.
fn split(path: &[String]) -> Option<(&[String], &str)> {
    let at = path.iter().rposition(|segment| segment == "jobs")?;
    let id = path.get(at + 1)?;
    let hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    if id.len() != ID_LENGTH || !id.bytes().all(hex) {
        return None;
    }
    let before = &path[..at];
    let api = [String::from("api"), String::from("v1")];
    Some((before.strip_suffix(&api).unwrap_or(before), id))
}

fn without_key(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "018bcfe568000707a5a5a5a5a5a5a5a5";

    fn log(typed: &str) -> String {
        let address = JobAddress::parse(typed).ok().unwrap();
        address.call("/log", &[("offset", "7".to_owned())]).to_string()
    }

    #[test]
    fn the_page_and_the_api_lead_to_the_same_log() {
        let expected = format!("https://ci.example.org/api/v1/jobs/{ID}/log?offset=7");
        for typed in [
            format!("https://ci.example.org/jobs/{ID}"),
            format!("https://ci.example.org/jobs/{ID}/#L12"),
            format!("https://ci.example.org/api/v1/jobs/{ID}/log/events?offset=1"),
        ] {
            assert_eq!(log(&typed), expected, "{typed}");
        }
    }

    #[test]
    fn a_path_before_it_and_the_key_are_kept_and_the_key_is_not_told() {
        let address = JobAddress::parse(&format!("http://host:8080/ci/jobs/{ID}?key=a%2Bb#x"));
        let address = address.ok().unwrap();
        let call = address.call("/log", &[]);
        assert_eq!(call.as_str(), format!("http://host:8080/ci/api/v1/jobs/{ID}/log?key=a%2Bb"));
        assert_eq!(address.to_string(), format!("http://host:8080/ci/jobs/{ID}"));
        let expected = "protocol=http\nhost=host:8080\npath=ci\nusername=jci\n";
        assert_eq!(address.for_credentials(), expected);
    }

    #[test]
    fn what_is_no_job_is_refused() {
        for wrong in [
            "https://ci.example.org".to_owned(),
            "https://ci.example.org/jobs/".to_owned(),
            format!("https://ci.example.org/jobs/{}", ID.to_uppercase()),
            format!("https://ci.example.org/jobs/{ID}0"),
            format!("https://user:word@ci.example.org/jobs/{ID}"),
            "https://".to_owned(),
        ] {
            assert!(JobAddress::parse(&wrong).is_err(), "{wrong}");
        }
    }
}
