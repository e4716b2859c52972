//! A repository on the forge that most tests begin with.

use jci_forge::{BaseUrl, Forge, ForgeKind, RepoHandle, RepoName, RetryPolicy, Token};
use jci_testkit::forge::{FakeForge, Flavour, ForgeRepo, Right};
use jci_testkit::{Finished, TestRepo};

/// A forge with `team/site`, and a work tree that pushes there as `ann`.
pub(crate) struct Site {
    pub(crate) forge: FakeForge,
    pub(crate) repository: ForgeRepo,
    pub(crate) work: TestRepo,
    pub(crate) token: String,
    /// The commit that the work tree begins with.
    pub(crate) first: String,
}

impl Site {
    /// A repository of Gitea to which `ann` may write.
    pub(crate) fn new() -> Self {
        Self::with(FakeForge::gitea(), Right::Write)
    }

    pub(crate) fn with(forge: FakeForge, right: Right) -> Self {
        let repository = forge.repository("team/site");
        let token = forge.token("ann", &["all"]);
        repository.grant("ann", right);
        let work = TestRepo::new();
        work.write("file", "content\n");
        let first = work.commit("first");
        work.git(&["remote", "add", "origin", &repository.url_with(&token)]);
        Self { forge, repository, work, token, first }
    }

    pub(crate) fn push(&self, refspecs: &[&str]) -> Finished {
        self.work.run("git", &[&["push", "--quiet", "origin"], refspecs].concat())
    }

    /// Returns our client, which tries once.
    pub(crate) fn client(&self, kind: ForgeKind) -> Forge {
        client(&self.forge, kind, &self.token)
    }

    pub(crate) fn handle(&self) -> RepoHandle {
        self.client(ForgeKind::Gitea).repository(&RepoName::parse("team/site").unwrap())
    }
}

pub(crate) fn client(forge: &FakeForge, kind: ForgeKind, token: &str) -> Forge {
    let policy = RetryPolicy { attempts: 1, ..RetryPolicy::default() };
    let base = BaseUrl::parse(&forge.url()).unwrap();
    let builder = Forge::builder(kind, base).token(Token::new(token).unwrap()).retry(policy);
    builder.build().unwrap()
}

/// Both forges that are stood in for, by the name that our client has for them.
pub(crate) const BOTH: [(Flavour, ForgeKind); 2] =
    [(Flavour::Gitea, ForgeKind::Gitea), (Flavour::Forgejo, ForgeKind::Forgejo)];
