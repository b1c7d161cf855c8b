//! What the walk needs of an HTTP stack: one method.

use std::fmt;
use std::pin::Pin;

use async_trait::async_trait;
use bytes::Bytes;
use endstate_odata::PageUrl;
use futures_core::Stream;

use crate::FetchError;

/// Asks a server for one page.
///
/// An implementation
/// - sends the URL as it is, byte for byte as far as its HTTP stack lets it;
/// - sends a token only to origins that were pinned beforehand, and fails with
///   [`FetchErrorKind::LinkRefused`](crate::FetchErrorKind::LinkRefused) for any other, without sending anything;
/// - follows no redirect;
/// - never retries: the walk does, under one budget;
/// - gives the body as it arrives, after any content coding is undone, so that the limit on a page's size counts what really
///   takes memory.
#[async_trait]
pub trait Transport: fmt::Debug + Send + Sync {
    /// Sends one request and returns once the head of a successful answer (200) has arrived.
    ///
    /// # Errors
    /// A [`FetchError`] for anything else, so that an answer that is not 200 is never read as a page.
    async fn fetch(&self, url: &PageUrl) -> Result<PageResponse, FetchError>;
}

/// The chunks of a body, in order.
pub type BodyChunks = Pin<Box<dyn Stream<Item = Result<Bytes, FetchError>> + Send>>;

/// A successful answer whose body is still arriving.
#[non_exhaustive]
pub struct PageResponse {
    /// The body, after content codings are undone. It ends with an error where the connection broke before its end.
    pub body: BodyChunks,
    /// Length of the body in bytes, where the server told it and no content coding changes it.
    pub content_length: Option<u64>,
}

impl PageResponse {
    /// An answer with this body, of unknown length.
    pub fn new(body: impl Stream<Item = Result<Bytes, FetchError>> + Send + 'static) -> Self {
        Self { body: Box::pin(body), content_length: None }
    }

    /// The same answer with the length that the server told.
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
