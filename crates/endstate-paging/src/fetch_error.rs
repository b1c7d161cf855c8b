//! Why a page could not be had, told apart by what to do about it.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use endstate_odata::ErrorBody;

/// One failed attempt at one page.
///
/// ```
/// use std::time::Duration;
/// use endstate_paging::{FetchError, FetchErrorKind};
///
/// let failure = FetchError::new(FetchErrorKind::Throttled, "too many requests")
///     .with_status(429)
///     .with_retry_after(Duration::from_secs(30));
/// assert!(failure.kind().is_transient());
/// ```
#[derive(Debug, Clone)]
pub struct FetchError {
    kind: FetchErrorKind,
    message: String,
    status: Option<u16>,
    retry_after: Option<Duration>,
    server: Option<Arc<ErrorBody>>,
    correlation_id: Option<String>,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

/// What kind of failure it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FetchErrorKind {
    /// No connection: name not found, refused, TLS handshake failed. Transient.
    Connect,
    /// The server did not answer, or did not finish, in time. Transient.
    Timeout,
    /// The connection broke before the end of the answer. Transient.
    Interrupted,
    /// The server asks to slow down (429). Transient.
    Throttled,
    /// The server cannot answer now (5xx). Transient.
    Unavailable,
    /// A successful answer whose body is cut off, broken, or holds an error. Transient.
    Malformed,
    /// The token is not accepted (401). Worth one more attempt, with a renewed token.
    Unauthorized,
    /// The token is accepted, but may not read this (403).
    Forbidden,
    /// There is nothing at this URL (404). On a continuation this means that it expired.
    NotFound,
    /// A continuation that the server no longer knows (410).
    Expired,
    /// The server sends the request elsewhere (3xx), which is never followed.
    Redirected,
    /// Any other answer that is not 200.
    Rejected,
    /// A successful answer that is not an OData collection, such as the page of a captive portal.
    NotAPage,
    /// The URL leads to an origin that is not pinned. Nothing was sent.
    LinkRefused,
    /// There is no token to send.
    NoToken,
    /// The page is larger than the limit.
    TooLarge,
}

impl FetchErrorKind {
    /// Whether asking again may help. [`Unauthorized`](Self::Unauthorized) counts, but for one more attempt alone.
    pub fn is_transient(self) -> bool {
        match self {
            Self::Connect
            | Self::Timeout
            | Self::Interrupted
            | Self::Throttled
            | Self::Unavailable
            | Self::Malformed
            | Self::Unauthorized => true,
            Self::Forbidden
            | Self::NotFound
            | Self::Expired
            | Self::Redirected
            | Self::Rejected
            | Self::NotAPage
            | Self::LinkRefused
            | Self::NoToken
            | Self::TooLarge => false,
        }
    }
}

impl FetchError {
    /// A failure; the message says what happened, in lower case and without secrets.
    pub fn new(kind: FetchErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            status: None,
            retry_after: None,
            server: None,
            correlation_id: None,
            source: None,
        }
    }

    /// Adds the HTTP status.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// Adds how long the server asks to wait at least.
    #[must_use]
    pub fn with_retry_after(mut self, delay: impl Into<Option<Duration>>) -> Self {
        self.retry_after = delay.into();
        self
    }

    /// Adds what the server says of it.
    #[must_use]
    pub fn with_server(mut self, error: impl Into<Option<ErrorBody>>) -> Self {
        self.server = error.into().map(Arc::new);
        self
    }

    /// Adds the id under which the server's operators find the request.
    #[must_use]
    pub fn with_correlation_id(mut self, id: impl Into<Option<String>>) -> Self {
        self.correlation_id = id.into();
        self
    }

    /// Adds the cause.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into().into());
        self
    }

    /// What kind of failure it was.
    pub fn kind(&self) -> FetchErrorKind {
        self.kind
    }

    /// The HTTP status, where there was an answer.
    pub fn status(&self) -> Option<u16> {
        self.status
    }

    /// How long the server asks to wait at least before the next attempt.
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// What the server says of it.
    pub fn server(&self) -> Option<&ErrorBody> {
        self.server.as_deref()
    }

    /// The id under which the server's operators find the request: of the body, else of a header.
    pub fn correlation_id(&self) -> Option<&str> {
        self.server().and_then(ErrorBody::correlation_id).or(self.correlation_id.as_deref())
    }
}

impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for FetchError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}
