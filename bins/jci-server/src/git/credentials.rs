//! The token that comes with a request.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use secrecy::SecretString;

/// No token of ours is longer; what is longer is not even hashed.
const MAX_LENGTH: usize = 512;

/// Finds the token: the password, whoever the user, or what follows `Bearer`.
///
/// A request with two of them has none: it would be up to chance which one counts.
pub(crate) fn token(headers: &HeaderMap) -> Option<SecretString> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (value, None) = (values.next()?.to_str().ok()?, values.next()) else { return None };
    let (scheme, rest) = value.split_once(' ')?;
    let rest = rest.trim();
    let token = if scheme.eq_ignore_ascii_case("basic") {
        let decoded = String::from_utf8(STANDARD.decode(rest).ok()?).ok()?;
        decoded.split_once(':')?.1.to_owned()
    } else if scheme.eq_ignore_ascii_case("bearer") {
        rest.to_owned()
    } else {
        return None;
    };
    (1..=MAX_LENGTH).contains(&token.len()).then(|| SecretString::from(token))
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    fn found(values: &[&str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, value.parse().unwrap());
        }
        token(&headers).map(|token| token.expose_secret().to_owned())
    }

    #[test]
    fn a_token_comes_as_password_or_by_itself() {
        let basic = format!("Basic {}", STANDARD.encode("anyone:t0k:en"));
        assert_eq!(found(&[&basic]), Some("t0k:en".to_owned()));
        assert_eq!(found(&[&basic.replace("Basic", "basic")]), Some("t0k:en".to_owned()));
        assert_eq!(found(&["Bearer t0ken"]), Some("t0ken".to_owned()));
    }

    #[test]
    fn what_holds_no_token_has_none() {
        let empty = format!("Basic {}", STANDARD.encode("user:"));
        let long = format!("Bearer {}", "x".repeat(MAX_LENGTH + 1));
        for wrong in ["", "Basic", "Basic !", "Basic dXNlcg==", "Token x", "Bearer ", &empty, &long]
        {
            assert_eq!(found(&[wrong]), None, "{wrong}");
        }
        assert_eq!(found(&["Bearer a", "Bearer b"]), None);
        assert_eq!(found(&[]), None);
    }
}
