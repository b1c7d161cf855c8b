//! Why a body is not a page, told apart by what the caller does next.

use std::str::Utf8Error;

use crate::ErrorBody;

/// The result of reading OData JSON.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A body, a link or an item that could not be read.
///
/// [`Truncated`](Self::Truncated) and [`Malformed`](Self::Malformed) are worth another request for the same page (section
/// 21.2 has the service leave the JSON malformed when it fails in mid-answer); the others are not mended by asking again.
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
    /// The JSON stops before its end. Nothing of it may be used: it is not a short page.
    #[error("the JSON document is cut off after {bytes} bytes")]
    Truncated {
        /// Length of what arrived, in bytes.
        bytes: usize,
        /// Where the parser stopped.
        #[source]
        source: Option<BoxError>,
    },
    /// The body is broken JSON, or a part of the envelope has the wrong type.
    #[error("the body is not valid OData JSON")]
    Malformed {
        /// What the parser says.
        #[source]
        source: BoxError,
    },
    /// The body is not JSON at all, such as the HTML of a sign-in page or of a captive portal.
    #[error("the body is not JSON but {looks_like}")]
    NotJson {
        /// What the body seems to be. Never the body's own text, which could echo a secret.
        looks_like: &'static str,
    },
    /// The body is JSON, but not a collection: there is no array `value` (section 12).
    #[error("the body is JSON but not an OData collection: {reason}")]
    NotACollection {
        /// What is missing or wrong.
        reason: &'static str,
    },
    /// The service reports an error inside a successful answer (sections 21.1 and 21.3).
    #[error("the service reports an error inside a successful answer: {0}")]
    Service(Box<ErrorBody>),
    /// A link that cannot be made absolute, or that is no URL.
    #[error("the link cannot be followed: {reason}")]
    Link {
        /// What is wrong with it. Never the link's own text, which holds a skip token.
        reason: &'static str,
    },
    /// An item is not what the caller asked it to be.
    #[error("the item cannot be read")]
    Item {
        /// What the decoder says.
        #[source]
        source: BoxError,
    },
}

/// The cause of an [`Error`], its type kept out of the public interface.
pub(crate) type BoxError = Box<dyn std::error::Error + Send + Sync + 'static>;

impl Error {
    /// A body of that many bytes is not UTF-8. Cut in the middle of a character it is cut off, not broken.
    pub(crate) fn not_utf8(bytes: usize, error: Utf8Error) -> Self {
        match error.error_len() {
            None => Self::Truncated { bytes, source: Some(Box::new(error)) },
            Some(_) => Self::Malformed { source: Box::new(error) },
        }
    }

    /// Whether asking for the same page again may help.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Truncated { .. } | Self::Malformed { .. } | Self::Service(_))
    }
}
