//! Lists that come page by page.

use std::sync::Arc;

use futures_util::{Stream, TryStreamExt as _, stream};
use http::HeaderMap;
use http::header::LINK;

use super::error::RequestError;
use super::transport::{Answer, Call, Transport};

/// How many pages are read at most: a forge that never ends must not keep us for ever.
const MOST_PAGES: u32 = 10_000;

/// Whether another page follows.
pub(crate) enum More {
    /// The header `Link` tells.
    AsLinked,
    /// The body told.
    Known(bool),
}

/// Reads the items of one page.
pub(crate) type ReadPage<T> = fn(&Call, &Answer) -> Result<(Vec<T>, More), RequestError>;

/// A list of the forge, read page by page as it is asked for.
///
/// Pages are counted here; addresses that the forge sends along are never followed.
#[derive(Debug)]
#[must_use = "pages are read when they are asked for"]
pub struct Pages<T> {
    transport: Arc<Transport>,
    call: Call,
    read: ReadPage<T>,
    next: Option<u32>,
}

impl<T> Pages<T> {
    pub(crate) fn new(transport: Arc<Transport>, call: Call, read: ReadPage<T>) -> Self {
        Self { transport, call, read, next: Some(1) }
    }

    /// Reads the next page; there is none after the last one or after a failure.
    pub async fn next(&mut self) -> Option<Result<Vec<T>, RequestError>> {
        let page = self.next.take()?;
        let mut call = self.call.clone();
        call.url.query_pairs_mut().append_pair("page", &page.to_string());
        let answer = match self.transport.send(&call).await {
            Ok(answer) => answer,
            Err(error) => return Some(Err(error)),
        };
        let (items, more) = match (self.read)(&call, &answer) {
            Ok(found) => found,
            Err(error) => return Some(Err(error)),
        };
        let more = match more {
            More::AsLinked => has_next(&answer.headers),
            More::Known(more) => more,
        };
        self.next = (more && !items.is_empty() && page < MOST_PAGES).then_some(page + 1);
        Some(Ok(items))
    }

    /// Returns the items one by one; a page is read when the one before it is used up.
    pub fn items(self) -> impl Stream<Item = Result<T, RequestError>> + Send
    where
        T: Send,
    {
        let pages = stream::unfold(self, |mut pages| async move {
            let page = pages.next().await?;
            Some((page.map(|items| stream::iter(items.into_iter().map(Ok))), pages))
        });
        pages.try_flatten()
    }

    /// Reads all pages that are left.
    ///
    /// # Errors
    ///
    /// Fails with the first page that fails.
    pub async fn all(mut self) -> Result<Vec<T>, RequestError> {
        let mut all = Vec::new();
        while let Some(page) = self.next().await {
            all.append(&mut page?);
        }
        Ok(all)
    }
}

/// Tells whether a header `Link` names a page that follows.
fn has_next(headers: &HeaderMap) -> bool {
    let links = headers.get_all(LINK).iter().filter_map(|value| value.to_str().ok());
    links.flat_map(|value| value.split(',')).any(|link| {
        let mut parameters = link.split(';').skip(1).map(str::trim);
        parameters.any(|parameter| matches!(parameter, "rel=\"next\"" | "rel=next"))
    })
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn links_tell_whether_a_page_follows() {
        let linked = |value: &'static str| {
            has_next(&HeaderMap::from_iter([(LINK, HeaderValue::from_static(value))]))
        };
        assert!(linked("<https://x/?page=2>; rel=\"next\", <https://x/?page=9>; rel=\"last\""));
        assert!(linked("<https://x/?page=1>; rel=\"first\",<https://x/?page=2>;rel=\"next\""));
        assert!(!linked("<https://x/?page=1>; rel=\"prev\""));
        assert!(!linked("<https://x/?a=next>; rel=\"last\""));
        assert!(!has_next(&HeaderMap::new()));
    }
}
