//! Why a body is not a page, classified by how the caller should react.

use std::str::Utf8Error;

use crate::ErrorBody;

/// The result of reading OData JSON.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A body, a link or an item that could not be read.
///
/// After [`Truncated`](Self::Truncated), [`Malformed`](Self::Malformed) or
/// [`Service`](Self::Service), another request for the same page may succeed. (Section 21.2
/// requires a service that fails in the middle of a response to leave the JSON malformed.) Another
/// request does not fix the other errors.
///
/// ```
/// use endstate_odata::{Error, Page};
///
/// let cut = Page::from_slice(br#"{"value":[{"id":"a"},{"id":"#);
/// assert!(matches!(cut, Err(Error::Truncated { bytes: 27, .. })));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The JSON stops before its end. Do not use any of it: it is not a short page.
    #[error("the JSON document is cut off after {bytes} bytes")]
    Truncated {
        /// Number of bytes that arrived.
        bytes: usize,
        /// Where the parser stopped.
        #[source]
        source: Option<BoxError>,
    },
    /// The body is broken JSON, or a part of the envelope has the wrong type.
    #[error("the body is not valid OData JSON")]
    Malformed {
        /// What the parser reports.
        #[source]
        source: BoxError,
    },
    /// The body is not JSON at all, for example the HTML of a sign-in page or of a captive portal.
    #[error("the body is not JSON but {looks_like}")]
    NotJson {
        /// What the body seems to be. Never the body's own text, which could echo a secret.
        looks_like: &'static str,
    },
    /// The body is JSON, but not a collection: it has no array `value` (section 12).
    #[error("the body is JSON but not an OData collection: {reason}")]
    NotACollection {
        /// What is missing or wrong.
        reason: &'static str,
    },
    /// The service reports an error inside a successful response (sections 21.1 and 21.3).
    #[error("the service reports an error inside a successful response: {0}")]
    Service(Box<ErrorBody>),
    /// A link cannot be made absolute, or is not a URL.
    #[error("the link cannot be followed: {reason}")]
    Link {
        /// What is wrong with the link. Never the link's own text, which contains a skip token.
        reason: &'static str,
    },
    /// An item cannot be decoded as the type that the caller requested.
    #[error("the item cannot be read")]
    Item {
        /// What the decoder reports.
        #[source]
        source: BoxError,
    },
}

/// The cause of an [`Error`]. The box keeps the cause's type out of the public interface.
pub(crate) type BoxError = Box<dyn std::error::Error + Send + Sync + 'static>;

impl Error {
    /// Returns the error for a body of `bytes` bytes that is not UTF-8. If the body ends within a
    /// character, it is truncated, not malformed.
    pub(crate) fn not_utf8(bytes: usize, error: Utf8Error) -> Self {
        match error.error_len() {
            None => Self::Truncated { bytes, source: Some(Box::new(error)) },
            Some(_) => Self::Malformed { source: Box::new(error) },
        }
    }

    /// Whether another request for the same page may succeed.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Truncated { .. } | Self::Malformed { .. } | Self::Service(_))
    }
}
