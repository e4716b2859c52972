//! The address of the server, as people write it.

use std::net::IpAddr;

use url::{Host, Url};

/// Reads a host or a URL.
///
/// Without a scheme it is `http` for this machine, a private address and a name without a dot, as
/// the services of a compose file have, and `https` for all others: the secret must not cross the
/// internet in plain.
pub(super) fn server(text: &str) -> Result<Url, String> {
    let expected = || "a host or a URL such as https://ci.example.org".to_owned();
    let text = text.trim();
    let whole = if text.contains("://") {
        text.to_owned()
    } else {
        let plain = Url::parse(&format!("http://{text}")).map_err(|_| expected())?;
        if is_near(&plain) { plain.into() } else { format!("https://{text}") }
    };
    let url = Url::parse(&whole).map_err(|_| expected())?;
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err(expected());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("without a user and a password".to_owned());
    }
    if url.query().is_some() || url.fragment().is_some() || url.path() != "/" {
        return Err("without a path: the server is the root of its address".to_owned());
    }
    Ok(url)
}

fn is_near(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => !name.trim_end_matches('.').contains('.'),
        Some(Host::Ipv4(address)) => address.is_loopback() || address.is_private(),
        Some(Host::Ipv6(address)) => address.is_loopback() || address.is_unique_local(),
        None => false,
    }
}

/// Tells whether an address is that of the machine which uses it, so that a container that uses it
/// finds itself.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => IpAddr::from(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::from(address).is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scheme_is_needed_only_against_the_rule() {
        let of = |text| server(text).unwrap().to_string();
        assert_eq!(of("localhost:8080"), "http://localhost:8080/");
        assert_eq!(of("jci-server:8080"), "http://jci-server:8080/");
        assert_eq!(of("192.168.1.7:8080"), "http://192.168.1.7:8080/");
        assert_eq!(of("[fd00::1]:8080"), "http://[fd00::1]:8080/");
        assert_eq!(of("ci.example.org"), "https://ci.example.org/");
        assert_eq!(of("ci.example.org:8080"), "https://ci.example.org:8080/");
        assert_eq!(of("203.0.113.9"), "https://203.0.113.9/");
        assert_eq!(of("http://ci.example.org"), "http://ci.example.org/");
    }

    #[test]
    fn what_is_no_address_of_a_server_is_refused() {
        for wrong in ["", "ftp://x", "https://a:b@x", "x/path", "https://x/?q", "a b"] {
            server(wrong).unwrap_err();
        }
    }

    #[test]
    fn a_container_does_not_find_the_machine_by_its_loopback() {
        let of = |text| is_loopback(&server(text).unwrap());
        assert!(of("localhost:8080") && of("127.0.0.1:1") && of("[::1]:1"));
        assert!(!of("172.17.0.1:8080") && !of("ci.example.org"));
    }
}
