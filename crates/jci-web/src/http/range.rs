//! A part of a file, for a download that is gone on with or a film that is looked into.

use axum::http::{HeaderMap, header};
use thiserror::Error;

/// Some bytes of a file, one after another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ByteRange {
    /// The first of them, counted from 0.
    pub first: u64,
    /// How many there are.
    pub length: u64,
}

/// Fails because a part is asked for that the file has not.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{asked:?} is asked for, and the file has {length} bytes")]
pub struct NoSuchPart {
    /// What is asked for.
    pub asked: String,
    /// The length of the file.
    pub length: u64,
}

impl ByteRange {
    /// Makes the part of a file that begins somewhere and goes to its end.
    #[must_use]
    pub fn from(first: u64, length: u64) -> Self {
        Self { first, length: length.saturating_sub(first) }
    }

    /// Reads which part of a file of some length is asked for; `None` for all of it. The tag is
    /// that of the file, if it has one.
    ///
    /// Of several parts at once, and of what makes no sense, nothing is heeded, as it may be.
    ///
    /// # Errors
    ///
    /// If the file has nothing of what is asked for.
    pub fn asked(
        request: &HeaderMap,
        tag: Option<&str>,
        length: u64,
    ) -> Result<Option<Self>, NoSuchPart> {
        let text = |name| request.get(name).and_then(|value| value.to_str().ok());
        let Some(asked) = text(header::RANGE) else { return Ok(None) };
        // The part of another file than the browser has would not fit to what it has.
        if text(header::IF_RANGE).is_some_and(|known| Some(known.trim()) != tag) {
            return Ok(None);
        }
        let Some((first, last)) = parse(asked) else { return Ok(None) };
        let range = match (first, last) {
            (Some(first), last) if first < length => {
                let end = last.map_or(length, |last| last.saturating_add(1).min(length));
                Some(Self { first, length: end - first })
            }
            (None, Some(count)) if count > 0 && length > 0 => {
                let count = count.min(length);
                Some(Self { first: length - count, length: count })
            }
            _ => None,
        };
        range.map(Some).ok_or_else(|| NoSuchPart { asked: asked.to_owned(), length })
    }

    /// Says which part of a file of some length this is, as `Content-Range` has it.
    #[must_use]
    pub fn told(&self, length: u64) -> String {
        let last = self.first + self.length.saturating_sub(1);
        format!("bytes {}-{last}/{length}", self.first)
    }
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
        let found = ByteRange::asked(&headers, Some("\"tag\""), 10).map_err(drop)?;
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
