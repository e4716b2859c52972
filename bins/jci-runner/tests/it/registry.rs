//! Registries that want to know who asks.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use crate::stand_in::StandIn;
use crate::world::World;

#[test]
fn a_registry_is_shown_the_credentials_that_docker_login_wrote() {
    let registry = StandIn::start(|asked| {
        let known = asked.headers.to_ascii_lowercase().contains("authorization: basic ");
        match known {
            true if asked.what == "GET /v2/" => ("200 OK", "", "{}".to_owned()),
            true => {
                ("404 Not Found", "", r#"{"errors": [{"code": "MANIFEST_UNKNOWN"}]}"#.to_owned())
            }
            false => {
                ("401 Unauthorized", "WWW-Authenticate: Basic realm=\"images\"", String::new())
            }
        }
    });
    let address = format!("127.0.0.1:{}", registry.port);
    let image = format!("{address}/team/tools:9");
    let mut world = World::without_runner(&[("JCI_RUNNER_IMAGE", &image)], &[]);
    let login = BASE64_STANDARD.encode("ann:p4ssw0rd");
    let config = format!(r#"{{"auths": {{"{address}": {{"auth": "{login}"}}}}}}"#);
    std::fs::write(world.folder().join("config.json"), config).unwrap();
    // It works in this folder.
    world.runner.set("DOCKER_CONFIG", ".");
    world.runner.set("JCI_LOG", "trace");
    world.runner.start("taking jobs");

    let (_, job) = world.push("echo it runs\n");

    let job = world.wait_for(&job, "err");
    assert!(job["reason"].as_str().unwrap().contains(&image), "{job:#}");
    let shown = registry.asked().into_iter().any(|asked| asked.headers.contains(&login));
    assert!(shown, "the engine shows what was configured");
    let said = world.runner.log();
    assert!(!said.contains("p4ssw0rd") && !said.contains(&login), "{said}");
}
