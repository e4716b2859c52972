use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use jci_exec::{Cancel, MaskedSink, Masker, Secret};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::bench::{Bench, Heard};

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
    insta::assert_snapshot!(masked_output(script, VALUE), @r"
    plain: ***.
    cut: ***.
    base64: ***.
    in longer base64: dXNlcjp***Cg==.
    traced: + : '***'
    ");
}

#[test]
fn every_long_line_of_a_secret_is_masked_in_whatever_order() {
    let key = "-----BEGIN KEY-----\nMIIEvQIBADANBgkq\nhkiG9w0BAQEFAASC\nxyz\n-----END KEY-----\n";
    let script = r#"
        printf %s "$SECRET" | sort
        printf %s "$SECRET" | paste -sd ' '
        printf '[%s]\n%q\n' "${SECRET%?}" "${SECRET%?}"
    "#;
    insta::assert_snapshot!(masked_output(script, key), @r"
    ***
    ***
    ***
    ***
    xyz
    *** *** *** xyz ***
    [***]
    $'***'
    ");
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

/// Masks the text cut into pieces, and fails if the cuts make a difference.
fn mask_in_pieces(masker: &Masker, text: &[u8], cuts: &[usize]) -> Vec<u8> {
    let mut masked = Vec::new();
    let mut stream = masker.stream();
    let mut rest = text;
    for cut in cuts.iter().cycle() {
        let (piece, next) = rest.split_at((*cut).min(rest.len()));
        stream.feed(piece, &mut masked);
        rest = next;
        if rest.is_empty() {
            break;
        }
    }
    stream.finish(&mut masked);
    assert_eq!(masked, masker.mask(text));
    masked
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|at| at == part)
}

/// Any printable secret; one with `*` could come out of the masks themselves.
fn secret() -> impl Strategy<Value = String> {
    "[ -)+-~]{4,40}"
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn no_secret_comes_through_as_text(
        secret in secret(),
        before in vec(any::<u8>(), 0..8),
        after in vec(any::<u8>(), 0..8),
        cuts in vec(1usize..12, 1..40),
    ) {
        let json = secret.replace('\\', r"\\").replace('"', "\\\"");
        let url = |byte: u8| if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02X}")
        };
        let shell = secret.replace('\'', r"'\''");
        for form in [secret.clone(), json, secret.bytes().map(url).collect(), shell] {
            let text = [&before, form.as_bytes(), &after].concat();
            let masked = mask_in_pieces(&masker(&[&secret]), &text, &cuts);
            prop_assert!(!contains(&masked, form.as_bytes()), "{form:?}");
        }
    }

    #[test]
    fn no_secret_comes_through_in_base64(
        secret in secret(),
        before in vec(any::<u8>(), 0..8),
        after in vec(any::<u8>(), 0..8),
        cuts in vec(1usize..12, 1..40),
    ) {
        // The characters that hold bits of the secret and of nothing else.
        let bits = before.len() * 8..(before.len() + secret.len()) * 8;
        let inner = bits.start.div_ceil(6)..bits.end / 6;
        let text = [&before, secret.as_bytes(), &after].concat();
        for text in [
            STANDARD.encode(&text),
            STANDARD_NO_PAD.encode(&text),
            URL_SAFE.encode(&text),
            URL_SAFE_NO_PAD.encode(&text),
        ] {
            let masked = mask_in_pieces(&masker(&[&secret]), text.as_bytes(), &cuts);
            prop_assert!(!contains(&masked, &text.as_bytes()[inner.clone()]), "{text:?}");
        }
    }
}
