use http::HeaderValue;
use proptest::prelude::*;

use super::*;

const SECRET: &str = "correct horse";

fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
    let value = |text: &str| HeaderValue::from_str(text).unwrap();
    let mut headers = HeaderMap::new();
    for (name, text) in pairs {
        headers.append(*name, value(text));
    }
    headers
}

fn now() -> Timestamp {
    Timestamp::from_second(1_700_000_000).unwrap()
}

fn check(
    forge: ForgeKind,
    headers: &HeaderMap,
    body: &[u8],
    secret: &str,
) -> Result<(), VerifyError> {
    let request = Request { headers, body, now: now() };
    verify(forge, &request, &WebhookSecret::new(secret).unwrap()).map(drop)
}

fn hex(key: &str, body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes());
    hmac::sign(&key, body).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn known_answers_are_accepted() {
    // The example of GitHub's documentation, and the same in the form of the others.
    let tag = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    let (body, secret) = (b"Hello, World!", "It's a Secret to Everybody");
    let full = format!("sha256={tag}");
    for (forge, header, value) in [
        (ForgeKind::GitHub, "x-hub-signature-256", full.as_str()),
        (ForgeKind::Gitea, "x-gitea-signature", tag),
        (ForgeKind::Forgejo, "x-forgejo-signature", tag),
        (ForgeKind::Forgejo, "x-gitea-signature", tag),
    ] {
        check(forge, &headers(&[(header, value)]), body, secret).unwrap();
        let upper = headers(&[(header, &value.replace(tag, &tag.to_uppercase()))]);
        check(forge, &upper, body, secret).unwrap();
        let header_of = headers(&[(header, value)]);
        let other = check(forge, &header_of, b"Hello, World?", secret);
        assert_eq!(other, Err(VerifyError::Mismatch { header }));
        let other = check(forge, &header_of, body, "It's a Secret to Nobody");
        assert_eq!(other, Err(VerifyError::Mismatch { header }));
    }
}

#[test]
fn empty_signatures_are_none() {
    // What Gitea sends where no secret is set.
    let sent = headers(&[("x-gitea-signature", ""), ("x-hub-signature-256", "sha256=")]);
    let header = "x-gitea-signature";
    assert_eq!(
        check(ForgeKind::Gitea, &sent, b"{}", SECRET),
        Err(VerifyError::Malformed { header })
    );
    let header = "x-hub-signature-256";
    assert_eq!(
        check(ForgeKind::GitHub, &sent, b"{}", SECRET),
        Err(VerifyError::Malformed { header })
    );
    let sent = headers(&[("x-gitlab-token", "")]);
    let header = "x-gitlab-token";
    assert_eq!(
        check(ForgeKind::GitLab, &sent, b"{}", SECRET),
        Err(VerifyError::Malformed { header })
    );
}

#[test]
fn missing_and_repeated_headers_are_refused() {
    for (forge, header) in [
        (ForgeKind::Gitea, "x-gitea-signature"),
        (ForgeKind::Forgejo, "x-gitea-signature"),
        (ForgeKind::GitHub, "x-hub-signature-256"),
        (ForgeKind::GitLab, "x-gitlab-token"),
    ] {
        let found = check(forge, &headers(&[]), b"{}", SECRET);
        assert_eq!(found, Err(VerifyError::Missing { header }));
        let twice = headers(&[(header, SECRET), (header, SECRET)]);
        assert_eq!(check(forge, &twice, b"{}", SECRET), Err(VerifyError::Repeated { header }));
    }
}

#[test]
fn gitlab_sends_the_secret_itself() {
    let header = "x-gitlab-token";
    check(ForgeKind::GitLab, &headers(&[(header, SECRET)]), b"{}", SECRET).unwrap();
    for wrong in ["correct hors", "correct horses", "Correct horse"] {
        let found = check(ForgeKind::GitLab, &headers(&[(header, wrong)]), b"{}", SECRET);
        assert_eq!(found, Err(VerifyError::Mismatch { header }));
    }
}

/// Signs as the Standard Webhooks say, for the time that is given in seconds.
fn standard(time: &str, body: &[u8]) -> HeaderMap {
    let signed = [b"msg_1.", time.as_bytes(), b".", body].concat();
    let key = hmac::Key::new(hmac::HMAC_SHA256, b"a key of GitLab's");
    let tag = BASE64_STANDARD.encode(hmac::sign(&key, &signed));
    headers(&[
        ("webhook-id", "msg_1"),
        ("webhook-timestamp", time),
        ("webhook-signature", &format!("v1a,AAAA v1,AAAA v1,{tag}")),
    ])
}

fn standard_secret() -> String {
    format!("whsec_{}", BASE64_STANDARD.encode("a key of GitLab's"))
}

#[test]
fn gitlab_signs_as_the_standard_webhooks() {
    let secret = standard_secret();
    let check = |headers: &HeaderMap, body: &[u8]| check(ForgeKind::GitLab, headers, body, &secret);
    for time in ["1700000000", "1699999701", "1700000299"] {
        check(&standard(time, b"{}"), b"{}").unwrap();
    }
    let header = "webhook-signature";
    let mismatch = Err(VerifyError::Mismatch { header });
    assert_eq!(check(&standard("1700000000", b"{}"), b"{ }"), mismatch);
    let mut moved = standard("1600000000", b"{}");
    moved.insert("webhook-timestamp", HeaderValue::from_static("1700000000"));
    assert_eq!(check(&moved, b"{}"), mismatch);
    for time in ["1699999699", "1700000301"] {
        let found = check(&standard(time, b"{}"), b"{}");
        assert!(matches!(found, Err(VerifyError::Stale { .. })), "{found:?}");
    }
    for time in ["", "soon", "99999999999999999999"] {
        let found = check(&standard(time, b"{}"), b"{}");
        assert_eq!(found, Err(VerifyError::Malformed { header: "webhook-timestamp" }));
    }
    // The token alone is not enough once there is a key.
    let token = headers(&[("x-gitlab-token", &secret)]);
    assert_eq!(check(&token, b"{}"), Err(VerifyError::Missing { header }));
}

#[test]
fn a_key_that_is_no_base64_is_named_as_such() {
    for secret in ["whsec_", "whsec_!!"] {
        let sent = standard("1700000000", b"{}");
        assert_eq!(check(ForgeKind::GitLab, &sent, b"{}", secret), Err(VerifyError::Secret));
    }
}

#[test]
fn gitea_signs_the_json_of_a_form_and_github_the_form() {
    let json = br#"{"a": "b+c & d"}"#;
    let form = b"payload=%7B%22a%22%3A+%22b%2Bc+%26+d%22%7D";
    let kind = ("content-type", "application/x-www-form-urlencoded; charset=utf-8");
    let sent = headers(&[kind, ("x-gitea-signature", &hex(SECRET, json))]);
    let secret = WebhookSecret::new(SECRET).unwrap();
    let request = Request { headers: &sent, body: form, now: now() };
    assert_eq!(&*verify(ForgeKind::Gitea, &request, &secret).unwrap().json, json);

    let tag = format!("sha256={}", hex(SECRET, form));
    let sent = headers(&[kind, ("x-hub-signature-256", &tag)]);
    let request = Request { headers: &sent, body: form, now: now() };
    assert_eq!(&*verify(ForgeKind::GitHub, &request, &secret).unwrap().json, json);

    let found = check(ForgeKind::Gitea, &headers(&[kind]), b"other=1", SECRET);
    assert_eq!(found, Err(VerifyError::Form));
}

#[test]
fn a_body_without_end_is_refused_before_it_is_hashed() {
    let body = vec![b' '; MAX_BODY + 1];
    let found = check(ForgeKind::Gitea, &headers(&[]), &body, SECRET);
    assert_eq!(found, Err(VerifyError::TooLarge { size: MAX_BODY + 1 }));
}

proptest! {
    #[test]
    fn no_header_passes_or_panics_that_is_not_the_signature(
        value in proptest::collection::vec(32_u8..127, 0..80),
        body in proptest::collection::vec(any::<u8>(), 0..40),
    ) {
        let mut sent = HeaderMap::new();
        let value = HeaderValue::from_bytes(&value).unwrap();
        let all = ["x-gitea-signature", "x-hub-signature-256", "x-gitlab-token"];
        for name in all.into_iter().chain(["webhook-id", "webhook-timestamp", "webhook-signature"]) {
            sent.insert(name, value.clone());
        }
        for forge in [ForgeKind::Gitea, ForgeKind::Forgejo, ForgeKind::GitHub, ForgeKind::GitLab] {
            check(forge, &sent, &body, SECRET).unwrap_err();
        }
        check(ForgeKind::GitLab, &sent, &body, &standard_secret()).unwrap_err();
    }

    #[test]
    fn a_signature_holds_for_its_own_bytes_only(
        body in proptest::collection::vec(any::<u8>(), 1..60),
        place in any::<prop::sample::Index>(),
        change in 1_u8..,
    ) {
        let sent = headers(&[("x-gitea-signature", &hex(SECRET, &body))]);
        check(ForgeKind::Gitea, &sent, &body, SECRET).unwrap();
        let mut changed = body.clone();
        changed[place.index(body.len())] ^= change;
        check(ForgeKind::Gitea, &sent, &changed, SECRET).unwrap_err();
    }
}
