//! A part of a file, for a download that is gone on with or a film that is looked into.

use axum::http::{HeaderMap, StatusCode, header};

use super::problem::Fault;

/// The bytes that are asked for, of a file of some length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Range {
    pub(crate) first: u64,
    pub(crate) length: u64,
}

/// Reads which part of a file with this tag and length is asked for; `None` for all of it.
///
/// Of several parts at once, and of what makes no sense, nothing is heeded, as it may be.
pub(crate) fn range(request: &HeaderMap, tag: &str, length: u64) -> Result<Option<Range>, Fault> {
    let text = |name| request.get(name).and_then(|value| value.to_str().ok());
    let Some(asked) = text(header::RANGE) else { return Ok(None) };
    // The part of another file than the browser has would not fit to what it has.
    if text(header::IF_RANGE).is_some_and(|known| known.trim() != tag) {
        return Ok(None);
    }
    let Some((first, last)) = parse(asked) else { return Ok(None) };
    let range = match (first, last) {
        (Some(first), last) if first < length => {
            let end = last.map_or(length, |last| last.saturating_add(1).min(length));
            Some(Range { first, length: end - first })
        }
        (None, Some(count)) if count > 0 && length > 0 => {
            let count = count.min(length);
            Some(Range { first: length - count, length: count })
        }
        _ => None,
    };
    range.map(Some).ok_or_else(|| {
        let detail = format!("{asked:?} is asked for, and the file has {length} bytes");
        Fault::new(StatusCode::RANGE_NOT_SATISFIABLE, "no such part", detail)
    })
}

/// Reads `bytes=<first>-<last>`, of which one may be missing.
fn parse(asked: &str) -> Option<(Option<u64>, Option<u64>)> {
    let (first, last) = asked.trim().strip_prefix("bytes=")?.split_once('-')?;
    let number = |text: &str| {
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        (!text.is_empty() && digits).then(|| text.parse().unwrap_or(u64::MAX))
    };
    let (from, until) = (number(first), number(last));
    let is_sound = (from.is_some() || first.is_empty())
        && (until.is_some() || last.is_empty())
        && (from.is_some() || until.is_some())
        && from.zip(until).is_none_or(|(from, until)| from <= until);
    is_sound.then_some((from, until))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(range: &str, if_range: Option<&str>) -> Result<Option<(u64, u64)>, ()> {
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, range.parse().unwrap());
        if let Some(tag) = if_range {
            headers.insert(header::IF_RANGE, tag.parse().unwrap());
        }
        let found = super::range(&headers, "\"tag\"", 10).map_err(drop)?;
        Ok(found.map(|range| (range.first, range.length)))
    }

    #[test]
    fn parts_are_read_as_they_are_meant() {
        for (text, expected) in [
            ("bytes=0-3", Ok(Some((0, 4)))),
            ("bytes=3-", Ok(Some((3, 7)))),
            ("bytes=-3", Ok(Some((7, 3)))),
            ("bytes=-30", Ok(Some((0, 10)))),
            ("bytes=9-99999999999999999999999", Ok(Some((9, 1)))),
            ("bytes=10-", Err(())),
            ("bytes=-0", Err(())),
            ("bytes=0-1,3-4", Ok(None)),
            ("bytes=4-2", Ok(None)),
            ("bytes=+1-2", Ok(None)),
            ("bytes=-", Ok(None)),
            ("lines=0-1", Ok(None)),
        ] {
            assert_eq!(asked(text, None), expected, "{text}");
        }
        assert_eq!(asked("bytes=0-3", Some("\"tag\"")), Ok(Some((0, 4))));
        assert_eq!(asked("bytes=0-3", Some("\"other\"")), Ok(None));
        assert_eq!(asked("bytes=0-3", Some("W/\"tag\"")), Ok(None));
    }
}
