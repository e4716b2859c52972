use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use super::escapes::{json, percent, shell};

/// The shortest line of a multi-line secret that is masked where it stands alone.
///
/// A key in JSON has lines such as `{` and `},`, and a log without them could not be read.
pub const MIN_LINE_LENGTH: usize = 8;

/// The widths at which `base64` and `openssl base64` break their lines.
const BASE64_WIDTHS: [usize; 2] = [76, 64];

/// Lists all forms in which `value` may come out.
pub(super) fn variants(value: &[u8]) -> BTreeSet<Vec<u8>> {
    let mut forms = BTreeSet::new();
    add_texts(&mut forms, value);
    for line in lines(value) {
        add_texts(&mut forms, line);
    }
    add_base64(&mut forms, value, &STANDARD_NO_PAD);
    add_base64(&mut forms, value, &URL_SAFE_NO_PAD);
    forms
}

fn add_texts(forms: &mut BTreeSet<Vec<u8>>, text: &[u8]) {
    forms.insert(text.to_vec());
    forms.extend(json(text));
    forms.extend(percent(text));
    forms.extend(shell(text));
}

/// Lists the lines of a multi-line value that say enough to be masked alone.
///
/// They also cover a value that was printed with other line ends or another indentation.
fn lines(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    let lines = value.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii);
    lines.filter(move |line| line.len() >= MIN_LINE_LENGTH && line.len() < value.len())
}

/// Adds what base64 makes of the value, wherever it stands in the encoded text.
///
/// Three bytes become four characters, so there are three ways to cut it. A character that also
/// holds bits of a neighbour differs from text to text and is left out: at most one at each side.
fn add_base64(forms: &mut BTreeSet<Vec<u8>>, value: &[u8], engine: &impl Engine) {
    for (before, shared) in [(0, 0), (1, 2), (2, 3)] {
        let text = [&[0; 2][..before], value].concat();
        let whole = &engine.encode(&text).into_bytes()[shared..];
        let last_is_shared = usize::from(text.len() % 3 != 0);
        let inner = &whole[..whole.len() - last_is_shared];
        let padding = (3 - text.len() % 3) % 3;
        let padded = [whole, &b"=="[..padding]].concat();
        if before == 0 {
            add_wrapped(forms, inner);
            add_wrapped(forms, &padded);
        }
        forms.extend([inner.to_vec(), whole.to_vec(), padded]);
    }
}

/// Adds the lines of an encoded value that the usual tools would break.
fn add_wrapped(forms: &mut BTreeSet<Vec<u8>>, encoded: &[u8]) {
    for width in BASE64_WIDTHS.into_iter().filter(|&width| encoded.len() > width) {
        let lines = encoded.chunks(width).filter(|line| line.len() >= MIN_LINE_LENGTH);
        forms.extend(lines.map(<[u8]>::to_vec));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has(value: &str, form: &str) -> bool {
        variants(value.as_bytes()).contains(form.as_bytes())
    }

    #[test]
    fn base64_is_found_at_every_alignment() {
        let value = "s3cr3t-\u{fffd}?>";
        let forms = variants(value.as_bytes());
        for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
            for before in 0..6 {
                for after in 0..6 {
                    let text = [&b"abcdef"[..before], value.as_bytes(), &b"uvwxyz"[..after]];
                    let encoded = engine.encode(text.concat());
                    let longest = forms
                        .iter()
                        .filter(|form| {
                            encoded.as_bytes().windows(form.len()).any(|at| at == **form)
                        })
                        .map(Vec::len)
                        .max();
                    // All but the two characters that may hold bits of the neighbours.
                    let bits = value.len() * 8;
                    assert!(longest.is_some_and(|length| length * 6 + 10 >= bits), "{encoded}");
                }
            }
        }
    }

    #[test]
    fn base64_alone_is_found_whole_with_its_padding() {
        assert!(has("hunter2!", "aHVudGVyMiE="));
        assert!(has("hunter2!", "aHVudGVyMiE"));
        assert!(has("hunter2", "aHVudGVyMg=="));
        assert!(has("??>>~~~", "Pz8+Pn5+fg=="));
        assert!(has("??>>~~~", "Pz8-Pn5-fg"));
    }

    #[test]
    fn long_base64_is_found_broken_into_lines() {
        let value = "0123456789".repeat(10);
        let encoded = STANDARD_NO_PAD.encode(&value) + "==";
        for width in BASE64_WIDTHS {
            for line in
                encoded.as_bytes().chunks(width).filter(|line| line.len() >= MIN_LINE_LENGTH)
            {
                assert!(has(&value, str::from_utf8(line).unwrap()));
            }
        }
    }

    #[test]
    fn long_lines_of_a_value_stand_alone_and_short_ones_do_not() {
        let value = "{\r\n  \"key\": \"abcdefgh\"\r\n}";
        assert!(has(value, value));
        assert!(has(value, "\"key\": \"abcdefgh\""));
        assert!(!has(value, "{"));
        assert!(!has(value, "}"));
    }
}
