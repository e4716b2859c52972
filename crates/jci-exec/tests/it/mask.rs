use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jci_exec::{Cancel, MASK, MaskedSink, Masker, Secret};
use proptest::prelude::*;

use crate::bench::{Bench, Heard, run};

const VALUE: &str = "it's <50%> \"ünsafe\"/+?&\\ $HOME";

fn masker(values: &[&str]) -> Masker {
    Masker::new(values.iter().map(|value| Secret::new("SECRET", *value))).unwrap()
}

/// Runs the script with `SECRET` set and gives what comes through the mask.
fn masked_output(script: &str, secret: &str) -> String {
    let bench = Bench::new();
    let mut heard = Heard::default();
    let job = bench.job(script).env("SECRET", secret);
    let mut sink = MaskedSink::new(&masker(&[secret]), &mut heard);
    let outcome = job.run(&mut sink, &Cancel::new()).unwrap();
    assert!(outcome.is_success());
    heard.text()
}

#[test]
fn what_a_script_prints_of_a_secret_is_masked() {
    let script = r#"
        echo "plain: $SECRET."
        printf 'cut: %s' "${SECRET:0:9}"; /bin/true; printf '%s.\n' "${SECRET:9}"
        printf 'base64: '; printf %s "$SECRET" | base64 -w0; echo .
        printf 'in longer base64: '; printf 'user:%s\n' "$SECRET" | base64 -w0; echo .
        printf 'traced: '; { set -x; : "$SECRET"; set +x; } 2>&1 | tail -n 2 | head -n 1
    "#;
    insta::assert_snapshot!(masked_output(script, VALUE), @"");
}

#[test]
fn every_long_line_of_a_secret_is_masked_in_whatever_order() {
    let key = "-----BEGIN KEY-----\nMIIEvQIBADANBgkq\nhkiG9w0BAQEFAASC\nxyz\n-----END KEY-----\n";
    let script = r#"echo "$SECRET" | sort; echo "$SECRET" | tr '\n' ' '; echo; echo "[$SECRET]"; printf %q "$SECRET""#;
    insta::assert_snapshot!(masked_output(script, key), @"");
}

#[test]
fn a_secret_that_is_too_short_is_reported_and_stays() {
    let secrets =
        [Secret::new("PIN", "123\n"), Secret::new("EMPTY", ""), Secret::new("LONG", "1234")];
    let masker = Masker::new(secrets).unwrap();
    assert_eq!(masker.too_short(), ["PIN", "EMPTY"]);
    assert_eq!(masker.mask(b"123 1234 12345"), b"123 *** ***5");
}

#[test]
fn without_secrets_nothing_changes() {
    assert_eq!(masker(&[]).mask(b"any \xff text ***"), b"any \xff text ***");
}

#[test]
fn nothing_that_can_be_printed_shows_a_secret() {
    let masker = masker(&["hunter22"]);
    let mut stream = masker.stream();
    stream.feed(b"hunter2", &mut Vec::new());
    let shown = format!("{masker:?} {stream:?} {:?}", Secret::new("NAME", "hunter22"));
    assert!(!shown.contains("hunter"), "{shown}");
}
