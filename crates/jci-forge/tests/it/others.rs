//! GitHub and GitLab, as far as they go.

use jci_forge::{
    FilePath, ForgeKind, GitRef, HookId, InstallationId, KeyId, ManageError, RefPart, RefsError,
    RepoId, RepoName, State,
};

use crate::stand_in::{BLOB, COMMIT, CRONTAB, StandIn, id};

#[tokio::test]
async fn both_know_version_account_and_repository() {
    for (kind, version) in [(ForgeKind::GitHub, "3.19.0"), (ForgeKind::GitLab, "18.1.0")] {
        let forge = StandIn::start(kind).await;
        let client = forge.client();
        assert_eq!(client.version().send().await.unwrap().unwrap().text, version);
        client.check_token().send().await.unwrap();
        assert_eq!(client.current_user().send().await.unwrap().login.as_deref(), Some("ann"));
        let found = forge.repository().get().send().await.unwrap();
        assert_eq!((found.id.0, found.name.to_string().as_str()), (6, "team/site"));
        assert_eq!(found.permissions.is_some(), kind == ForgeKind::GitHub);
    }
}

#[tokio::test]
async fn statuses_have_the_words_of_each() {
    for (kind, words) in
        [(ForgeKind::GitHub, ["error", "pending"]), (ForgeKind::GitLab, ["canceled", "running"])]
    {
        let forge = StandIn::start(kind).await;
        let (repository, commit) = (forge.repository(), id(COMMIT));
        let long = "x".repeat(200);
        for state in [State::Running, State::Cancelled] {
            let status = repository.create_status(&commit, state, "jci");
            status.description(&long).send().await.unwrap();
        }
        let all = repository.statuses(&commit).pages().all().await.unwrap();
        assert_eq!(all.iter().map(|status| &status.word).collect::<Vec<_>>(), words);
        let longest = if kind == ForgeKind::GitHub { 140 } else { 200 };
        assert_eq!(all[0].description.as_ref().unwrap().chars().count(), longest);
    }
}

#[tokio::test]
async fn github_lists_refs_by_page() {
    let forge = StandIn::start(ForgeKind::GitHub).await;
    let name = |number| format!("refs/jci-runs/1/{number}");
    forge.state().refs = (0..250).map(|number| (name(number), COMMIT.to_owned())).collect();
    let below = RefPart::new("jci-runs/1").unwrap();
    assert_eq!(forge.repository().refs(&below).send().await.unwrap().len(), 250);
    let one = GitRef::parse("refs/jci-runs/1/24").unwrap();
    assert_eq!(forge.repository().resolve(&one).send().await.unwrap(), Some(id(COMMIT)));
}

#[tokio::test]
async fn gitlab_resolves_branches_and_tags_and_says_that_it_knows_no_more() {
    let forge = StandIn::start(ForgeKind::GitLab).await;
    let repository = forge.repository();
    let resolve = async |name: &str| {
        let name = GitRef::parse(name).unwrap();
        repository.resolve(&name).send().await
    };
    assert_eq!(resolve("refs/heads/topic/one").await.unwrap(), Some(id(COMMIT)));
    assert_eq!(resolve("refs/tags/v1").await.unwrap(), Some(id(BLOB)));
    assert_eq!(resolve("refs/heads/other").await.unwrap(), None);
    let error = resolve("refs/jci-runs/1/a").await.unwrap_err();
    assert!(matches!(error, RefsError::Unsupported { .. }));
    assert_eq!(
        error.to_string(),
        "the API of GitLab cannot list refs/jci-runs/1/a, only branches and tags"
    );
}

#[tokio::test]
async fn both_give_trees_and_contents() {
    for kind in [ForgeKind::GitHub, ForgeKind::GitLab] {
        let forge = StandIn::start(kind).await;
        let (repository, commit) = (forge.repository(), id(COMMIT));
        let tree = repository.tree(&commit).pages().all().await.unwrap();
        assert_eq!((tree.len(), tree[2].path.as_str()), (3, "f2"));
        assert_eq!(tree[0].sha, id(BLOB));
        let blob = repository.blob(&id(BLOB)).send().await.unwrap();
        assert_eq!(blob, CRONTAB.as_bytes());
        let path = FilePath::new(".jci/crontab").unwrap();
        let file = repository.file(&commit, &path).send().await.unwrap();
        assert_eq!(file.unwrap(), CRONTAB.as_bytes());
        let path = FilePath::new("other").unwrap();
        assert_eq!(repository.file(&commit, &path).send().await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_tree_that_github_cut_is_an_error() {
    let forge = StandIn::start(ForgeKind::GitHub).await;
    forge.state().files = 6;
    let error = forge.repository().tree(&id(COMMIT)).pages().all().await.unwrap_err();
    assert!(error.failure.to_string().contains("was cut"), "{error:?}");
}

#[tokio::test]
async fn tokens_are_made_narrow_described_and_ended_as_far_as_each_can() {
    let github = StandIn::start(ForgeKind::GitHub).await;
    let client = github.client();
    let repositories = [RepoId(6)];
    let made = client.create_installation_token(InstallationId(9), &repositories).send().await;
    let made = made.unwrap();
    assert_eq!(made.expires_at.to_string(), "2026-01-02T04:04:05Z");
    assert!(!format!("{made:?}").contains("narrow"));
    client.revoke_token().send().await.unwrap();
    let error = client.token().send().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the description of a token of GitHub cannot be reached by this library"
    );

    let gitlab = StandIn::start(ForgeKind::GitLab).await;
    let client = gitlab.client();
    let token = client.token().send().await.unwrap();
    assert_eq!((token.name.as_str(), &token.scopes[..]), ("ci", &["api".to_owned()][..]));
    client.revoke_token().send().await.unwrap();
    let made = client.create_installation_token(InstallationId(9), &repositories).send().await;
    assert!(matches!(made, Err(ManageError::Unsupported { .. })));
}

#[tokio::test]
async fn what_is_managed_elsewhere_only_is_said_to_be() {
    let forge = StandIn::start(ForgeKind::GitHub).await;
    let repository = forge.repository();
    let unsupported = [
        repository.hooks().pages().map(drop),
        repository.keys().pages().map(drop),
        repository.delete_hook(HookId(1)).send().await,
        repository.delete_key(KeyId(1)).send().await,
        repository.create_comment(1, "passed").send().await.map(drop),
    ];
    for result in unsupported {
        assert!(matches!(result, Err(ManageError::Unsupported { .. })), "{result:?}");
    }
    assert!(forge.state().requests.is_empty());
}

#[tokio::test]
#[should_panic(expected = "GET /api/v3/repos/team/unknown")]
async fn the_stand_in_names_what_it_does_not_know() {
    let forge = StandIn::start(ForgeKind::GitHub).await;
    let other = forge.client().repository(&RepoName::parse("team/unknown").unwrap());
    other.get().send().await.unwrap_err();
}
