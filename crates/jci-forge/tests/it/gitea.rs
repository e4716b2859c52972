//! Gitea and Forgejo, whole.

use jci_forge::{
    FilePath, ForgeKind, GitRef, RefPart, RepoName, Retry, State, StatusError, Token, UserId,
};
use url::Url;

use crate::stand_in::{ABSENT, BLOB, COMMIT, CRONTAB, HUGE, StandIn, id, status};

#[tokio::test]
async fn forge_and_token_are_asked_about() {
    let forge = StandIn::start(ForgeKind::Gitea).await;
    let client = forge.client();
    let version = client.version().send().await.unwrap().unwrap();
    assert_eq!((version.text.as_str(), version.is_forgejo()), ("1.26.3", false));
    client.check_token().send().await.unwrap();
    let user = client.current_user().send().await.unwrap();
    assert_eq!((user.id, user.login.as_deref()), (Some(UserId(3)), Some("ann")));

    let wrong = forge.client_with(|builder| builder.token(Token::new("wrong").unwrap()));
    let error = wrong.check_token().send().await.unwrap_err();
    assert_eq!((error.status(), error.retry()), (status(401), Retry::Never));
}

#[tokio::test]
async fn a_repository_is_described() {
    let forge = StandIn::start(ForgeKind::Forgejo).await;
    let found = forge.repository().get().send().await.unwrap();
    assert_eq!((found.id.0, found.name.to_string().as_str()), (6, "team/site"));
    assert_eq!(found.default_branch.as_deref(), Some("main"));
    assert!(found.permissions.unwrap().push);

    let other = forge.client().repository(&RepoName::parse("team/other").unwrap());
    assert_eq!(other.get().send().await.unwrap_err().status(), status(404));
}

#[tokio::test]
async fn statuses_are_set_with_words_that_the_forge_knows_and_listed_by_page() {
    let forge = StandIn::start(ForgeKind::Gitea).await;
    let (repository, commit) = (forge.repository(), id(COMMIT));
    let page = Url::parse("https://ci.example.org/jobs/1").unwrap();
    for number in 0..60 {
        let context = format!("jci/{number}");
        let status = repository.create_status(&commit, State::Running, &context);
        status.description(&"x".repeat(300)).target_url(&page).send().await.unwrap();
    }
    let mut pages = repository.statuses(&commit).pages();
    assert_eq!(pages.next().await.unwrap().unwrap().len(), 50);
    assert_eq!(pages.next().await.unwrap().unwrap().len(), 10);
    assert!(pages.next().await.is_none());

    let all = repository.statuses(&commit).pages().all().await.unwrap();
    assert_eq!((all.len(), all[0].context.as_str()), (60, "jci/59"));
    assert_eq!((all[0].state, all[0].word.as_str()), (Some(State::Pending), "pending"));
    assert_eq!(all[0].description.as_ref().unwrap().chars().count(), 255);
    assert_eq!(all[0].target_url.as_deref(), Some("https://ci.example.org/jobs/1"));
}

#[tokio::test]
async fn a_context_that_cannot_be_one_is_not_sent() {
    let forge = StandIn::start(ForgeKind::Gitea).await;
    let (repository, commit) = (forge.repository(), id(COMMIT));
    for context in ["", "a\nb", &"x".repeat(256)] {
        let error = repository.create_status(&commit, State::Success, context).send().await;
        assert!(matches!(error, Err(StatusError::Context { .. })));
    }
    assert!(forge.state().requests.is_empty());
}

#[tokio::test]
async fn an_unknown_commit_is_told_from_a_forge_that_is_ill() {
    for kind in [ForgeKind::Gitea, ForgeKind::Forgejo] {
        let forge = StandIn::start(kind).await;
        let (repository, commit) = (forge.repository(), id(ABSENT));
        let error = repository.create_status(&commit, State::Success, "jci").send().await;
        let error = error.unwrap_err();
        assert_eq!(error.to_string(), format!("the forge has no commit {ABSENT}"));
        assert_eq!(error.retry(), Retry::Never);
        assert_eq!(
            forge.state().requests.iter().filter(|line| line.starts_with("POST")).count(),
            1
        );
    }
}

#[tokio::test]
async fn refs_are_those_of_the_folder_and_no_others() {
    let forge = StandIn::start(ForgeKind::Gitea).await;
    let names = ["heads/main", "jci-runs/1", "jci-runs/1/a", "jci-runs/1/-b", "jci-runs/10/c"];
    let pairs = names.map(|name| (format!("refs/{name}"), COMMIT.to_owned()));
    forge.state().refs = pairs.into_iter().collect();
    let repository = forge.repository();
    let list = async |below: &str| {
        let below = RefPart::new(below).unwrap();
        let found = repository.refs(&below).send().await.unwrap();
        found.into_iter().map(|found| found.name.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(list("jci-runs/1").await, ["refs/jci-runs/1", "refs/jci-runs/1/a"]);
    assert_eq!(list("jci-runs/2").await, [""; 0]);
    let main = GitRef::parse("refs/heads/main").unwrap();
    assert_eq!(repository.resolve(&main).send().await.unwrap(), Some(id(COMMIT)));
    let part = GitRef::parse("refs/heads/mai").unwrap();
    assert_eq!(repository.resolve(&part).send().await.unwrap(), None);
}

#[tokio::test]
async fn no_refs_and_no_repository_are_not_the_same() {
    let forge = StandIn::start(ForgeKind::Gitea).await;
    let other = forge.client().repository(&RepoName::parse("team/other").unwrap());
    let below = RefPart::new("jci-runs").unwrap();
    let error = other.refs(&below).send().await.unwrap_err();
    assert!(matches!(error, jci_forge::RefsError::Request(error) if error.status() == status(404)));
    let path = FilePath::new(".jci/crontab").unwrap();
    let error = other.file(&id(COMMIT), &path).send().await.unwrap_err();
    assert_eq!(error.status(), status(404));
}

#[tokio::test]
async fn trees_are_read_to_their_end() {
    let forge = StandIn::start(ForgeKind::Gitea).await;
    for files in [0, 3, 1000, 2500] {
        forge.state().files = files;
        let commit = id(COMMIT);
        let repository = forge.repository();
        let all = repository.tree(&commit).recursive().pages().all().await.unwrap();
        assert_eq!(all.len(), files);
        assert!(all.last().is_none_or(|entry| entry.path == format!("f{}", files - 1)));
    }
}

#[tokio::test]
async fn contents_are_read_whole_or_not_at_all() {
    let forge = StandIn::start(ForgeKind::Gitea).await;
    let (repository, commit) = (forge.repository(), id(COMMIT));
    let blob = repository.blob(&id(BLOB)).send().await.unwrap();
    assert_eq!(blob, CRONTAB.as_bytes());
    let error = repository.blob(&id(HUGE)).send().await.unwrap_err();
    assert_eq!(
        error.failure.to_string(),
        "the answer is of no use: the blob is larger than the forge sends"
    );
    assert_eq!(repository.blob(&id(ABSENT)).send().await.unwrap_err().status(), status(400));

    let crontab = FilePath::new(".jci/crontab").unwrap();
    let file = repository.file(&commit, &crontab).send().await.unwrap();
    assert_eq!(file.unwrap(), CRONTAB.as_bytes());
    let other = FilePath::new("no/such file").unwrap();
    assert_eq!(repository.file(&commit, &other).send().await.unwrap(), None);
    assert!(forge.state().requests.iter().any(|line| line.contains("raw/no/such%20file?ref=1")));
}
