//! Taking out of a line what differs from run to run and means nothing.

use std::sync::LazyLock;

use regex::{Captures, Regex};

/// What takes the place of all that.
const EVEN: &str = "…";

/// Times, durations, ids, addresses and temporary paths. Case by case, from the longest to the
/// shortest: the first that fits is taken.
static UNEVEN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let parts = [
        // Dates, with or without a time.
        r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.,][0-9]+)?)?( ?Z|[+-][0-9]{2}:?[0-9]{2})?)?\b",
        // Times of a day.
        r"[0-9]{1,2}:[0-9]{2}:[0-9]{2}([.,][0-9]+)?\b",
        // Ids of runs, and UUIDs.
        r"[0-9]{9,11}-[0-9a-f]{4}\b",
        r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b",
        // Addresses in memory.
        r"0[xX][0-9a-fA-F]+\b",
        // Durations.
        r"([0-9]+ ?h(ours?)? ?)?([0-9]+ ?m(in(utes?)?)? ?)?[0-9]+([.,][0-9]+)? ?(ns|us|µs|μs|ms|s|secs?|seconds?)\b",
        r"[0-9]+([.,][0-9]+)? ?(m|min|minutes?|h|hours?)\b",
        // Ids of objects: digits and letters mixed, see below.
        r"(?P<hex>[0-9a-f]{7,64})\b",
    ];
    let words = format!(r"\b(?:{})", parts.join("|"));
    // What lies in temporary folders has names made up on the spot.
    let paths = r#"(?:/var)?/tmp/[^ \t/'":)]+|/var/folders/[^ \t'":)]+/T/[^ \t/'":)]+"#;
    // Bounds of words as ASCII has them: what is looked for holds nothing else.
    Regex::new(&format!("{paths}|{words}").replace(r"\b", r"(?-u:\b)")).ok()
});

/// Evens out a line: two lines that mean the same become the same.
pub(super) fn even_out(line: &str) -> String {
    let Some(uneven) = UNEVEN.as_ref() else { return line.to_owned() };
    let replaced = uneven.replace_all(line, |found: &Captures<'_>| match found.name("hex") {
        Some(hex) if !is_id(hex.as_str()) => hex.as_str().to_owned(),
        _ => EVEN.to_owned(),
    });
    replaced.into_owned()
}

/// Tells an id from a number and from a word such as `defaced`.
fn is_id(hex: &str) -> bool {
    hex.bytes().any(|byte| byte.is_ascii_digit()) && hex.bytes().any(|byte| !byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_from_run_to_run_is_evened_out() {
        for (line, expected) in [
            ("2026-01-02T03:04:05.678Z begin", "… begin"),
            ("[2026-01-02 03:04:05,123] begin", "[…] begin"),
            ("at 03:04:05 on 2026-01-02", "at … on …"),
            (
                "test result: ok. 212 passed; finished in 41.32s",
                "test result: ok. 212 passed; finished in …",
            ),
            ("    Finished `dev` profile in 1m 02s", "    Finished `dev` profile in …"),
            ("took 3 ms, then 12.5 seconds, then 1 minute", "took …, then …, then …"),
            ("panicked at 0x7ffee4c0: oh", "panicked at …: oh"),
            ("commit 0826c9ea5a45 of main", "commit … of main"),
            ("run 1795241966-cc77 of it", "run … of it"),
            ("id 123e4567-e89b-12d3-a456-426614174000.", "id …."),
            ("made /tmp/tmp.Ab12Cd/out.txt", "made …/out.txt"),
            ("made '/var/folders/zz/y_8/T/x.1234'", "made '…'"),
        ] {
            assert_eq!(even_out(line), expected);
        }
    }

    #[test]
    fn what_means_something_stays() {
        for line in [
            "212 passed; 3 failed",
            "line 1234567 of 89",
            "src/main.rs:12:34: error[E0308]",
            "defaced facade effaced",
            "version 1.2.3",
            "5 smiles, 3 monsters",
            "naïve µ über",
        ] {
            assert_eq!(even_out(line), line);
        }
    }
}
