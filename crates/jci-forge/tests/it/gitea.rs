//! Gitea and Forgejo, whole.

use jci_forge::{FilePath, ForgeKind, GitRef, RefPart, RefsError, Retry, State, StatusError};
use url::Url;

use crate::site::Site;
use crate::stand_in::{id, status};

const BOTH: [ForgeKind; 2] = [ForgeKind::Gitea, ForgeKind::Forgejo];

fn absent() -> jci_forge::ObjectId {
    id(&"9".repeat(40))
}

#[tokio::test]
async fn forge_and_token_are_asked_about() {
    for kind in BOTH {
        let site = Site::new(kind);
        let client = site.client();
        let version = client.version().send().await.unwrap().unwrap();
        assert_eq!(version.is_forgejo(), kind == ForgeKind::Forgejo, "{version:?}");
        client.check_token().send().await.unwrap();
        let user = client.current_user().send().await.unwrap();
        assert_eq!((user.id.is_some(), user.login.as_deref()), (true, Some("ann")));

        site.forge.expect_refusals();
        let error = site.client_with("wrong").check_token().send().await.unwrap_err();
        assert_eq!((error.status(), error.retry()), (status(401), Retry::Never));
        let narrow = site.forge.token("ann", &["read:issue"]);
        let error = site.client_with(&narrow).check_token().send().await.unwrap_err();
        assert_eq!((error.status(), error.retry()), (status(403), Retry::Never));
    }
}

#[tokio::test]
async fn a_repository_is_described() {
    let site = Site::new(ForgeKind::Forgejo);
    let found = site.handle().get().send().await.unwrap();
    assert_eq!((found.id.0, found.name.to_string()), (site.repository.id(), "team/site".into()));
    assert_eq!(found.default_branch.as_deref(), Some("main"));
    assert_eq!((found.clone_url, found.archived), (site.repository.url(), false));
    let permissions = found.permissions.unwrap();
    assert_eq!((permissions.admin, permissions.push, permissions.pull), (false, true, true));
    assert_eq!(site.absent().get().send().await.unwrap_err().status(), status(404));
}

#[tokio::test]
async fn statuses_are_set_with_words_that_the_forge_knows_and_listed_by_page() {
    let site = Site::new(ForgeKind::Gitea);
    let (repository, commit) = (site.handle(), id(&site.commit));
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
    let site = Site::new(ForgeKind::Gitea);
    let (repository, commit) = (site.handle(), id(&site.commit));
    for context in ["", "a\nb", &"x".repeat(256)] {
        let error = repository.create_status(&commit, State::Success, context).send().await;
        assert!(matches!(error, Err(StatusError::Context { .. })));
    }
    assert!(site.forge.requests().is_empty());
}

#[tokio::test]
async fn an_unknown_commit_is_told_from_a_forge_that_is_ill() {
    for kind in BOTH {
        let site = Site::new(kind);
        let (repository, commit) = (site.handle(), absent());
        let error = repository.create_status(&commit, State::Success, "jci").send().await;
        let error = error.unwrap_err();
        assert_eq!(error.to_string(), format!("the forge has no commit {commit}"));
        assert_eq!(error.retry(), Retry::Never);
        let requests = site.forge.requests();
        assert_eq!(requests.iter().filter(|request| request.method == "POST").count(), 1);
    }
}

#[tokio::test]
async fn refs_are_those_of_the_folder_and_no_others() {
    let site = Site::new(ForgeKind::Gitea);
    let set = |name: &str| site.repository.git(&["update-ref", name, &site.commit]);
    let list = async |below: &str| {
        let below = RefPart::new(below).unwrap();
        let found = site.handle().refs(&below).send().await.unwrap();
        found.into_iter().map(|found| found.name.to_string()).collect::<Vec<_>>()
    };
    for name in ["refs/jci-runs/1/a", "refs/jci-runs/1/-b", "refs/jci-runs/10/c"] {
        set(name);
    }
    assert_eq!(list("jci-runs/1").await, ["refs/jci-runs/1/a"]);
    assert_eq!(list("jci-runs/1/a").await, ["refs/jci-runs/1/a"]);
    assert_eq!(list("jci-runs/2").await, [""; 0]);
    let main = GitRef::parse("refs/heads/main").unwrap();
    assert_eq!(site.handle().resolve(&main).send().await.unwrap(), Some(id(&site.commit)));
    let part = GitRef::parse("refs/heads/mai").unwrap();
    assert_eq!(site.handle().resolve(&part).send().await.unwrap(), None);
}

#[tokio::test]
async fn an_annotated_tag_leads_to_its_commit_and_a_commit_to_itself() {
    let site = Site::new(ForgeKind::Gitea);
    site.repository.git(&["tag", "-a", "-m", "one", "v1", &site.commit]);
    let tag = site.repository.git(&["rev-parse", "refs/tags/v1"]);
    assert_ne!(tag, site.commit);
    let commit = async |object: &str| site.handle().commit(&id(object)).send().await.unwrap();
    assert_eq!(commit(&tag).await, Some(id(&site.commit)));
    assert_eq!(commit(&site.commit).await, Some(id(&site.commit)));
    let tree = site.repository.git(&["rev-parse", &format!("{}^{{tree}}", site.commit)]);
    assert_eq!(commit(&tree).await, None);
    assert_eq!(commit(&"1".repeat(40)).await, None);
}

#[tokio::test]
async fn no_refs_and_no_repository_are_not_the_same() {
    let site = Site::new(ForgeKind::Gitea);
    let below = RefPart::new("jci-runs").unwrap();
    let error = site.absent().refs(&below).send().await.unwrap_err();
    assert!(matches!(error, RefsError::Request(error) if error.status() == status(404)));
    let path = FilePath::new(".jci/crontab").unwrap();
    let error = site.absent().file(&id(&site.commit), &path).send().await.unwrap_err();
    assert_eq!(error.status(), status(404));
}

#[tokio::test]
async fn trees_are_read_to_their_end() {
    let site = Site::new(ForgeKind::Gitea);
    let repository = site.handle();
    let mut written = 0;
    for files in [0, 3, 1000, 2500] {
        for number in written..files {
            site.work.write(&format!("f{number:04}"), "");
        }
        written = files;
        let commit = id(&site.work.commit("more"));
        site.seed();
        let all = repository.tree(&commit).recursive().pages().all().await.unwrap();
        assert_eq!(all.len(), files);
        assert!(all.last().is_none_or(|entry| entry.path == format!("f{:04}", files - 1)));
    }
}

#[tokio::test]
async fn contents_are_read_whole_or_not_at_all() {
    let site = Site::new(ForgeKind::Gitea);
    let crontab = "# every night\n0 3 * * * nightly and much more than a line\n";
    site.work.write(".jci/crontab", crontab);
    site.work.write("huge", vec![0; 10 * 1024 * 1024 + 1]);
    let commit = id(&site.work.commit("contents"));
    site.seed();
    let blob_of = |path: &str| id(&site.work.git(&["rev-parse", &format!("HEAD:{path}")]));
    let repository = site.handle();
    let blob = repository.blob(&blob_of(".jci/crontab")).send().await.unwrap();
    assert_eq!(blob, crontab.as_bytes());
    let error = repository.blob(&blob_of("huge")).send().await.unwrap_err();
    assert_eq!(
        error.failure.to_string(),
        "the answer is of no use: the blob is larger than the forge sends"
    );
    assert_eq!(repository.blob(&absent()).send().await.unwrap_err().status(), status(400));

    let path = FilePath::new(".jci/crontab").unwrap();
    let file = repository.file(&commit, &path).send().await.unwrap();
    assert_eq!(file.unwrap(), crontab.as_bytes());
    let other = FilePath::new("no/such file").unwrap();
    assert_eq!(repository.file(&commit, &other).send().await.unwrap(), None);
    let asked = format!("raw/no/such%20file?ref={commit}");
    assert!(site.forge.requests().iter().any(|request| request.path.contains(&asked)));
}
