//! The bytes of files.

use insta::assert_snapshot;
use jci_testkit::PlumbedRun;

use super::http::head;
use super::server::Server;
use crate::fixture::{Fixture, PASSED};

const HOSTILE: &str = "1767330000-00dd";

/// A server of a repository with a run of odd files, and the path of that run.
fn odd_files() -> (Fixture, Server, String) {
    let fixture = Fixture::new();
    let large: Vec<u8> = (0..3_000_000_u32).flat_map(u32::to_le_bytes).collect();
    let run = PlumbedRun::new(HOSTILE, "ok")
        .file(b"bytes-\xff.txt", "odd name")
        .file("a \"b\"/%2F;ü.html", "<script>1</script>")
        .file("page.svg", "<svg/>")
        .file("large.bin", large)
        .file("empty", "");
    fixture.repo.plumb_run(&fixture.second, &run);
    let server = Server::start(&fixture.repo);
    let path = format!("/jci/{}/{HOSTILE}", fixture.second);
    (fixture, server, path)
}

#[test]
fn files_come_byte_for_byte_and_as_what_they_are() {
    let (fixture, server, run) = odd_files();
    let content = |path: &str| {
        let response = server.get(&format!("{run}/{path}/raw"));
        assert_eq!(response.status, 200, "{path}");
        let length = response.header("content-length").unwrap().parse::<usize>().unwrap();
        assert_eq!(length, response.body.len());
        (response.header("content-type").unwrap().to_owned(), response.body)
    };
    let text = "text/plain; charset=utf-8";
    assert_eq!(content("bytes-%FF.txt"), (text.to_owned(), b"odd name".to_vec()));
    let html = content("a%20%22b%22/%252F%3B%C3%BC.html");
    assert_eq!(html, ("text/html; charset=utf-8".to_owned(), b"<script>1</script>".to_vec()));
    assert_eq!(content("page.svg").0, "image/svg+xml");
    assert_eq!(content("empty"), (text.to_owned(), Vec::new()));
    let large = content("large.bin");
    assert_eq!(large.0, "application/octet-stream");
    assert_eq!(large.1.len(), 12_000_000);
    assert_eq!(large.1[11_999_996..], 2_999_999_u32.to_le_bytes());
    // The addresses that the API names are those that work.
    let detail: jci_proto::RunDetail =
        server.json(&format!("/api/commit/{}/{HOSTILE}", fixture.second));
    for file in detail.files {
        let response = server.get(&file.raw);
        assert_eq!(response.status, 200, "{}", file.raw);
        assert_eq!(response.body.len() as u64, file.size);
        let tag = format!("\"{}\"", file.object);
        assert_eq!(response.header("etag"), Some(tag.as_str()));
    }
}

#[test]
fn what_a_script_left_runs_apart_from_all_else() {
    let (_fixture, server, run) = odd_files();
    let policy = |path: &str| {
        let response = server.get(&format!("{run}/{path}/raw"));
        response.header("content-security-policy").unwrap().to_owned()
    };
    assert_snapshot!(policy("page.svg"), @"sandbox allow-scripts; default-src 'unsafe-inline' 'unsafe-eval' data: blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
    assert_eq!(policy("page.svg"), policy("a%20%22b%22/%252F%3B%C3%BC.html"));
    assert_eq!(policy("page.svg"), policy("large.bin"));
}

#[test]
fn a_stored_run_is_kept_for_ever_and_the_latest_is_asked_for_again() {
    let fixture = Fixture::new();
    let server = Server::start(&fixture.repo);
    let second = &fixture.second;
    let named = server.get(&format!("/jci/{second}/{PASSED}/run.output.txt/raw"));
    let latest = server.get(&format!("/jci/{second}/run.output.txt/raw"));
    assert_eq!(named.text(), "begin\nall is well\n");
    assert_eq!(named.body, latest.body);
    assert_eq!(named.header("cache-control"), Some("private, max-age=31536000, immutable"));
    assert_eq!(latest.header("cache-control"), Some("no-cache"));
    let tag = latest.header("etag").unwrap().to_owned();
    for known in [&tag, "*", &format!("W/{tag}"), &format!("\"x\", {tag}")] {
        let again = server
            .get_with(&format!("/jci/{second}/run.output.txt/raw"), &[("If-None-Match", known)]);
        assert_eq!((again.status, again.body.len()), (304, 0), "{known}");
        assert_eq!(again.header("etag"), Some(tag.as_str()));
    }
}

#[test]
fn a_download_has_the_name_of_the_file() {
    let (_fixture, server, run) = odd_files();
    let name = |path: &str| {
        let response = server.get(&format!("{run}/{path}/raw?download=1"));
        response.header("content-disposition").unwrap().to_owned()
    };
    assert_snapshot!(name("large.bin"), @r#"attachment; filename="large.bin"; filename*=UTF-8''large.bin"#);
    assert_snapshot!(name("a%20%22b%22/%252F%3B%C3%BC.html"), @r#"attachment; filename="_2F___.html"; filename*=UTF-8''%252F%3B%C3%BC.html"#);
    assert_snapshot!(name("bytes-%FF.txt"), @r#"attachment; filename="bytes-_.txt"; filename*=UTF-8''bytes-%EF%BF%BD.txt"#);
    assert_eq!(server.get(&format!("{run}/empty/raw")).header("content-disposition"), None);
}

#[test]
fn a_part_of_a_file_is_that_part() {
    let (_fixture, server, run) = odd_files();
    let path = format!("{run}/large.bin/raw");
    let all = server.get(&path);
    assert_eq!(all.header("accept-ranges"), Some("bytes"));
    for (asked, first, last) in [
        ("bytes=0-0", 0, 0),
        ("bytes=5-1000000", 5, 1_000_000),
        ("bytes=11999990-", 11_999_990, 11_999_999),
        ("bytes=-7", 11_999_993, 11_999_999),
        ("bytes=11999999-99999999999", 11_999_999, 11_999_999),
    ] {
        let part = server.get_with(&path, &[("Range", asked)]);
        assert_eq!(part.status, 206, "{asked}");
        let told = format!("bytes {first}-{last}/12000000");
        assert_eq!(part.header("content-range"), Some(told.as_str()), "{asked}");
        assert_eq!(part.body, all.body[first..=last], "{asked}");
    }
    let beyond = server.get_with(&path, &[("Range", "bytes=12000000-")]);
    assert_eq!(beyond.header("content-range"), Some("bytes */12000000"));
    assert_snapshot!(beyond.problem(), @r#"416 no such part: "bytes=12000000-" is asked for, and the file has 12000000 bytes"#);
    let tag = all.header("etag").unwrap();
    for (known, status) in [(tag, 206), ("\"another\"", 200)] {
        let part = server.get_with(&path, &[("Range", "bytes=0-9"), ("If-Range", known)]);
        assert_eq!(part.status, status);
    }
    let several = server.get_with(&path, &[("Range", "bytes=0-1,3-4")]);
    assert_eq!((several.status, several.body.len()), (200, 12_000_000));
}

#[test]
fn a_head_tells_what_would_come() {
    let (fixture, server, run) = odd_files();
    for path in [format!("{run}/large.bin/raw"), format!("/api/commit/{}", fixture.second)] {
        let answer = server.send(head("HEAD", server.address, &path, &[]).as_bytes());
        let full = server.get(&path);
        assert_eq!((answer.status, answer.body.len()), (200, 0));
        for header in ["content-length", "content-type", "etag"] {
            assert_eq!(answer.header(header), full.header(header), "{header} of {path}");
        }
    }
}

#[test]
fn a_file_that_git_keeps_as_a_difference_is_served_too() {
    let fixture = Fixture::new();
    let mut content: Vec<u8> = (0..700_000_u32).flat_map(u32::to_le_bytes).collect();
    for number in 1..4_u8 {
        content[1_000_000] = number;
        let run = PlumbedRun::new(&format!("1767330000-000{number}"), "ok").file("data", &content);
        fixture.repo.plumb_run(&fixture.second, &run);
    }
    fixture.repo.git(&["repack", "-adfq"]);
    let server = Server::start(&fixture.repo);
    for number in 1..4_u8 {
        let path = format!("/jci/{}/1767330000-000{number}/data/raw", fixture.second);
        let response = server.get(&path);
        assert_eq!((response.body.len(), response.body[1_000_000]), (content.len(), number));
        let part = server.get_with(&path, &[("Range", "bytes=1000000-1000000")]);
        assert_eq!((part.status, part.body), (206, vec![number]));
    }
}

#[test]
fn a_site_is_found_by_its_key_alone() {
    let fixture = Fixture::new();
    let run = PlumbedRun::new(HOSTILE, "ok")
        .file("report/index.html", "<link rel=stylesheet href=css/a.css>")
        .file("report/css/a.css", "p {}");
    fixture.repo.plumb_run(&fixture.second, &run);
    let server = Server::start(&fixture.repo);
    let detail = |run: &str| -> jci_proto::RunDetail {
        server.json(&format!("/api/commit/{}/{run}", fixture.second))
    };
    let files = detail(HOSTILE).files;
    let file = files.iter().find(|file| file.path.path == "report/index.html").unwrap();
    let site = file.site.clone().unwrap();
    // From the frame of the artifact everything is another site's.
    let framed = [("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "no-cors")];
    let page = server.get(&site);
    assert_eq!(page.text(), "<link rel=stylesheet href=css/a.css>");
    let style = server.get_with(&site.replace("index.html", "css/a.css"), &framed);
    assert_eq!((style.status, style.text()), (200, "p {}".to_owned()));
    assert_eq!(style.header("content-type"), Some("text/css; charset=utf-8"));
    assert_eq!(style.header("cross-origin-resource-policy"), Some("cross-origin"));
    let folder = site.strip_suffix("report/index.html").unwrap();
    let policy = page.header("content-security-policy").unwrap();
    let host = server.address.to_string();
    assert_snapshot!(policy.replace(folder, "[folder]").replace(&host, "[host]"), @"sandbox allow-scripts; default-src http://[host][folder] https://[host][folder] 'unsafe-inline' 'unsafe-eval' data: blob:; connect-src 'none'; base-uri 'none'; form-action 'none'");
    // The key of one run opens no other.
    let other = site.replace(HOSTILE, PASSED).replace("report/index.html", "run.output.txt");
    assert_snapshot!(server.problem(&other), @"404 no such address: this address is not, or no longer, that of an artifact: open it from its run");
    let key = site.split('/').nth(2).unwrap();
    let wrong = site.replace(key, &"0".repeat(key.len()));
    assert_eq!(server.get(&wrong).status, 404);
    assert_ne!(detail(PASSED).files[0].site, detail(HOSTILE).files[0].site);
    assert_eq!(server.get(&format!("{folder}report/..%2findex.html")).status, 400);
}
