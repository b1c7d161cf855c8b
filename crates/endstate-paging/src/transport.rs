//! What the walk needs from an HTTP stack: one method.

use std::borrow::Cow;
use std::fmt;
use std::pin::Pin;

use async_trait::async_trait;
use bytes::Bytes;
use endstate_odata::PageUrl;
use futures_core::Stream;

use crate::FetchError;

/// Fetches one page from a server.
///
/// An implementation
/// - sends a token only to origins that were pinned beforehand; for any other origin it sends
///   nothing and fails with [`FetchErrorKind::LinkRefused`](crate::FetchErrorKind::LinkRefused).
///   `PinnedOrigins::check` (feature `http`) returns the text to send the request to, which an HTTP
///   stack reads as the check did;
/// - adds nothing to the URL, because a next link is opaque;
/// - bounds how long connecting, the head of the response and its body may take, and fails with
///   [`FetchErrorKind::Timeout`](crate::FetchErrorKind::Timeout), because nothing else does;
/// - renews its token after a 401, if it can: the walk makes one more attempt at once;
/// - shows neither the token nor the query of a URL in a failure, also if the server echoes them;
/// - follows no redirect;
/// - never retries: the walk does, under one budget;
/// - returns the body as it arrives, after any content coding is undone, so the limit on the size
///   of a page counts the memory that the page takes.
#[async_trait]
pub trait Transport: fmt::Debug + Send + Sync {
    /// Sends one request and returns once the head of a successful response (200) has arrived.
    ///
    /// # Errors
    /// A [`FetchError`] for any other response, so only a 200 is read as a page.
    async fn fetch(&self, url: &PageUrl) -> Result<PageResponse, FetchError>;

    /// Removes secrets from a text of the server, which may echo them: the walk calls this with the
    /// texts of an error in a successful response. By default, nothing is removed.
    fn redact<'t>(&self, text: &'t str) -> Cow<'t, str> {
        Cow::Borrowed(text)
    }
}

/// The chunks of a body, in order.
pub type BodyChunks = Pin<Box<dyn Stream<Item = Result<Bytes, FetchError>> + Send>>;

/// A successful response whose body is still arriving.
#[non_exhaustive]
pub struct PageResponse {
    /// The body, after content codings are undone. It ends with an error if the connection broke
    /// before its end.
    pub body: BodyChunks,
    /// The length of the body in bytes, if the server announced it and no content coding changes
    /// it.
    pub content_length: Option<u64>,
}

impl PageResponse {
    /// A response with this body, of unknown length.
    pub fn new(body: impl Stream<Item = Result<Bytes, FetchError>> + Send + 'static) -> Self {
        Self { body: Box::pin(body), content_length: None }
    }

    /// Sets the length that the server announced.
    #[must_use]
    pub fn with_content_length(mut self, bytes: Option<u64>) -> Self {
        self.content_length = bytes;
        self
    }
}

impl fmt::Debug for PageResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PageResponse").field("content_length", &self.content_length).finish_non_exhaustive()
    }
}
