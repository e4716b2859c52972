//! `team/site` on a forge that stands in for Gitea or Forgejo.

use std::sync::Arc;

use jci_forge::{BaseUrl, Forge, ForgeKind, Pace, RepoHandle, RepoName, Token};
use jci_testkit::TestRepo;
use jci_testkit::forge::{FakeForge, Flavour, ForgeRepo, Right};

use crate::pace::TestPace;

/// A repository with one commit, to which `ann` may write, and a clock that makes nobody wait.
pub(crate) struct Site {
    pub(crate) kind: ForgeKind,
    pub(crate) forge: FakeForge,
    pub(crate) repository: ForgeRepo,
    pub(crate) work: TestRepo,
    pub(crate) commit: String,
    pub(crate) token: String,
    pub(crate) pace: Arc<TestPace>,
}

impl Site {
    pub(crate) fn new(kind: ForgeKind) -> Self {
        let flavour = match kind {
            ForgeKind::Gitea => Flavour::Gitea,
            ForgeKind::Forgejo => Flavour::Forgejo,
            ForgeKind::GitHub | ForgeKind::GitLab => panic!("{kind} has a stand-in of its own"),
        };
        let forge = FakeForge::start(flavour);
        let repository = forge.repository("team/site");
        let token = forge.token("ann", &["all"]);
        repository.grant("ann", Right::Write);
        let work = TestRepo::new();
        let commit = work.commit("first");
        let pace = Arc::new(TestPace::default());
        let site = Self { kind, forge, repository, work, commit, token, pace };
        site.seed();
        site
    }

    /// Brings the work tree's commits to the forge.
    pub(crate) fn seed(&self) {
        self.repository.seed(&self.work);
    }

    pub(crate) fn client(&self) -> Forge {
        self.client_with(&self.token)
    }

    pub(crate) fn client_with(&self, token: &str) -> Forge {
        let builder = Forge::builder(self.kind, BaseUrl::parse(&self.forge.url()).unwrap())
            .token(Token::new(token).unwrap())
            .pace(Arc::clone(&self.pace) as Arc<dyn Pace>);
        builder.build().unwrap()
    }

    pub(crate) fn handle(&self) -> RepoHandle {
        self.client().repository(&RepoName::parse("team/site").unwrap())
    }

    /// Returns a repository that is not there.
    pub(crate) fn absent(&self) -> RepoHandle {
        self.client().repository(&RepoName::parse("team/other").unwrap())
    }
}
