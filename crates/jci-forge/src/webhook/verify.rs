//! Whether a webhook comes from who knows the secret, before anything of it is read.

use std::borrow::Cow;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::HeaderMap;
use jiff::{SignedDuration, Timestamp};
use percent_encoding::percent_decode;
use ring::hmac;

use super::{Delivery, ParseError, parse};
use crate::ids::ForgeKind;
use crate::secret::WebhookSecret;

/// How large a body may be: the forges send none beyond 25 MB.
pub const MAX_BODY: usize = 25 * 1024 * 1024;

/// How far the clock of GitLab may be from ours, as the Standard Webhooks advise.
const TOLERANCE: SignedDuration = SignedDuration::from_mins(5);

/// Fails because a webhook is not from who it says, or cannot be shown to be.
///
/// The answer is the same for all: a 4xx that says no more than that the signature is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// The body is larger than any forge sends.
    #[error("the body of {size} bytes is larger than {MAX_BODY}")]
    TooLarge {
        /// The size of the body in bytes.
        size: usize,
    },
    /// No header carries a signature; perhaps no secret is set at the forge.
    #[error("the header {header} is missing")]
    Missing {
        /// The header that was looked for.
        header: &'static str,
    },
    /// The header is there, but nothing in it can be a signature.
    #[error("the header {header} holds no signature")]
    Malformed {
        /// The header.
        header: &'static str,
    },
    /// The header is there more than once.
    #[error("the header {header} is there more than once")]
    Repeated {
        /// The header.
        header: &'static str,
    },
    /// The signature is that of another body or another secret.
    #[error("the signature in {header} does not fit the body and the secret")]
    Mismatch {
        /// The header.
        header: &'static str,
    },
    /// The webhook was signed too long ago, or in the future: it may be a replay.
    #[error("the webhook was signed at {signed_at}, which is too far from now")]
    Stale {
        /// When it says it was signed.
        signed_at: Timestamp,
    },
    /// The secret begins with `whsec_`, but what follows is not base64.
    #[error("the secret is no Standard Webhooks key: base64 must follow whsec_")]
    Secret,
    /// The body says that it is a form, but it has no field `payload`.
    #[error("the body is a form without a field payload")]
    Form,
}

/// A webhook as it came in.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The headers.
    pub headers: &'a HeaderMap,
    /// The body, byte for byte: a signature holds for these bytes and no others.
    pub body: &'a [u8],
    /// The time now, against replays of what GitLab signed.
    pub now: Timestamp,
}

/// A webhook whose signature fits, the only thing that can be parsed.
#[derive(Clone, Debug)]
#[must_use = "a verified webhook is there to be parsed"]
pub struct Verified<'a> {
    forge: ForgeKind,
    headers: &'a HeaderMap,
    json: Cow<'a, [u8]>,
}

impl Verified<'_> {
    /// Reads the event.
    ///
    /// # Errors
    ///
    /// Fails with the JSON path of what is not as it should be. An event of an unknown name is no
    /// failure, see [`Event::Unknown`](super::Event::Unknown).
    pub fn parse(&self) -> Result<Delivery, ParseError> {
        parse(self.forge, self.headers, &self.json)
    }
}

/// Checks that a webhook is signed with the secret.
///
/// Signatures and secrets are compared in constant time. Gitea and Forgejo sign the JSON, also
/// where they send it as a form; GitHub signs the whole body. For GitLab a secret that begins with
/// `whsec_` asks for a signature as of the Standard Webhooks, any other for itself in
/// `X-Gitlab-Token`.
///
/// # Errors
///
/// Fails if the signature is missing, empty, repeated, old or wrong.
pub fn verify<'a>(
    forge: ForgeKind,
    request: &Request<'a>,
    secret: &WebhookSecret,
) -> Result<Verified<'a>, VerifyError> {
    let Request { headers, body, .. } = *request;
    if body.len() > MAX_BODY {
        return Err(VerifyError::TooLarge { size: body.len() });
    }
    let json = if is_form(headers) { form_payload(body)? } else { Cow::Borrowed(body) };
    match forge {
        ForgeKind::Gitea => check_hex(headers, "x-gitea-signature", "", &json, secret)?,
        ForgeKind::Forgejo => {
            // Older ones send the header of Gitea alone.
            let new = headers.contains_key("x-forgejo-signature");
            let header = if new { "x-forgejo-signature" } else { "x-gitea-signature" };
            check_hex(headers, header, "", &json, secret)?;
        }
        ForgeKind::GitHub => {
            check_hex(headers, "x-hub-signature-256", "sha256=", body, secret)?;
        }
        ForgeKind::GitLab => match secret.expose().strip_prefix("whsec_") {
            Some(key) => check_standard(request, key)?,
            None => check_token(headers, secret)?,
        },
    }
    Ok(Verified { forge, headers, json })
}

fn is_form(headers: &HeaderMap) -> bool {
    let value = headers.get(http::header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media_type = value.and_then(|value| value.split(';').next()).unwrap_or_default();
    media_type.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

fn form_payload(body: &[u8]) -> Result<Cow<'static, [u8]>, VerifyError> {
    let mut fields = body.split(|byte| *byte == b'&');
    let payload = fields.find_map(|field| field.strip_prefix(b"payload="));
    let payload = payload.ok_or(VerifyError::Form)?;
    let spaced: Vec<u8> =
        payload.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    Ok(Cow::Owned(percent_decode(&spaced).collect()))
}

/// Returns the one value of a header: two would let a proxy check one and us the other.
fn single<'a>(headers: &'a HeaderMap, header: &'static str) -> Result<&'a [u8], VerifyError> {
    let mut values = headers.get_all(header).iter();
    let value = values.next().ok_or(VerifyError::Missing { header })?;
    if values.next().is_some() {
        return Err(VerifyError::Repeated { header });
    }
    Ok(value.as_bytes())
}

fn check_hex(
    headers: &HeaderMap,
    header: &'static str,
    prefix: &str,
    signed: &[u8],
    secret: &WebhookSecret,
) -> Result<(), VerifyError> {
    let value = single(headers, header)?;
    let digits = value.strip_prefix(prefix.as_bytes());
    let tag = digits.and_then(decode_hex).ok_or(VerifyError::Malformed { header })?;
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes());
    hmac::verify(&key, signed, &tag).map_err(|_| VerifyError::Mismatch { header })
}

/// Reads the 32 bytes of an HMAC-SHA256 from 64 hexadecimal digits.
fn decode_hex(text: &[u8]) -> Option<[u8; 32]> {
    if text.len() != 64 {
        return None;
    }
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let mut tag = [0; 32];
    for (byte, pair) in tag.iter_mut().zip(text.chunks_exact(2)) {
        *byte = u8::try_from(digit(pair[0])? * 16 + digit(pair[1])?).ok()?;
    }
    Some(tag)
}

fn check_token(headers: &HeaderMap, secret: &WebhookSecret) -> Result<(), VerifyError> {
    let header = "x-gitlab-token";
    let value = single(headers, header)?;
    if value.is_empty() {
        return Err(VerifyError::Malformed { header });
    }
    if same(secret.expose().as_bytes(), value) {
        Ok(())
    } else {
        Err(VerifyError::Mismatch { header })
    }
}

/// Compares two texts in a time that tells neither where they differ nor how long ours is.
///
/// Both are signed with one key; equal tags mean equal texts.
fn same(ours: &[u8], theirs: &[u8]) -> bool {
    let key = hmac::Key::new(hmac::HMAC_SHA256, ours);
    let tag = hmac::sign(&key, ours);
    hmac::verify(&key, theirs, tag.as_ref()).is_ok()
}

/// Checks a signature as of the Standard Webhooks, of which the header may hold several.
fn check_standard(request: &Request<'_>, key: &str) -> Result<(), VerifyError> {
    let header = "webhook-signature";
    let key = BASE64_STANDARD.decode(key).map_err(|_| VerifyError::Secret)?;
    if key.is_empty() {
        return Err(VerifyError::Secret);
    }
    let signatures = single(request.headers, header)?;
    let id = single(request.headers, "webhook-id")?;
    let time = single(request.headers, "webhook-timestamp")?;
    let signed_at = signed_at(time)?;
    let mut signed = Vec::with_capacity(request.body.len() + 128);
    for part in [id, b".", time, b".", request.body] {
        signed.extend_from_slice(part);
    }
    let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
    let fits = |signature: &[u8]| {
        let tag = signature.strip_prefix(b"v1,").and_then(|text| BASE64_STANDARD.decode(text).ok());
        tag.is_some_and(|tag| hmac::verify(&key, &signed, &tag).is_ok())
    };
    if !signatures.split(|byte| *byte == b' ').any(fits) {
        return Err(VerifyError::Mismatch { header });
    }
    if request.now.duration_since(signed_at).abs() > TOLERANCE {
        return Err(VerifyError::Stale { signed_at });
    }
    Ok(())
}

fn signed_at(text: &[u8]) -> Result<Timestamp, VerifyError> {
    let seconds = std::str::from_utf8(text).ok().and_then(|text| text.parse().ok());
    seconds
        .and_then(|seconds| Timestamp::from_second(seconds).ok())
        .ok_or(VerifyError::Malformed { header: "webhook-timestamp" })
}

#[cfg(test)]
mod tests;
