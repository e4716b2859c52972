//! What an address of git's smart HTTP asks for.

use std::fmt;

use http::{Method, Uri};
use jci_forge::RepoName;

use super::refusal::Refusal;

/// The program of git that is wanted on the other side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    /// `git-upload-pack`, which a fetch talks to.
    Fetch,
    /// `git-receive-pack`, which a push talks to.
    Push,
}

impl Service {
    /// Returns the name that git gives it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Fetch => "git-upload-pack",
            Self::Push => "git-receive-pack",
        }
    }

    /// Returns the type of a body that git sends to it.
    pub(crate) fn request_type(self) -> &'static str {
        match self {
            Self::Fetch => "application/x-git-upload-pack-request",
            Self::Push => "application/x-git-receive-pack-request",
        }
    }

    /// Returns the type of what it answers.
    pub(crate) fn result_type(self) -> &'static str {
        match self {
            Self::Fetch => "application/x-git-upload-pack-result",
            Self::Push => "application/x-git-receive-pack-result",
        }
    }

    /// Returns the type of its list of refs.
    pub(crate) fn advertisement_type(self) -> &'static str {
        match self {
            Self::Fetch => "application/x-git-upload-pack-advertisement",
            Self::Push => "application/x-git-receive-pack-advertisement",
        }
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One of the two requests that a fetch or a push consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// The list of refs is asked for.
    Discover,
    /// Objects are to be moved.
    Call,
}

/// What a request asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    /// Where.
    pub(crate) repository: RepoName,
    /// Of which program.
    pub(crate) service: Service,
    /// What of it.
    pub(crate) step: Step,
}

impl Asked {
    /// Reads method and address of a request.
    ///
    /// The path is compared as it came and nothing is decoded: no name of a repository needs `%`.
    ///
    /// # Errors
    ///
    /// Fails unless it is one of the four requests of smart HTTP.
    pub(crate) fn of(method: &Method, uri: &Uri) -> Result<Self, Refusal> {
        let path = uri.path().strip_prefix("/git/").ok_or(Refusal::NotGit)?;
        let (repository, file) = path
            .match_indices(".git/")
            .last()
            .map(|(at, mark)| (&path[..at], &path[at + mark.len()..]))
            .ok_or(Refusal::NotGit)?;
        let repository = RepoName::parse(repository).map_err(|_| Refusal::NotARepository)?;
        let (service, step) = match (file, uri.query()) {
            ("info/refs", Some("service=git-upload-pack")) => (Service::Fetch, Step::Discover),
            ("info/refs", Some("service=git-receive-pack")) => (Service::Push, Step::Discover),
            ("git-upload-pack", None) => (Service::Fetch, Step::Call),
            ("git-receive-pack", None) => (Service::Push, Step::Call),
            ("info/refs" | "HEAD", _) => return Err(Refusal::Dumb),
            (file, _) if file.starts_with("objects/") => return Err(Refusal::Dumb),
            _ => return Err(Refusal::NotGit),
        };
        let expected = match step {
            Step::Discover => Method::GET,
            Step::Call => Method::POST,
        };
        if *method != expected {
            return Err(Refusal::Method { expected });
        }
        Ok(Self { repository, service, step })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn asked(method: &Method, uri: &str) -> Result<Asked, String> {
        let uri: Uri = uri.parse().unwrap();
        Asked::of(method, &uri).map_err(|refusal| refusal.to_string())
    }

    #[test]
    fn the_four_requests_are_known() {
        let name = RepoName::parse("group/sub/site.git").unwrap();
        for (method, rest, service, step) in [
            (Method::GET, "info/refs?service=git-upload-pack", Service::Fetch, Step::Discover),
            (Method::GET, "info/refs?service=git-receive-pack", Service::Push, Step::Discover),
            (Method::POST, "git-upload-pack", Service::Fetch, Step::Call),
            (Method::POST, "git-receive-pack", Service::Push, Step::Call),
        ] {
            let asked = asked(&method, &format!("/git/group/sub/site.git.git/{rest}")).unwrap();
            assert_eq!(asked, Asked { repository: name.clone(), service, step });
        }
    }

    #[test]
    fn everything_else_is_refused() {
        let get = |uri: &str| asked(&Method::GET, uri).unwrap_err();
        for path in ["info/refs", "info/refs?service=git-upload-pack&x=1", "HEAD", "objects/info"] {
            assert_eq!(get(&format!("/git/o/r.git/{path}")), Refusal::Dumb.to_string(), "{path}");
        }
        for path in ["", "config", "git-upload-archive", "info/lfs/objects", "git-upload-pack/x"] {
            assert_eq!(get(&format!("/git/o/r.git/{path}")), Refusal::NotGit.to_string(), "{path}");
        }
        for name in
            ["r", "/o/r", "o//r", "../r", "o/..", "o/%2e%2e", "%2e%2e/o/r", "o/r%00", "o/-r"]
        {
            let path = format!("/git/{name}.git/info/refs?service=git-upload-pack");
            assert_eq!(get(&path), Refusal::NotARepository.to_string(), "{name}");
        }
        assert_eq!(get("/git/o/r/info/refs"), Refusal::NotGit.to_string());
        assert_eq!(
            get("/git/o/r.git/git-upload-pack"),
            Refusal::Method { expected: Method::POST }.to_string()
        );
    }

    proptest! {
        #[test]
        fn what_is_asked_for_is_a_plain_name(path in "[a-z%./?-]{0,40}") {
            let uri = format!("/git/{path}.git/git-upload-pack").parse::<Uri>();
            if let Ok(Ok(asked)) = uri.map(|uri| Asked::of(&Method::POST, &uri)) {
                let name = asked.repository.to_string();
                prop_assert!(!name.contains('%') && !name.contains("//"));
                prop_assert!(name.split('/').all(|part| part != ".." && part != "."));
            }
        }
    }
}
