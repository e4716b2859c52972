//! Whom the client talks to, and whom not.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails, helpers included")]

mod server;

use std::error::Error;
use std::net::TcpListener;
use std::process::Command;

use jci_http::{ClientError, Proxies};
use reqwest::{Response, StatusCode, Url};

use crate::server::{CERTIFICATE, Server};

const FINE: &str = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

/// Why nothing came of a request.
type Failure = Box<dyn Error + Send + Sync>;

/// Asks with a client that was made for the one who is asked.
fn ask(address: &str, proxies: Proxies) -> Result<Response, Failure> {
    let server = Url::parse(address)?;
    let client = jci_http::client(&server, proxies, |client| client)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    Ok(runtime.block_on(client.get(server).send())?)
}

/// Runs a test once more, by its name, in a process with one variable of a client and no others;
/// `false` if this is that process.
fn again_with(variable: &str, value: &str, test: &str) -> bool {
    const AGAIN: &str = "JCI_HTTP_TEST_AGAIN";
    if std::env::var_os(AGAIN).is_some() {
        return false;
    }
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test]).env_clear().env(AGAIN, "1").env(variable, value);
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
    true
}

/// Puts together what a failure says, down to its cause.
fn chain(error: &dyn Error) -> String {
    let source = error.source().map(|source| format!(": {}", chain(source)));
    format!("{error}{}", source.unwrap_or_default())
}

#[test]
fn a_redirect_is_not_followed() {
    let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
    let location = format!("http://{}/", elsewhere.local_addr().unwrap());
    let server = Server::plain(format!(
        "HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n"
    ));
    let answer = ask(server.address(), Proxies::Ignored).unwrap();
    assert_eq!(answer.status(), StatusCode::FOUND);
    assert_eq!(answer.headers()["location"], location.as_str());
    elsewhere.set_nonblocking(true).unwrap();
    assert!(elsewhere.accept().is_err(), "the client went elsewhere");
    server.end().unwrap();
}

#[test]
fn the_roots_of_this_machine_are_trusted() {
    if again_with("SSL_CERT_FILE", CERTIFICATE, "the_roots_of_this_machine_are_trusted") {
        return;
    }
    let server = Server::encrypted(FINE.to_owned());
    assert_eq!(ask(server.address(), Proxies::Ignored).unwrap().status(), StatusCode::OK);
    server.end().unwrap();
}

#[test]
fn a_certificate_that_only_vouches_for_itself_is_refused() {
    let server = Server::encrypted(FINE.to_owned());
    let error = ask(server.address(), Proxies::Ignored).unwrap_err();
    let said = chain(error.as_ref());
    assert!(said.ends_with("invalid peer certificate: UnknownIssuer"), "{said}");
    assert!(server.end().is_err(), "the request was sent");
}

#[test]
fn where_no_roots_are_only_plain_http_works() {
    // A file that is there, and empty.
    if again_with("SSL_CERT_FILE", "/dev/null", "where_no_roots_are_only_plain_http_works") {
        return;
    }
    let server = Server::plain(FINE.to_owned());
    assert_eq!(ask(server.address(), Proxies::Ignored).unwrap().status(), StatusCode::OK);
    server.end().unwrap();

    let error = ask("https://127.0.0.1/", Proxies::Ignored).unwrap_err();
    let error = error.downcast::<ClientError>().unwrap();
    assert!(matches!(*error, ClientError::Tls { .. }), "{error:?}");
}

#[test]
fn a_proxy_of_the_environment_is_used_only_where_it_may_be() {
    const TEST: &str = "a_proxy_of_the_environment_is_used_only_where_it_may_be";
    let proxy = Server::plain(FINE.to_owned());
    if again_with("HTTP_PROXY", proxy.address(), TEST) {
        return proxy.end().unwrap();
    }
    let nobody = "http://ci.invalid/";
    assert!(ask(nobody, Proxies::Ignored).is_err());
    assert_eq!(ask(nobody, Proxies::OfEnvironment).unwrap().status(), StatusCode::OK);
}
