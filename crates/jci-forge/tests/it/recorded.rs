//! Webhooks that were recorded from real forges. They are not ours to publish, so that whoever has
//! some names the folder: one folder a forge, one file a body, named after its event.

use std::path::{Path, PathBuf};

use http::{HeaderMap, HeaderValue};
use jci_forge::webhook::{Event, Request, verify};
use jci_forge::{ForgeKind, WebhookSecret};
use ring::hmac;

const SECRET: &str = "s3cret";

/// Lists all files below a folder, sorted.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries =
        std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut files: Vec<_> =
        paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect();
    files.sort();
    files
}

/// Returns the event that a body was sent with, which only the header told.
fn event(forge: ForgeKind, name: &str) -> &'static str {
    let starts = |start: &str| name.starts_with(start);
    match forge {
        ForgeKind::GitLab if starts("tag_push") => "Tag Push Hook",
        ForgeKind::GitLab if starts("merge_request") => "Merge Request Hook",
        ForgeKind::GitLab => "Push Hook",
        _ if name.contains("_delete_event") => "delete",
        ForgeKind::Gitea | ForgeKind::Forgejo if starts("push") => "push",
        ForgeKind::Gitea | ForgeKind::Forgejo if name.contains("_delete") => "delete",
        _ => {
            let events = ["push", "pull_request", "check_run", "check_suite", "installation"];
            let known = events.into_iter().find(|event| starts(event));
            known.unwrap_or(if starts("ping") { "ping" } else { "create" })
        }
    }
}

fn headers(forge: ForgeKind, event: &str, body: &[u8]) -> HeaderMap {
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    let tag = hmac::sign(&key, body);
    let tag: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    let (vendor, id, signature) = match forge {
        ForgeKind::Gitea => ("x-gitea-event", "x-gitea-delivery", ("x-gitea-signature", tag)),
        ForgeKind::Forgejo => {
            ("x-forgejo-event", "x-forgejo-delivery", ("x-forgejo-signature", tag))
        }
        ForgeKind::GitHub => {
            let signature = ("x-hub-signature-256", format!("sha256={tag}"));
            ("x-github-event", "x-github-delivery", signature)
        }
        ForgeKind::GitLab => {
            ("x-gitlab-event", "x-gitlab-event-uuid", ("x-gitlab-token", SECRET.to_owned()))
        }
    };
    let mut headers = HeaderMap::new();
    headers.insert(vendor, HeaderValue::from_str(event).unwrap());
    headers.insert(id, HeaderValue::from_static("d-1"));
    headers.insert(signature.0, HeaderValue::from_str(&signature.1).unwrap());
    headers
}

/// Tells what was read, in a line without the names of those who recorded it.
fn read(forge: ForgeKind, file: &Path) -> String {
    let name = file.file_stem().unwrap().to_str().unwrap();
    let body = std::fs::read(file).unwrap();
    let headers = headers(forge, event(forge, name), &body);
    let now = jiff::Timestamp::UNIX_EPOCH;
    let request = Request { headers: &headers, body: &body, now };
    let verified = verify(forge, &request, &WebhookSecret::new(SECRET).unwrap()).unwrap();
    let delivery = verified.parse().unwrap_or_else(|error| panic!("{}: {error:?}", file.display()));
    let what = match delivery.event {
        Event::Push(push) => {
            let kind = if push.reference.tag().is_some() { "tag" } else { "branch" };
            let built = if push.commit().is_some() { "built" } else { "not built" };
            format!("{kind} {:?}, {built}", push.change())
        }
        Event::RefDeleted(_) => "a ref is gone".to_owned(),
        Event::PullRequest(pull) => format!("pull request {:?} {:?}", pull.action, pull.origin()),
        Event::Ping => "ping".to_owned(),
        Event::Installation(installation) => format!("installation {}", installation.action),
        other => format!("{other:?}"),
    };
    format!("{forge} {name}: {what}")
}

#[test]
#[ignore = "needs recorded webhooks: JCI_FORGE_PAYLOADS=<folder>"]
fn every_recorded_webhook_is_read() {
    let folder = std::env::var_os("JCI_FORGE_PAYLOADS");
    let folder = PathBuf::from(folder.expect("JCI_FORGE_PAYLOADS names a folder of webhooks"));
    let forges = [
        ("gitea", ForgeKind::Gitea),
        ("forgejo", ForgeKind::Forgejo),
        ("github", ForgeKind::GitHub),
        ("gitlab", ForgeKind::GitLab),
    ];
    let mut lines = Vec::new();
    for (name, forge) in forges {
        lines.extend(files(&folder.join(name)).iter().map(|file| read(forge, file)));
    }
    insta::assert_snapshot!(lines.join("\n"), @"
    Gitea branch_delete: a ref is gone
    Gitea push_tag_annotated: tag Created, built
    Gitea push_tag_delete: tag Deleted, not built
    Gitea pull_request_closed: pull request Closed { merged: false } SameRepository
    Gitea pull_request_opened: pull request Opened Unknown
    Gitea pull_request_opened_full: pull request Opened SameRepository
    Gitea pull_request_reopened: pull request Reopened SameRepository
    Gitea pull_request_synchronized: pull request Synchronized Unknown
    Gitea push: branch Updated, built
    Gitea push_new_branch: branch Created, built
    Gitea tag_create: Unknown
    Gitea tag_create_old_secret: Unknown
    Gitea tag_delete: a ref is gone
    Forgejo pull_request_opened: pull request Opened Unknown
    GitHub branch_delete_event: a ref is gone
    GitHub check_run_rerequested: Unknown
    GitHub check_suite_requested: Unknown
    GitHub installation_created: installation created
    GitHub ping: ping
    GitHub pull_request_opened: pull request Opened SameRepository
    GitHub pull_request_synchronize: pull request Synchronized SameRepository
    GitHub push: branch Updated, built
    GitHub push_branch_create: branch Created, built
    GitHub push_branch_delete: branch Deleted, not built
    GitHub push_tag: tag Created, built
    GitHub push_with_installation: tag Deleted, not built
    GitLab branch_create: branch Created, built
    GitLab branch_delete: branch Deleted, not built
    GitLab merge_request_open: pull request Opened SameRepository
    GitLab merge_request_update_push: pull request Synchronized SameRepository
    GitLab push: branch Updated, built
    GitLab tag_push: tag Created, built
    ");
}
