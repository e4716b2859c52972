//! A forge that is slow, ill, gone or somebody else.

use std::time::Duration;

use jci_forge::{BaseUrl, Failure, Forge, ForgeKind, RequestError, Retry, State};
use jci_testkit::forge::{self, Family, Which};

use crate::site::Site;
use crate::stand_in::{Fault, StandIn, TOKEN, id, status};

const BUSY: Fault = Fault::Answer(503, &[], "");

async fn version(forge: &StandIn) -> Result<(), RequestError> {
    forge.client().version().send().await.map(drop)
}

fn seconds(list: &[f64]) -> Vec<Duration> {
    list.iter().copied().map(Duration::from_secs_f64).collect()
}

#[tokio::test]
async fn what_passes_is_waited_for_longer_each_time() {
    let forge = StandIn::start(ForgeKind::GitHub).await;
    forge.fail_next([Fault::Half, Fault::Answer(500, &[], ""), BUSY]);
    version(&forge).await.unwrap();
    assert_eq!(forge.pace.waits(), seconds(&[0.5, 1.0, 2.0]));
}

#[tokio::test]
async fn a_limit_is_waited_for_as_long_as_it_says() {
    let forge = StandIn::start(ForgeKind::GitHub).await;
    let date = &[("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT")];
    forge
        .fail_next([Fault::Answer(429, &[("retry-after", "3")], ""), Fault::Answer(429, date, "")]);
    version(&forge).await.unwrap();
    assert_eq!(forge.pace.waits(), seconds(&[3.0, 7.0]));
}

#[tokio::test]
async fn a_limit_that_is_too_long_is_the_callers() {
    let forge = StandIn::start(ForgeKind::GitHub).await;
    forge.fail_next([Fault::Answer(403, &[("retry-after", "3600")], "")]);
    let error = version(&forge).await.unwrap_err();
    assert_eq!(error.retry(), Retry::After(Duration::from_secs(3600)));
    assert!(forge.pace.waits().is_empty());
}

#[tokio::test]
async fn an_outage_ends_after_the_last_attempt() {
    let forge = StandIn::start(ForgeKind::GitHub).await;
    forge.fail_next(vec![BUSY; 4]);
    let error = version(&forge).await.unwrap_err();
    assert_eq!((error.status(), error.retry()), (status(503), Retry::Backoff));
    assert_eq!(forge.state().requests.len(), 4);
}

#[tokio::test]
async fn a_forge_that_is_not_there_is_tried_again() {
    let forge = StandIn::start(ForgeKind::GitHub).await;
    // A port that was free a moment ago, and that nobody listens on.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let base = BaseUrl::parse(&format!("http://{free}")).unwrap();
    let client = Forge::builder(ForgeKind::Gitea, base).pace(forge.pace.clone()).build().unwrap();
    let error = client.version().send().await.unwrap_err();
    assert!(matches!(*error.failure, Failure::Connect { .. }), "{error:?}");
    assert_eq!((error.retry(), forge.pace.waits().len()), (Retry::Backoff, 3));
}

#[tokio::test]
async fn an_html_page_keeps_its_status() {
    let forge = StandIn::start(ForgeKind::GitHub).await;
    let headers = &[("content-type", "text/html; charset=utf-8"), ("x-request-id", "r-1")];
    forge.fail_next([Fault::Answer(404, headers, "<html><h1>{\"message\": 1}</h1></html>")]);
    let error = version(&forge).await.unwrap_err();
    assert_eq!(error.to_string(), "GET /api/v3/meta failed");
    assert_eq!(
        error.failure.to_string(),
        "the forge answered 404 Not Found with an HTML page, which may be a proxy's (request r-1)"
    );
}

#[tokio::test]
async fn what_the_forge_says_is_kept_and_fits_a_line() {
    let forge = StandIn::start(ForgeKind::GitHub).await;
    forge.fail_next([
        Fault::Answer(422, &[], "{\"message\": \"no\\nway\\u001b[2J\", \"url\": \"x\"}"),
        Fault::Answer(400, &[], "{\"message\": {\"ref\": [\"is missing\"]}}"),
        Fault::Answer(403, &[], "{\"message\": \"\"}"),
    ]);
    let mut said = Vec::new();
    for _ in 0..3 {
        said.push(version(&forge).await.unwrap_err().failure.to_string());
    }
    assert_eq!(
        said,
        [
            "the forge answered 422 Unprocessable Entity: no way [2J",
            "the forge answered 400 Bad Request: {\"ref\":[\"is missing\"]}",
            "the forge answered 403 Forbidden",
        ]
    );
}

#[tokio::test]
async fn an_answer_that_is_not_what_it_should_be_is_named_by_its_path() {
    let forge = StandIn::start(ForgeKind::GitHub).await;
    forge.fail_next([Fault::Answer(200, &[], "{\"id\": 6, \"full_name\": \"a/../b\"}")]);
    let error = forge.repository().get().send().await.unwrap_err();
    let Failure::Decode { path, .. } = &*error.failure else { panic!("{error:?}") };
    assert_eq!((path.as_str(), error.retry()), ("full_name", Retry::Never));
}

#[tokio::test]
async fn no_redirect_is_followed() {
    let forge = StandIn::start(ForgeKind::GitHub).await;
    let headers = &[("location", "http://elsewhere.invalid/?token=x")];
    forge.fail_next([Fault::Answer(302, headers, "")]);
    let error = version(&forge).await.unwrap_err();
    assert_eq!(
        error.failure.to_string(),
        "the forge answered 302 Found, a redirect to elsewhere.invalid that is not followed"
    );
    assert_eq!(forge.state().requests.len(), 1);
}

#[tokio::test]
async fn an_answer_without_end_is_cut_off() {
    let forge = StandIn::start(ForgeKind::GitHub).await;
    forge.fail_next([Fault::Endless]);
    let client = forge.client_with(|builder| builder.body_limit(100_000));
    let error = client.version().send().await.unwrap_err();
    assert!(matches!(*error.failure, Failure::TooLarge { limit: 100_000 }), "{error:?}");
}

#[tokio::test]
async fn a_forge_that_says_nothing_is_given_up() {
    let forge = StandIn::start(ForgeKind::GitHub).await;
    let client = forge.client();
    // The connection is there before the clock stands still; from then on, time passes only
    // while everybody waits, and it passes at once.
    client.version().send().await.unwrap();
    forge.fail_next(vec![Fault::Silence; 4]);
    tokio::time::pause();
    let error = client.version().send().await.unwrap_err();
    assert!(matches!(*error.failure, Failure::Timeout), "{error:?}");
    assert_eq!(error.retry(), Retry::Backoff);
    forge.state().faults.clear();
}

#[tokio::test]
async fn a_status_is_sent_again_only_where_that_helps() {
    let site = Site::new(ForgeKind::Gitea);
    let (repository, commit) = (site.handle(), id(&site.commit));
    let send = async || repository.create_status(&commit, State::Success, "jci").send().await;
    site.forge.fail_next(1, Family::Api, forge::Fault::BadGateway);
    site.forge.fail_next(1, Family::Api, forge::Fault::Lost);
    send().await.unwrap();
    // The answer that was lost was one to a status that was set: so it is there twice.
    assert_eq!((site.repository.statuses(&site.commit).len(), site.pace.waits().len()), (2, 2));

    // The commit is there, so that 500 is no answer to it: later, but not now.
    let posts = Which::all(Family::Api).method("POST");
    site.forge.fail_next(1, posts, forge::Fault::Internal);
    assert_eq!(send().await.unwrap_err().retry(), Retry::Backoff);
    assert_eq!(site.pace.waits().len(), 2);
}

#[tokio::test]
async fn no_error_and_no_debug_output_shows_the_token() {
    let forge = StandIn::start(ForgeKind::GitHub).await;
    forge.fail_next([Fault::Answer(401, &[], "{\"message\": \"bad token\"}")]);
    let error = version(&forge).await.unwrap_err();
    for text in [format!("{error:?} {error} {}", error.failure), format!("{:?}", forge.client())] {
        assert!(!text.contains(TOKEN) && !text.is_empty(), "{text}");
    }
}
