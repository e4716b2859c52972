//! Webhooks, keys, comments and tokens of Gitea and Forgejo.

use futures_util::{StreamExt as _, TryStreamExt as _};
use jci_forge::{ForgeKind, KeyId, ManageError, Retry, WebhookSecret};
use jci_testkit::forge::{Family, Fault, Right, Which};
use url::Url;

use crate::site::Site;
use crate::stand_in::status;

/// A site whose token may change the settings of the repository.
fn site(kind: ForgeKind) -> Site {
    let site = Site::new(kind);
    site.repository.grant("ann", Right::Admin);
    site
}

fn key(number: u8) -> String {
    // The start of every ed25519 key, and then what tells them apart.
    let tail = char::from(b'A' + number).to_string().repeat(43);
    format!("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{tail}")
}

#[tokio::test]
async fn a_webhook_is_awake_and_told_of_all_that_is_read() {
    for kind in [ForgeKind::Gitea, ForgeKind::Forgejo] {
        let site = site(kind);
        let repository = site.handle();
        let url = Url::parse("http://127.0.0.1:1/webhook/gitea").unwrap();
        let secret = WebhookSecret::new("s3cret").unwrap();
        let made = repository.create_hook(&url, &secret).send().await.unwrap();
        assert!(made.active);
        assert_eq!(made.events, ["push", "delete", "pull_request"]);
        let listed = repository.hooks().pages().unwrap().all().await.unwrap();
        assert_eq!(listed.iter().collect::<Vec<_>>(), [&made]);
        assert_eq!(made.url.as_deref(), Some(url.as_str()));

        // What is not there is removed already.
        for _ in 0..2 {
            repository.delete_hook(made.id).send().await.unwrap();
        }
        assert!(repository.hooks().pages().unwrap().all().await.unwrap().is_empty());
        let error = site.absent().delete_hook(made.id).send().await.unwrap_err();
        assert!(matches!(error, ManageError::Request(error) if error.status() == status(404)));
    }
}

#[tokio::test]
async fn what_makes_something_new_is_sent_once() {
    let site = site(ForgeKind::Gitea);
    let repository = site.handle();
    let url = Url::parse("http://127.0.0.1:1/").unwrap();
    let secret = WebhookSecret::new("s3cret").unwrap();
    site.forge.fail_next(1, Which::all(Family::Api).method("POST"), Fault::Lost);
    let error = repository.create_hook(&url, &secret).events(&["push"]).send().await.unwrap_err();
    assert_eq!((error.retry(), site.pace.waits().len()), (Retry::Backoff, 0));
    // It was made all the same, and a second try would have made another.
    assert_eq!(repository.hooks().pages().unwrap().all().await.unwrap().len(), 1);
}

#[tokio::test]
async fn webhooks_need_an_administrator() {
    let site = Site::new(ForgeKind::Gitea);
    site.forge.expect_refusals();
    let error = site.handle().hooks().pages().unwrap().all().await.unwrap_err();
    assert_eq!((error.status(), error.retry()), (status(403), Retry::Never));
}

#[tokio::test]
async fn keys_only_read_unless_told_otherwise() {
    let site = site(ForgeKind::Gitea);
    let repository = site.handle();
    let job = repository.create_key("job", &key(0)).send().await.unwrap();
    let push = repository.create_key("push", &key(1)).writable().send().await.unwrap();
    assert_eq!((job.read_only, push.read_only), (true, false));
    assert_eq!(repository.keys().pages().unwrap().all().await.unwrap(), [job.clone(), push]);
    let error = repository.create_key("other", &key(0)).send().await.unwrap_err();
    assert!(matches!(error, ManageError::Request(error) if error.status() == status(422)));
    for _ in 0..2 {
        repository.delete_key(job.id).send().await.unwrap();
    }
    repository.delete_key(KeyId(9999)).send().await.unwrap();
    assert_eq!(site.repository.deploy_keys().len(), 1);
}

#[tokio::test]
async fn pages_are_a_stream_that_reads_no_further_than_it_is_asked() {
    let site = site(ForgeKind::Gitea);
    let url = Url::parse("http://127.0.0.1:1/").unwrap();
    let secret = WebhookSecret::new("s3cret").unwrap();
    for _ in 0..60 {
        site.handle().create_hook(&url, &secret).send().await.unwrap();
    }
    let before = site.forge.requests().len();
    let repository = site.handle();
    let items = repository.hooks().pages().unwrap().items();
    let some: Vec<_> = items.take(50).try_collect().await.unwrap();
    assert_eq!((some.len(), site.forge.requests().len() - before), (50, 1));
    let items = repository.hooks().pages().unwrap().items();
    let all: Vec<_> = items.map_ok(|hook| hook.id).try_collect().await.unwrap();
    assert_eq!((all.len(), site.forge.requests().len() - before), (60, 3));

    site.forge.expect_refusals();
    let wrong = site.client_with("wrong");
    let name = jci_forge::RepoName::parse("team/site").unwrap();
    let mut items = Box::pin(wrong.repository(&name).hooks().pages().unwrap().items());
    assert_eq!(items.next().await.unwrap().unwrap_err().status(), status(401));
    assert!(items.next().await.is_none());
}

#[tokio::test]
async fn comments_need_a_scope_of_their_own_and_something_to_comment_on() {
    let site = Site::new(ForgeKind::Gitea);
    site.repository.git(&["update-ref", "refs/heads/topic", &site.commit]);
    let number = site.repository.open_pull("ann", &site.repository, "topic", "main");
    let repository = site.handle();
    repository.create_comment(number, "it passed").send().await.unwrap();
    assert_eq!(site.repository.comments(number), ["it passed"]);

    site.forge.expect_refusals();
    let narrow = site.client_with(&site.forge.token("ann", &["write:repository"]));
    let name = jci_forge::RepoName::parse("team/site").unwrap();
    let narrow = narrow.repository(&name);
    for (error, code) in [
        (narrow.create_comment(number, "x").send().await.unwrap_err(), 403),
        (repository.create_comment(7, "x").send().await.unwrap_err(), 500),
    ] {
        let ManageError::Request(error) = error else { panic!("{error:?}") };
        assert_eq!(error.status(), status(code));
    }
}

#[tokio::test]
async fn a_token_says_what_it_may_and_ends_itself() {
    let site = Site::new(ForgeKind::Gitea);
    site.forge.expect_refusals();
    let client = site.client_with(&site.forge.token("ann", &["read:repository", "write:issue"]));
    let token = client.token().send().await.unwrap();
    assert_eq!(token.scopes, ["read:repository", "write:issue"]);
    client.revoke_token().send().await.unwrap();
    let error = client.check_token().send().await.unwrap_err();
    assert_eq!(error.status(), status(401));

    let forgejo = Site::new(ForgeKind::Forgejo);
    let error = forgejo.client().revoke_token().send().await.unwrap_err();
    assert!(matches!(error, ManageError::Unsupported { .. }), "{error:?}");
    assert_eq!(forgejo.forge.requests().len(), 0);
}
